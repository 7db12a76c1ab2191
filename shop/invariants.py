"""What must always be true of stock, orders, money and the ledger, asked of the database itself."""

from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select

from catalog.stock.queries import list_mismatches
from orders.closing.queries.snapshots import list_altered
from shop import clock
from shop.breaches.applications import (
    admitted_for_no_reason,
    admitted_unsigned,
    signed_unadmitted,
    wrong_rechecks,
)
from shop.breaches.batches import (
    picks_of_others,
    recalled_picks,
    uncertified_picks,
    wrong_batches,
    wrong_picks,
)
from shop.breaches.benefits import households_of_others, wrong_benefits
from shop.breaches.claims import accepted_in_dispute, overpaid_claims, wrong_turns
from shop.breaches.closing import (
    closed_alone,
    wrong_files,
    wrong_month_benefits,
    wrong_snapshots,
)
from shop.breaches.desks import disordered_acts, unmanaged, wrong_acts
from shop.breaches.fairs import (
    of_strangers,
    still_held,
    wrong_allotments,
    wrong_till_entries,
    wrong_till_sales,
    wrongly_sold,
)
from shop.breaches.invoices import too_high, wrong_invoices
from shop.breaches.licences import wrongly_holding, wrongly_lapsed
from shop.breaches.orders import (
    sent_unpaid,
    wrong_ends,
    wrong_orders,
    wrong_parts,
    wrong_pickups,
    wrong_shipments,
)
from shop.breaches.payments import unasked, unkept, wrong_captures, wrong_payments
from shop.breaches.refunds import (
    unrefunded,
    wrong_attempt_refunds,
    wrong_cancellations,
    wrong_freight_refunds,
    wrong_items,
    wrong_line_refunds,
    wrong_refunded_units,
    wrong_refunds,
)
from shop.breaches.reviews import wrong_ratings, wrong_reviews
from shop.breaches.sales import (
    overcorrected,
    uncounted,
    uneven_intake,
    uneven_reversals,
    wrong_entries,
    wrong_months,
)
from shop.breaches.settlements import (
    skipped_entries,
    wrong_commissions,
    wrong_openings,
    wrong_statements,
    wrongly_owed_cooperatives,
    wrongly_owed_freight,
    wrongly_owed_lines,
    wrongly_paid_out,
    wrongly_settled,
)
from shop.breaches.shortages import wrong_shortage_lines, wrong_shortages
from shop.breaches.stock import (
    wrong_holds,
    wrong_line_movements,
    wrong_promises,
    wrong_tiers,
    wrong_versions,
)
from shop.breaches.transfers import wrong_matches, wrong_payouts, wrong_releases, wrong_transfers
from shop.db import db

# How many offenders a complaint names.
NAMED = 5


def list_broken() -> list[str]:
    """One sentence for each rule that is broken, with the ids of a few offenders."""
    found = {
        "the stock of these variants is not the sum of its movements": list_mismatches(),
        "these closed months hold other lines than were filed, by their hash": list_altered(),
    }
    for complaint, some_offenders in _questions(clock.day_of(clock.now())).items():
        found[complaint] = list(db.session.scalars(some_offenders))
    return [f"{complaint}: {ids[:NAMED]}" for complaint, ids in found.items() if ids]


@lru_cache(maxsize=1)
def _questions(today: date) -> dict[str, Select[Any]]:
    """The checks as they are asked; composing them takes ten times as long as asking. Some speak of
    today, so another day has others."""
    return {complaint: _some(offenders) for complaint, offenders in _checks().items()}


def _some(offenders: Select[Any]) -> Select[Any]:
    # PostgreSQL, told of the limit, would look for the first few row by row; where the rule holds
    # there are none, and that takes it hours instead of seconds.
    all_of_them = offenders.cte("offenders").prefix_with("MATERIALIZED")
    return select(all_of_them.c[0]).limit(NAMED)


def _checks() -> dict[str, Select[Any]]:
    """Each is one statement that finds those for whom the sentence is true."""
    return {
        "these variants hold other than what waits to be sent or is put aside": wrong_holds(),
        "these allotments hold or sold other than their movements say": wrong_allotments(),
        "these allotments sold other than their tills' lines say": wrongly_sold(),
        "these allotments hold something though their activity is closed": still_held(),
        "these allotments are of a cooperative that does not take part": of_strangers(),
        "these lines of tills count for other than was sold": wrong_till_entries(),
        "these sales of tills are not the sum of their lines": wrong_till_sales(),
        "these variants promise other than what was sold in advance": wrong_promises(),
        "these variants have another version than their changes say": wrong_versions(),
        "these variants have tiers that don't fit": wrong_tiers(),
        "the stock of these lines moved otherwise than the lines say": wrong_line_movements(),
        "these orders are not the sum of their parts": wrong_orders(),
        "these parts are not the sum of their lines": wrong_parts(),
        "these parts were sent though nobody paid": sent_unpaid(),
        "these orders have a payment of another amount, or none": wrong_payments(),
        "these payments captured other than their attempts say": wrong_captures(),
        "these payments gave back other than their refunds": wrong_refunds(),
        "these attempts gave back other than their refunds": wrong_attempt_refunds(),
        "nobody will ask what became of these attempts": unasked(),
        "these attempts brought money that fits nothing, and it is not kept aside": unkept(),
        "these lines gave back other than their refunds' items": wrong_line_refunds(),
        "these parts gave back other freight than their refunds' items": wrong_freight_refunds(),
        "these refunds are not the sum of their items": wrong_items(),
        "these parts are sent or cancelled and still hold units, or the reverse": wrong_ends(),
        "these lines were sent other than their shipments say": wrong_shipments(),
        "these batches gave other than what was picked from them": wrong_batches(),
        "these lines of shipments were picked from batches other than they were sent": (
            wrong_picks()
        ),
        "these picks are from another product's batch": picks_of_others(),
        "these picks of covered goods have no certificate": uncertified_picks(),
        "these picks left after their batch was called back": recalled_picks(),
        "these parts are fetched with no code, or arrived before they were sent": wrong_pickups(),
        "these parts were cancelled after payment without a refund": unrefunded(),
        "these lines were cancelled in other number than their cancellations say": (
            wrong_cancellations()
        ),
        "these lines were paid back for other units than did not come or came back": (
            wrong_refunded_units()
        ),
        "these shortages are not the sum of what was called off for them": wrong_shortages(),
        "these lines of shortages called off other units than they say": wrong_shortage_lines(),
        "these products are rated other than their reviews say": wrong_ratings(),
        "these reviews are of another's line, or name other goods than it": wrong_reviews(),
        "these claims ended with more than was claimed": overpaid_claims(),
        "these claims wait for somebody other than their last step says": wrong_turns(),
        "these parts were accepted while a claim about them was open": accepted_in_dispute(),
        "these transfers captured other than what the receipts matched to them say": (
            wrong_transfers()
        ),
        "these matches are not the sum of their receipts": wrong_matches(),
        "these receipts are free though their match holds, or the reverse": wrong_releases(),
        "these refunds by transfer moved without a payout, or the reverse": wrong_payouts(),
        "these lines count for other than what was accepted and kept": uncounted(),
        "these ledger entries differ from what was accepted": wrong_entries(),
        "these sales were given back more than whole": overcorrected(),
        "these reversals take back other than their sale": uneven_reversals(),
        "what was ordered and paid for in these months is kept wrongly": uneven_intake(),
        "these ledger entries stand in another month than they count in": wrong_months(),
        "these closed months come to other than was filed": wrong_snapshots(),
        "these filed months have other households than the reports pinned to them": (
            wrong_month_benefits()
        ),
        "these month files stand otherwise than their steps say": wrong_files(),
        "these month files were closed by one person in two offices": closed_alone(),
        "these lines are owed for other than was accepted and kept": wrongly_owed_lines(),
        "these parts' freight is owed for other than was kept": wrongly_owed_freight(),
        "these lines' commission is other than their rate says": wrong_commissions(),
        "these cooperatives are settled and owed other than what was accepted": (
            wrongly_owed_cooperatives()
        ),
        "these settlement statements are not the sum of their entries": wrong_statements(),
        "these settlement statements open with other than the last one closed with": (
            wrong_openings()
        ),
        "these parts were settled above what was received, or without their window's end": (
            wrongly_settled()
        ),
        "these parts' entries were settled before older ones": skipped_entries(),
        "these payouts count for other than what became of them": wrongly_paid_out(),
        "these invoices are not the sum of their items": wrong_invoices(),
        "these invoices say more than was kept, and nobody is asked to reverse them": too_high(),
        "these acts of a desk changed other than their variant says": wrong_acts(),
        "these acts of a desk made an older version than acts before them": disordered_acts(),
        "these cooperatives had a manager and have none": unmanaged(),
        "these cooperatives are stopped for want of a licence that holds": wrongly_lapsed(),
        "these cooperatives sell though their licence ran out": wrongly_holding(),
        "these versions of benefit reports are not what their lines come to": wrong_benefits(),
        "these benefit reports name a household of another cooperative": households_of_others(),
        "these applications were admitted without both signatures by two people": (
            admitted_unsigned()
        ),
        "these cooperatives were admitted with neither signatures nor a reason": (
            admitted_for_no_reason()
        ),
        "these applications have both signatures and are not admitted": signed_unadmitted(),
        "these re-checks ended without both signatures, or have both and go on": wrong_rechecks(),
    }

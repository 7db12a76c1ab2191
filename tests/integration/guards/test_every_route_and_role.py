"""Every route, tried by everybody.

A new route goes into ROUTES, in the group that says who may do what with it. What it is about is
taken from the world: an order, a part, a product of somebody's, a place in a scope.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shop.db import Base, db
from shop.web.audience import audience_of
from tests.integration.guards.submissions import lay_down_factor, valid_fields
from tests.integration.guards.world import Who, World

# Who may do what is decided in Python; hostile values try the queries on both engines.
pytestmark = pytest.mark.sqlite_only


class Outcome(StrEnum):
    OK = "answered"
    SIGN_IN = "asked to sign in"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    BROKEN = "5xx"


def answered_to(
    *some: Who,
    others: Outcome = Outcome.FORBIDDEN,
    anonymous: Outcome = Outcome.SIGN_IN,
    **named: str,
) -> dict[Who, Outcome]:
    """These are answered, the others not; ``named`` are exceptions among them."""
    outcomes = {who: Outcome.OK if who in some else others for who in Who}
    outcomes[Who.ANONYMOUS] = Outcome.OK if Who.ANONYMOUS in some else anonymous
    return outcomes | {Who[name]: Outcome(value) for name, value in named.items()}


_OFFICIALS = (Who.BUREAU, Who.CITY, Who.COUNTY, Who.TOWN, Who.DELEGATE)
_MANAGERS = (Who.MANAGER, Who.OTHER_MANAGER)
_PICKERS = (Who.PICKER, Who.OTHER_PICKER)
_ACCOUNTANTS = (Who.ACCOUNTANT, Who.OTHER_ACCOUNTANT)

EVERYBODY = answered_to(*Who)
BUYERS = answered_to(*(set(Who) - {Who.ANONYMOUS}))
# The order's buyer, and nobody else: to all others it isn't there.
THE_BUYER = answered_to(Who.OWNER, others=Outcome.NOT_FOUND)
THE_BASKETS_OWNER = answered_to(Who.OWNER, others=Outcome.NOT_FOUND, anonymous=Outcome.NOT_FOUND)
MEMBERS = answered_to(Who.MEMBER, others=Outcome.NOT_FOUND)
# The world's invitation is to somebody who has no account yet.
THE_INVITED = answered_to(Who.ANONYMOUS, others=Outcome.NOT_FOUND)
# What managers do themselves, and nobody in their name.
MANAGERS = answered_to(*_MANAGERS)
THE_MANAGER = answered_to(Who.MANAGER, OTHER_MANAGER=Outcome.NOT_FOUND)
SELLERS = answered_to(*_MANAGERS, Who.DELEGATE)
THE_SELLER = answered_to(Who.MANAGER, Who.DELEGATE, OTHER_MANAGER=Outcome.NOT_FOUND)
# The phone of an official who acts for a cooperative keeps nothing for a time without a network.
OFFLINE = answered_to(*_MANAGERS, *_PICKERS)
PICKERS = answered_to(*_MANAGERS, *_PICKERS, Who.DELEGATE)
THE_PICKER = answered_to(
    *(Who.MANAGER, Who.PICKER, Who.DELEGATE),
    OTHER_MANAGER=Outcome.NOT_FOUND,
    OTHER_PICKER=Outcome.NOT_FOUND,
)
OFFICIALS = answered_to(*_OFFICIALS, Who.ELSEWHERE)
OFFICIALS_IN_SCOPE = answered_to(*_OFFICIALS, ELSEWHERE=Outcome.NOT_FOUND)
# Only a town files its months; those above it see them.
THE_TOWN = answered_to(Who.TOWN, Who.DELEGATE, ELSEWHERE=Outcome.NOT_FOUND)
# Bureau, city and county arrange what their towns take part in.
ARRANGERS = answered_to(Who.BUREAU, Who.CITY, Who.COUNTY)
# The world's resident stands at its fair's till; anybody has a list of their own tills.
THE_STAFF = answered_to(Who.OWNER, others=Outcome.NOT_FOUND)
FINANCE = answered_to(Who.FINANCE)
# The amounts of all towns together.
WHOLE_VIEW = answered_to(
    *(Who.FINANCE, Who.BUREAU),
    **dict.fromkeys(("CITY", "COUNTY", "TOWN", "DELEGATE", "ELSEWHERE"), Outcome.NOT_FOUND),
)
KEEPERS = answered_to(Who.KEEPER, Who.OTHER_KEEPER)
THE_KEEPER = answered_to(Who.KEEPER, OTHER_KEEPER=Outcome.NOT_FOUND)
ACCOUNTANTS = answered_to(*_MANAGERS, *_ACCOUNTANTS)
THE_ACCOUNTANT = answered_to(
    *(Who.MANAGER, Who.ACCOUNTANT),
    OTHER_MANAGER=Outcome.NOT_FOUND,
    OTHER_ACCOUNTANT=Outcome.NOT_FOUND,
)
INVOICERS = answered_to(*_MANAGERS, *_ACCOUNTANTS, Who.FINANCE, Who.DELEGATE)
THE_INVOICER = answered_to(
    *(Who.MANAGER, Who.ACCOUNTANT, Who.FINANCE, Who.DELEGATE),
    OTHER_MANAGER=Outcome.NOT_FOUND,
    OTHER_ACCOUNTANT=Outcome.NOT_FOUND,
)
# Whoever has a second factor, beside the half-signed-in: those have to sign in first.
WITH_SECOND_FACTOR = answered_to(
    *(*_OFFICIALS, Who.ELSEWHERE, Who.FINANCE, Who.ADMINISTRATOR), others=Outcome.NOT_FOUND
)
HALF_SIGNED_IN = dict.fromkeys(Who, Outcome.SIGN_IN)
ADMINISTRATORS = answered_to(Who.ADMINISTRATOR)
OVERSEERS = answered_to(*_OFFICIALS, Who.ELSEWHERE, Who.ADMINISTRATOR)
OVERSEERS_IN_SCOPE = answered_to(*_OFFICIALS, Who.ADMINISTRATOR, ELSEWHERE=Outcome.NOT_FOUND)
OVERSEEING = answered_to(*_OFFICIALS, Who.ELSEWHERE, Who.FINANCE, Who.ADMINISTRATOR)
PLATFORM = answered_to(Who.FINANCE, Who.ADMINISTRATOR)
# The photographs of a claim.
PARTIES = answered_to(
    *(Who.OWNER, Who.MANAGER, Who.DELEGATE, Who.FINANCE, Who.ADMINISTRATOR),
    others=Outcome.NOT_FOUND,
)
# The file of an invoice.
OF_THE_INVOICE = answered_to(
    *(Who.OWNER, Who.MANAGER, Who.DELEGATE, Who.ACCOUNTANT, Who.FINANCE),
    others=Outcome.NOT_FOUND,
)

# The photographs of an application: its applicant, the bodies that sign, the platform.
SIGNERS = answered_to(
    Who.OWNER, Who.TOWN, Who.DELEGATE, Who.ADMINISTRATOR, others=Outcome.NOT_FOUND
)
# The official whom the world's mandate is given to.
THE_HOLDER = answered_to(
    Who.TOWN,
    **dict.fromkeys(("BUREAU", "CITY", "COUNTY", "DELEGATE", "ELSEWHERE"), Outcome.NOT_FOUND),
)

# In each group, acts that end something come last.
GROUPS: list[tuple[dict[Who, Outcome], str]] = [
    (
        EVERYBODY,
        """
        home.index catalogue.index search.show products.show product_reviews.index
        towns.show cooperatives.show results.index results.download
        pictures.show policies.show policies.download cart.show sessions.new people.new
        passwords.new passwords.create passwords.edit passwords.update
        invitations.show health.live health.ready mailbox.index
        demo_codes.index
        desk_offline.show desk_offline.worker
        fairs.index fairs.show till.worker till.offline_page
        traces.show trace_parts.qr trace_parts.report
        basket_lines.create preferences.update people.create sessions.create webhooks.create
        """,
    ),
    (THE_BASKETS_OWNER, "basket_lines.update basket_lines.destroy"),
    (THE_INVITED, "invitations.accept"),
    (MEMBERS, "invitations.new_colleague invitations.create_colleague"),
    (
        THE_BUYER,
        """
        order_history.show payments.show payments.state payments.create payment_checks.create
        sandbox_payments.create receipts.create part_cancellations.new
        part_cancellations.create_part cancellations.create closures.create
        claims.new claims.create claims.show claim_acts.agree claim_acts.escalate
        claim_acts.withdraw
        people.destroy_address inbox.read invoices.show invoices.create invoices.withdraw
        reorders.create reviews.show reviews.create
        """,
    ),
    (HALF_SIGNED_IN, "sign_in_codes.create"),
    (
        BUYERS,
        """
        sign_in_codes.new sessions.show_kept second_factor.show second_factor.create
        second_factor.confirm
        """,
    ),
    (WITH_SECOND_FACTOR, "second_factor.renew"),
    (THE_STAFF, "till.show till.list_sales till.create till.reverse"),
    (BUYERS, "till.index till.act"),
    (PARTIES, "claim_photos.show"),
    (OF_THE_INVOICE, "invoice_files.show"),
    (EVERYBODY, "applications.new"),
    (BUYERS, "applications.create"),
    (
        THE_BUYER,
        """
        applications.show application_steps.cooperative application_steps.contact
        application_steps.bank_account application_papers.documents application_papers.document
        application_papers.products application_papers.product
        application_steps.save_cooperative application_steps.save_contact
        application_steps.save_bank_account application_steps.forget_bank_account
        application_papers.create_document application_papers.save_document
        application_papers.create_product application_papers.save_product
        applications.submit applications.withdraw application_papers.remove_document
        application_papers.remove_product
        """,
    ),
    (SIGNERS, "application_photos.show"),
    (OVERSEERS, "application_desk.index recheck_desk.index"),
    (OVERSEERS_IN_SCOPE, "application_desk.show recheck_desk.show"),
    (
        OFFICIALS_IN_SCOPE,
        """
        application_desk.sign application_desk.give_back recheck_desk.sign recheck_desk.give_back
        """,
    ),
    (OVERSEEING, "disclosures.create"),
    (PLATFORM, "claim_desk.index claim_desk.show claim_desk.decide"),
    (
        MANAGERS,
        """
        benefits.index benefits.show households.index households.new households.create
        benefit_lines.new benefit_submissions.copy benefit_submissions.create
        benefit_evidence.create
        cooperative_members.index cooperative_members.create
        mandates.index mandates.list_acts mandates.create rechecks.show rechecks.create
        bank_accounts.show bank_accounts.create
        departures.show departures.create departures.withdraw
        """,
    ),
    (
        SELLERS,
        """
        licences.index licences.new licences.create cooperative_claims.index
        cooperative_fairs.index expectations.index
        cooperative_reviews.index
        listings.index drafts.index drafts.new drafts.suggestion drafts.create
        uploads.show uploads.append
        listing_imports.index listing_imports.create sheet_files.listings sheet_files.template
        """,
    ),
    (
        PICKERS,
        """
        coop_today.show pick_list.show fulfilment.index packing_slips.index shortages.index
        batches.index batches.new batches.create
        scanned_parcels.show tracking_files.to_send tracking_sheets.index tracking_sheets.create
        """,
    ),
    (OFFLINE, "desk_acts.create"),
    (
        THE_PICKER,
        """
        packing_slips.show fulfilment.show dispatches.create variant_changes.change_stock
        batches.show batch_acts.certify batch_acts.take_in batch_reports.show batch_labels.show
        scanned_parcels.create
        tracking_sheets.show tracking_sheets.progress tracking_files.rejected
        tracking_sheets.confirm tracking_sheets.discard
        shortages.show shortages.new shortages.create
        """,
    ),
    (
        THE_MANAGER,
        """
        households.show households.update households.disclose
        benefit_lines.edit benefit_lines.create benefit_lines.update benefit_lines.remove
        benefit_submissions.show_version benefit_evidence.show benefit_evidence.remove
        households.withdraw
        cooperative_members.edit cooperative_members.update cooperative_members.withdraw
        cooperative_members.destroy
        bank_accounts.confirm bank_accounts.withdraw
        """,
    ),
    (
        THE_SELLER,
        """
        licences.withdraw
        cooperative_fairs.show cooperative_fairs.put_aside cooperative_fairs.decide
        expectations.show expectations.create
        fulfilment_cancellations.new fulfilment_cancellations.create
        cooperative_claims.show cooperative_claims.answer cooperative_claims.confirm_return
        listings.show listings.edit listings.update own_listing_changes.withdraw
        listing_imports.show listing_imports.progress listing_imports.name_columns
        listing_imports.apply listing_imports.discard sheet_files.rejected
        listing_variants.new listing_variants.create listing_variants.edit listing_variants.update
        variant_changes.change_price
        listing_variants.count listing_variants.withdraw delistings.create delistings.destroy
        drafts.copy draft_previews.show drafts.edit drafts.publish drafts.discard
        batches.edit batches.update
        batch_reports.create batch_reports.publish batch_reports.withdraw
        batch_recalls.show batch_recalls.buyers batch_acts.close
        batch_recalls.create
        """,
    ),
    (ACCOUNTANTS, "coop_money.index coop_numbers.show coop_numbers.download"),
    (THE_ACCOUNTANT, "coop_money.show coop_money.download"),
    (INVOICERS, "invoice_desk.index invoice_imports.new invoice_imports.create"),
    (
        THE_INVOICER,
        """
        invoice_desk.show invoice_desk.issue invoice_desk.reject invoice_desk.reverse
        invoice_desk.send invoice_files.create
        """,
    ),
    (
        OFFICIALS,
        """
        benefit_overview.index overview.show charts.show ledger.index
        exports.new exports.detail exports.summary exports.pivot exports.supply
        briefs.show export_register.index export_register.verify export_jobs.new
        export_jobs.create export_packs.index export_packs.create export_packs.destroy
        offline_sales.index offline_sales.choose offline_imports.index offline_imports.create
        offline_imports.template
        designations.index designations.new designations.create
        mandate_desk.index target_plan.index pivot.show
        supply.show supply.list_expected supply.list_demand
        months.index months.acts months.adjustments months.show
        month_files.review month_files.lock activities.index
        """,
    ),
    (
        OFFICIALS_IN_SCOPE,
        "activities.show activities.list_sales activities.list_lines fair_staff.decide",
    ),
    (
        ARRANGERS,
        """
        activities.new activities.edit activities.create activities.update activities.announce
        fair_staff.create fair_staff.end activities.cancel activities.close
        """,
    ),
    (THE_TOWN, "month_files.file"),
    (OFFICIALS, "flags.index programmes.index pledges.index"),
    (ARRANGERS, "programmes.new programmes.create pledges.create"),
    # The world's programme is for all towns; its awards are of one.
    (OFFICIALS, "programmes.show"),
    (ARRANGERS, "programmes.propose programmes.decide programmes.correct"),
    (OFFICIALS_IN_SCOPE, "flags.show"),
    (
        answered_to(Who.BUREAU, Who.CITY, Who.COUNTY, ELSEWHERE=Outcome.NOT_FOUND),
        "flags.clear",
    ),
    (OFFICIALS_IN_SCOPE, "month_files.show month_files.give_back"),
    (
        answered_to(
            *_OFFICIALS[:3],
            TOWN=Outcome.NOT_FOUND,
            DELEGATE=Outcome.NOT_FOUND,
            ELSEWHERE=Outcome.NOT_FOUND,
        ),
        "target_plan.show_area",
    ),
    (
        OFFICIALS_IN_SCOPE,
        """
        benefit_overview.show target_plan.show ledger.show designations.edit designations.update
        export_register.show export_register.repeat
        export_jobs.show export_jobs.progress export_jobs.fetch
        offline_sales.new offline_sales.show offline_sales.create
        offline_evidence.show offline_corrections.new_reversal offline_corrections.new_correction
        offline_corrections.add_evidence offline_corrections.correct offline_corrections.reverse
        offline_imports.show offline_imports.progress offline_imports.rejected
        offline_imports.name_columns offline_imports.add_evidence offline_imports.confirm
        offline_imports.discard
        """,
    ),
    (answered_to(Who.FINANCE, *_OFFICIALS, Who.ELSEWHERE), "reconciliation.index"),
    (WHOLE_VIEW, "reconciliation.create"),
    (
        FINANCE,
        """
        finance_home.show finance_payments.index finance_suspense.index finance_suspense.show
        finance_refunds.index finance_orders.index finance_orders.show
        attempt_checks.create refund_retries.create refund_reroutings.create
        suspense_settlements.create suspense_returns.create
        bank_statements.index bank_statements.show bank_statements.create
        bank_receipts.index bank_receipts.show bank_receipts.match bank_receipts.give_back
        receipt_matches.index match_rejections.create match_confirmations.create
        payouts.index payouts.enter_refund payouts.enter_return
        settlements.index settlements.show settlements.download
        account_changes.index account_changes.show account_changes.confirm account_changes.refuse
        payout_batches.index payout_batches.show payout_batches.download payout_batches.create
        payout_answers.pay payout_answers.give_back
        payout_releases.reject payout_releases.create_release
        payout_rejections.create payout_confirmations.create
        statement_imports.create statement_returns.create
        """,
    ),
    (KEEPERS, "pickup_desk.show pickup_handovers.hand_over"),
    (THE_KEEPER, "pickup_arrivals.create"),
    (
        ADMINISTRATORS,
        """
        recalls.index recalls.show recalls.buyers recalls.create
        review_hidings.show review_hidings.create
        listing_changes.index listing_changes.show listing_changes.approve listing_changes.send_back
        zones.index zones.new zones.create zones.edit zones.update zones.destroy
        pickup_points.index pickup_points.new pickup_points.create pickup_points.edit
        pickup_points.update pickup_keepers.assign pickup_keepers.dismiss pickup_points.close
        pickup_points.reopen
        outgoing.index outgoing.show outgoing.replay_kind outgoing.discard outgoing.replay
        admin_home.show audit.index
        targets.index targets.show targets.show_area targets.create targets.create_area
        target_imports.index target_imports.create target_imports.template target_imports.show
        target_imports.apply target_imports.discard
        categories.index categories.create categories.edit categories.update
        policies.index policies.new policies.create
        freight.index freight.edit freight.update freight.destroy
        commissions.index commissions.edit commissions.update
        licence_register.new licence_register.create
        licence_renewals.index licence_renewals.show licence_renewals.refuse
        licence_renewals.confirm
        departure_desk.index departure_desk.show departure_desk.finish
        cooperative_register.index cooperative_register.new cooperative_register.create
        cooperative_register.show cooperative_register.edit cooperative_register.update
        cooperative_register.admit cooperative_register.suspend cooperative_register.reinstate
        second_factor_resets.new second_factor_resets.create
        offices.index invitations.new invitations.create invitations.destroy offices.destroy
        """,
    ),
    (
        BUYERS,
        """
        inbox.index inbox.read_all
        people.show people.create_address people.update_password order_history.index
        checkout.new checkout.create quotes.create_quote
        """,
    ),
    # These end what the desk is opened by.
    (THE_HOLDER, "export_packs.show"),
    (THE_HOLDER, "mandate_desk.enter mandate_desk.lay_down"),
    (THE_MANAGER, "mandates.withdraw"),
    (OFFICIALS, "mandate_desk.leave"),
    (EVERYBODY, "sessions.destroy"),
]
ROUTES = {endpoint: outcomes for outcomes, names in GROUPS for endpoint in names.split()}
# A place where browsers keep what they sent and saw; everything else is the shop's.
OF_BROWSERS = {"browser_session"}


def test_every_route_names_its_audience(app: Flask) -> None:
    silent = [name for name in endpoints(app) if audience_of(app.view_functions[name]) is None]
    assert silent == [], "mark these views with @public or @allow(...)"


def test_every_route_is_in_the_table(app: Flask) -> None:
    assert set(endpoints(app)) - set(ROUTES) == set(), "add these routes to a group of GROUPS"
    assert set(ROUTES) - set(endpoints(app)) == set(), "these rows of GROUPS have no route"


def test_strangers_are_refused_and_change_nothing(world: World) -> None:
    sent = {endpoint: valid_fields(world, endpoint) for endpoint in ROUTES}
    world.forget(Who.ANONYMOUS)  # Somebody's password was typed there.
    lay_down_factor(world)  # Who had none was given one there.
    world.client(Who.DELEGATE)  # Beginning to act for somebody is itself written down.
    before = digests(world)
    wrong = [
        surprise
        for rule in rules(world.app)
        for who, expected in ROUTES[rule.endpoint].items()
        if expected is not Outcome.OK
        for surprise in tried(world, rule, who, expected, sent[rule.endpoint])
    ]
    assert wrong == [], report(wrong)
    assert changed(before, digests(world)) == set()


def test_everybody_reaches_what_is_theirs(world: World) -> None:
    before = digests(world)
    reading = [rule for rule in rules(world.app) if not is_act(rule)]
    acting = [rule for rule in rules(world.app) if is_act(rule)]
    assert (wrong := served(world, reading)) == [], report(wrong)
    assert changed(before, digests(world)) <= {"audit_entry"}, "a GET changed something"
    assert (wrong := served(world, acting)) == [], report(wrong)


def served(world: World, some: Iterable[Rule]) -> list[str]:
    """Surprises of those who are to be answered; they send empty forms."""
    return [
        surprise
        for rule in some
        for who, expected in ROUTES[rule.endpoint].items()
        if expected is Outcome.OK
        for surprise in tried(world, rule, who, expected, {})
    ]


def tried(
    world: World, rule: Rule, who: Who, expected: Outcome, fields: Mapping[str, str]
) -> list[str]:
    """What is to be said about one person's try, if it went otherwise than expected."""
    address, client = world.address(rule), world.client(who)
    answer = client.post(address, data=fields) if is_act(rule) else client.get(address)
    found = outcome(rule, answer)
    answer.close()
    if found is expected:
        return []
    return [f"{rule.endpoint} {address}: {who}: {found} ({answer.status}) instead of {expected}"]


def report(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def outcome(rule: Rule, answer: TestResponse) -> Outcome:
    if answer.status_code in (302, 303) and answer.location.startswith("/sign-in"):
        return Outcome.SIGN_IN
    if answer.status_code in (403, 404):
        return Outcome(str(answer.status_code))
    # Tests have no worker whose heartbeat could be ready.
    if answer.status_code < 500 or rule.endpoint == "health.ready":
        return Outcome.OK
    return Outcome.BROKEN


def rules(app: Flask) -> list[Rule]:
    """All rules, in the order of the table."""
    order = list(ROUTES)
    known = [rule for rule in app.url_map.iter_rules() if rule.endpoint in ROUTES]
    return sorted(known, key=lambda rule: order.index(rule.endpoint))


def endpoints(app: Flask) -> list[str]:
    return sorted({rule.endpoint for rule in app.url_map.iter_rules()} - {"static"})


def is_act(rule: Rule) -> bool:
    return "POST" in (rule.methods or ())


def digests(world: World) -> dict[str, str]:
    """A fingerprint of all rows of each table."""
    with world.app.app_context():
        return {
            table.name: sha256(
                repr(sorted(map(repr, db.session.execute(select(table)).all()))).encode()
            ).hexdigest()
            for table in Base.metadata.sorted_tables
            if table.name not in OF_BROWSERS
        }


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}

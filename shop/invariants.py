"""What must always be true of stock, orders, money and the ledger, asked of the database itself."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from catalog.batches.models import Batch, BatchRecall, ConformityCertificate
from catalog.products.models import Variant, VariantChange
from catalog.stock.models import StockMovement
from catalog.stock.queries import list_mismatches, sums_by
from orders.claims.models import Claim, ClaimStep, StepKind
from orders.deliveries.models import PickAllocation, Shipment, ShipmentLine
from orders.invoices.models import Invoice, InvoiceDocument, InvoiceItem
from orders.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Suspense,
    SuspenseEnd,
)
from orders.payments.queries import UNFINISHED
from orders.pickups.models import Pickup
from orders.records.models import Order, OrderLine, SubOrder
from orders.refunds.models import Cancellation, CancellationItem, Refund, RefundItem, Side
from orders.sales.models import EntryKind, SalesEntry
from orders.transfers.models import BankReceipt, Decision, MatchedReceipt, Payout, ReceiptMatch
from shop.db import Base, db, total
from shop.organisations.models import Organisation
from suppliers.settlements.models import (
    PAYOUT_KINDS,
    Outcome,
    PayableEntry,
    PayoutRow,
    SettledPart,
    SettlementStatement,
    StatementEntry,
)
from suppliers.settlements.models import (
    EntryKind as Owed,
)

# How many offenders a complaint names.
NAMED = 5

# What a ledger entry holds as its order line does, under the same name.
FROZEN = (
    "city_code city_name county_code county_name town_code town_name village cooperative_id "
    "cooperative_name credit_code category_id category_name product_id product_name spec unit "
    "unit_price_fen"
).split()


_WAITING = OrderLine.quantity - OrderLine.cancelled_quantity - OrderLine.dispatched_quantity


def list_broken() -> list[str]:
    """One sentence for each rule that is broken, with the ids of a few offenders."""
    found = {"the stock of these variants is not the sum of its movements": list_mismatches()}
    for complaint, offenders in _checks().items():
        found[complaint] = list(db.session.scalars(offenders.limit(NAMED)))
    return [f"{complaint}: {ids[:NAMED]}" for complaint, ids in found.items() if ids]


def _checks() -> dict[str, Select[Any]]:
    """Each is one statement that finds those for whom the sentence is true."""
    return {
        "these variants hold other than what waits to be sent": _wrong_holds(),
        "these variants promise other than what was sold in advance": _wrong_promises(),
        "these variants have another version than their changes say": _wrong_versions(),
        "the stock of these lines moved otherwise than the lines say": _wrong_line_movements(),
        "these orders are not the sum of their parts": _wrong_orders(),
        "these parts are not the sum of their lines": _wrong_parts(),
        "these parts were sent though nobody paid": _sent_unpaid(),
        "these orders have a payment of another amount, or none": _wrong_payments(),
        "these payments captured other than their attempts say": _wrong_captures(),
        "these payments gave back other than their refunds": _wrong_refunds(),
        "these attempts gave back other than their refunds": _wrong_attempt_refunds(),
        "nobody will ask what became of these attempts": _unasked(),
        "these attempts brought money that fits nothing, and it is not kept aside": _unkept(),
        "these lines gave back other than their refunds' items": _wrong_line_refunds(),
        "these parts gave back other freight than their refunds' items": _wrong_freight_refunds(),
        "these refunds are not the sum of their items": _wrong_items(),
        "these parts are sent or cancelled and still hold units, or the reverse": _wrong_ends(),
        "these lines were sent other than their shipments say": _wrong_shipments(),
        "these batches gave other than what was picked from them": _wrong_batches(),
        "these lines of shipments were picked from batches other than they were sent": (
            _wrong_picks()
        ),
        "these picks are from another product's batch": _picks_of_others(),
        "these picks of covered goods have no certificate": _uncertified_picks(),
        "these picks left after their batch was called back": _recalled_picks(),
        "these parts are fetched with no code, or arrived before they were sent": _wrong_pickups(),
        "these parts were cancelled after payment without a refund": _unrefunded(),
        "these lines were cancelled in other number than their cancellations say": (
            _wrong_cancellations()
        ),
        "these lines were paid back for other units than did not come or came back": (
            _wrong_refunded_units()
        ),
        "these claims ended with more than was claimed": _overpaid_claims(),
        "these claims wait for somebody other than their last step says": _wrong_turns(),
        "these parts were accepted while a claim about them was open": _accepted_in_dispute(),
        "these transfers captured other than what the receipts matched to them say": (
            _wrong_transfers()
        ),
        "these matches are not the sum of their receipts": _wrong_matches(),
        "these receipts are free though their match holds, or the reverse": _wrong_releases(),
        "these refunds of transfers moved without a payout, or the reverse": _wrong_payouts(),
        "these lines count for other than what was accepted and kept": _uncounted(),
        "these ledger entries differ from what was accepted": _wrong_entries(),
        "these sales were given back more than whole": _overcorrected(),
        "these lines are owed for other than was accepted and kept": _wrongly_owed_lines(),
        "these parts' freight is owed for other than was kept": _wrongly_owed_freight(),
        "these lines' commission is other than their rate says": _wrong_commissions(),
        "these cooperatives are settled and owed other than what was accepted": (
            _wrongly_owed_cooperatives()
        ),
        "these settlement statements are not the sum of their entries": _wrong_statements(),
        "these settlement statements open with other than the last one closed with": (
            _wrong_openings()
        ),
        "these parts were settled above what was received, or without their window's end": (
            _wrongly_settled()
        ),
        "these parts' entries were settled before older ones": _skipped_entries(),
        "these payouts count for other than what became of them": _wrongly_paid_out(),
        "these invoices are not the sum of their items": _wrong_invoices(),
        "these invoices say more than was kept, and nobody is asked to reverse them": _too_high(),
    }


def _wrong_holds() -> Select[Any]:
    waiting = _waiting_units(OrderLine.ships_on.is_(None))
    return _compared(Variant, waiting, Variant.held != func.coalesce(waiting.c.units, 0))


def _wrong_versions() -> Select[Any]:
    changes = select(1 + func.count()).where(VariantChange.variant_id == Variant.id)
    return select(Variant.id).where(Variant.version != changes.scalar_subquery())


def _wrong_promises() -> Select[Any]:
    waiting = _waiting_units(OrderLine.ships_on.is_not(None))
    return _compared(Variant, waiting, Variant.promised != func.coalesce(waiting.c.units, 0))


def _waiting_units(these_lines: ColumnElement[bool]) -> Subquery:
    """What waits to be sent of each variant, in orders that are not closed."""
    return _sums(
        select(OrderLine.variant_id.label("of"), total(_WAITING).label("units"))
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .where(these_lines, Order.closed_at.is_(None)),
        OrderLine.variant_id,
    )


def _wrong_line_movements() -> Select[Any]:
    """Of each line: held or promised is what waits while the order is not closed, sold is what was
    sent, returned is what was taken back."""
    moved = sums_by(StockMovement.variant_id, StockMovement.reference)
    waits = case((Order.closed_at.is_(None), _WAITING), else_=0)
    is_presold = OrderLine.ships_on.is_not(None)
    expected = {
        "held": case((is_presold, 0), else_=waits),
        "promised": case((is_presold, waits), else_=0),
        "sold": OrderLine.dispatched_quantity,
        "returned": OrderLine.returned_quantity,
    }
    differs = [func.coalesce(moved.c[name], 0) != value for name, value in expected.items()]
    return (
        select(OrderLine.id)
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .outerjoin(
            moved,
            and_(moved.c.variant_id == OrderLine.variant_id, moved.c.reference == SubOrder.number),
        )
        .where(or_(*differs))
        .order_by(OrderLine.id)
    )


def _wrong_orders() -> Select[Any]:
    parts = _sums(
        select(
            SubOrder.order_id.label("of"),
            total(SubOrder.goods_fen).label("goods_fen"),
            total(SubOrder.freight_fen).label("freight_fen"),
        ),
        SubOrder.order_id,
    )
    differs = or_(
        parts.c.of.is_(None),
        Order.goods_fen != parts.c.goods_fen,
        Order.freight_fen != parts.c.freight_fen,
    )
    return _compared(Order, parts, differs)


def _wrong_parts() -> Select[Any]:
    lines = _sums(
        select(
            OrderLine.sub_order_id.label("of"),
            total(OrderLine.amount_fen).label("goods_fen"),
            total(OrderLine.net_weight_g * OrderLine.quantity).label("weight_g"),
        ),
        OrderLine.sub_order_id,
    )
    differs = or_(
        lines.c.of.is_(None),
        SubOrder.goods_fen != lines.c.goods_fen,
        SubOrder.weight_g != lines.c.weight_g,
    )
    return _compared(SubOrder, lines, differs)


def _sent_unpaid() -> Select[Any]:
    return (
        select(SubOrder.id)
        .join(SubOrder.order)
        .where(SubOrder.dispatched_at.is_not(None), Order.paid_at.is_(None))
    )


def _wrong_payments() -> Select[Any]:
    unpaid = and_(Order.paid_at.is_not(None), Payment.captured_fen < Order.total_fen)
    return (
        select(Order.id)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .where(or_(Payment.id.is_(None), Payment.due_fen != Order.total_fen, unpaid))
    )


def _wrong_captures() -> Select[Any]:
    attempts = _sums(
        select(
            PaymentAttempt.payment_id.label("of"),
            total(PaymentAttempt.received_fen).label("received_fen"),
            total(PaymentAttempt.refunded_fen).label("refunded_fen"),
        ),
        PaymentAttempt.payment_id,
    )
    differs = or_(
        Payment.captured_fen != func.coalesce(attempts.c.received_fen, 0),
        Payment.refunded_fen != func.coalesce(attempts.c.refunded_fen, 0),
    )
    return _compared(Payment, attempts, differs)


def _wrong_refunds() -> Select[Any]:
    refunds = _sums(
        select(Refund.payment_id.label("of"), total(Refund.amount_fen).label("fen")),
        Refund.payment_id,
    )
    return _compared(Payment, refunds, Payment.refunded_fen != func.coalesce(refunds.c.fen, 0))


def _wrong_attempt_refunds() -> Select[Any]:
    refunds = _sums(
        select(Refund.attempt_id.label("of"), total(Refund.amount_fen).label("fen")),
        Refund.attempt_id,
    )
    differs = PaymentAttempt.refunded_fen != func.coalesce(refunds.c.fen, 0)
    return _compared(PaymentAttempt, refunds, differs)


def _unasked() -> Select[Any]:
    return select(PaymentAttempt.id).where(
        PaymentAttempt.method == PaymentMethod.ONLINE,
        PaymentAttempt.state.in_(UNFINISHED),
        PaymentAttempt.check_due_at.is_(None),
    )


def _unkept() -> Select[Any]:
    """Money of a wrong amount is kept aside until it is given back; then it counts as received."""
    kept = select(Suspense.attempt_id).where(
        Suspense.attempt_id.is_not(None),
        or_(Suspense.ending.is_(None), Suspense.ending != SuspenseEnd.RETURNED),
    )
    is_kept = PaymentAttempt.id.in_(kept)
    return select(PaymentAttempt.id).where(
        (PaymentAttempt.state == AttemptState.QUARANTINED) != is_kept
    )


def _wrong_line_refunds() -> Select[Any]:
    items = _sums(
        select(RefundItem.order_line_id.label("of"), total(RefundItem.amount_fen).label("fen")),
        RefundItem.order_line_id,
    )
    return _compared(OrderLine, items, OrderLine.refunded_fen != func.coalesce(items.c.fen, 0))


def _wrong_freight_refunds() -> Select[Any]:
    items = _sums(
        select(
            RefundItem.sub_order_id.label("of"), total(RefundItem.amount_fen).label("fen")
        ).where(RefundItem.order_line_id.is_(None)),
        RefundItem.sub_order_id,
    )
    differs = SubOrder.freight_refunded_fen != func.coalesce(items.c.fen, 0)
    return _compared(SubOrder, items, differs)


def _wrong_items() -> Select[Any]:
    items = _sums(
        select(RefundItem.refund_id.label("of"), total(RefundItem.amount_fen).label("fen")),
        RefundItem.refund_id,
    )
    return _compared(Refund, items, items.c.fen != Refund.amount_fen)


def _wrong_ends() -> Select[Any]:
    """A part is sent when nothing of it waits and something was sent, cancelled when nothing
    waits and nothing was sent."""
    lines = _sums(
        select(
            OrderLine.sub_order_id.label("of"),
            total(_WAITING).label("waiting"),
            total(OrderLine.dispatched_quantity).label("sent"),
        ),
        OrderLine.sub_order_id,
    )
    is_sent = and_(lines.c.waiting == 0, lines.c.sent > 0)
    is_cancelled = and_(lines.c.waiting == 0, lines.c.sent == 0)
    differs = or_(
        SubOrder.dispatched_at.is_not(None) != is_sent,
        SubOrder.cancelled_at.is_not(None) != is_cancelled,
    )
    return _compared(SubOrder, lines, differs)


def _wrong_shipments() -> Select[Any]:
    shipped = _sums(
        select(ShipmentLine.order_line_id.label("of"), total(ShipmentLine.quantity).label("units")),
        ShipmentLine.order_line_id,
    )
    differs = OrderLine.dispatched_quantity != func.coalesce(shipped.c.units, 0)
    return _compared(OrderLine, shipped, differs)


def _wrong_batches() -> Select[Any]:
    picked = _sums(
        select(
            PickAllocation.batch_id.label("of"),
            total(PickAllocation.quantity * OrderLine.net_weight_g).label("grams"),
        )
        .join(PickAllocation.shipment_line)
        .join(ShipmentLine.order_line),
        PickAllocation.batch_id,
    )
    return _compared(Batch, picked, func.coalesce(picked.c.grams, 0) != Batch.allocated_g)


def _wrong_picks() -> Select[Any]:
    """Of covered goods each unit has its batch; of others it may be fewer, never more."""
    picked = _sums(
        select(
            PickAllocation.shipment_line_id.label("of"),
            total(PickAllocation.quantity).label("units"),
        ),
        PickAllocation.shipment_line_id,
    )
    units = func.coalesce(picked.c.units, 0)
    too_few = ShipmentLine.certificate_covered & (units < ShipmentLine.quantity)
    return _compared(ShipmentLine, picked, too_few | (units > ShipmentLine.quantity))


def _picks_of_others() -> Select[Any]:
    return (
        _picks()
        .join(PickAllocation.batch)
        .where(Batch.product_id != OrderLine.product_id)
        .order_by(PickAllocation.id)
    )


def _uncertified_picks() -> Select[Any]:
    certified = select(ConformityCertificate.batch_id)
    return (
        _picks()
        .where(
            ShipmentLine.certificate_covered,
            PickAllocation.batch_id.not_in(certified),
        )
        .order_by(PickAllocation.id)
    )


def _recalled_picks() -> Select[Any]:
    return (
        _picks()
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(BatchRecall, BatchRecall.batch_id == PickAllocation.batch_id)
        .where(Shipment.sent_at > BatchRecall.at)
        .order_by(PickAllocation.id)
    )


def _picks() -> Select[Any]:
    return (
        select(PickAllocation.id).join(PickAllocation.shipment_line).join(ShipmentLine.order_line)
    )


def _wrong_pickups() -> Select[Any]:
    """A code comes with the payment, goods lie at a point once all was sent, and what was handed
    over the buyer has."""
    return (
        select(Pickup.sub_order_id)
        .join(Pickup.sub_order)
        .join(SubOrder.order)
        .where(
            or_(
                Pickup.code.is_not(None) != Order.paid_at.is_not(None),
                and_(Pickup.arrived_at.is_not(None), SubOrder.dispatched_at.is_(None)),
                and_(Pickup.handed_over_at.is_not(None), SubOrder.arrived_at.is_(None)),
            )
        )
    )


def _unrefunded() -> Select[Any]:
    return (
        select(SubOrder.id)
        .join(SubOrder.order)
        .outerjoin(Cancellation, Cancellation.sub_order_id == SubOrder.id)
        .where(
            SubOrder.cancelled_at.is_not(None),
            Order.paid_at.is_not(None),
            Cancellation.refund_id.is_(None),
        )
    )


def _wrong_cancellations() -> Select[Any]:
    items = _sums(
        select(
            CancellationItem.order_line_id.label("of"),
            total(CancellationItem.quantity).label("units"),
        ),
        CancellationItem.order_line_id,
    )
    return _compared(
        OrderLine, items, OrderLine.cancelled_quantity != func.coalesce(items.c.units, 0)
    )


def _wrong_refunded_units() -> Select[Any]:
    items = _sums(
        select(RefundItem.order_line_id.label("of"), total(RefundItem.quantity).label("units")),
        RefundItem.order_line_id,
    )
    units = OrderLine.cancelled_quantity + OrderLine.returned_quantity
    return _compared(OrderLine, items, units != func.coalesce(items.c.units, 0))


def _overpaid_claims() -> Select[Any]:
    return (
        select(Claim.id)
        .join(Claim.refund)
        .where(Refund.amount_fen > Claim.goods_fen + Claim.freight_fen)
        .order_by(Claim.id)
    )


def _wrong_turns() -> Select[Any]:
    """Whose turn it is follows from the last step; what is closed has come to an end."""
    last = _sums(
        select(ClaimStep.claim_id.label("of"), func.max(ClaimStep.id).label("id")),
        ClaimStep.claim_id,
    )
    turns = {
        Side.COOPERATIVE: (StepKind.MADE, StepKind.AGREED),
        Side.BUYER: (StepKind.OFFERED, StepKind.REFUSED),
        Side.PLATFORM: (StepKind.ESCALATED,),
    }
    ends = (StepKind.AGREED, StepKind.RETURNED, StepKind.DECIDED)
    fits = [and_(Claim.waits_for == side, ClaimStep.kind.in_(of)) for side, of in turns.items()]
    ended = and_(
        Claim.waits_for.is_(None),
        ClaimStep.kind.in_((*ends, StepKind.WITHDRAWN, StepKind.LAPSED)),
    )
    return (
        select(Claim.id)
        .outerjoin(last, last.c.of == Claim.id)
        .outerjoin(ClaimStep, ClaimStep.id == last.c.id)
        .where(or_(ClaimStep.id.is_(None), ~or_(ended, *fits)))
        .order_by(Claim.id)
    )


def _accepted_in_dispute() -> Select[Any]:
    return (
        select(SubOrder.id)
        .join(Claim, Claim.sub_order_id == SubOrder.id)
        .where(
            SubOrder.accepted_at > Claim.opened_at,
            or_(Claim.closed_at.is_(None), Claim.closed_at > SubOrder.accepted_at),
        )
        .order_by(SubOrder.id)
    )


def _wrong_transfers() -> Select[Any]:
    return (
        select(PaymentAttempt.id)
        .outerjoin(ReceiptMatch, ReceiptMatch.attempt_id == PaymentAttempt.id)
        .where(
            PaymentAttempt.method == PaymentMethod.TRANSFER,
            PaymentAttempt.received_fen != func.coalesce(ReceiptMatch.amount_fen, 0),
        )
        .order_by(PaymentAttempt.id)
    )


def _wrong_matches() -> Select[Any]:
    receipts = _sums(
        select(MatchedReceipt.match_id.label("of"), total(BankReceipt.amount_fen).label("fen"))
        .select_from(MatchedReceipt)
        .join(MatchedReceipt.receipt),
        MatchedReceipt.match_id,
    )
    differs = ReceiptMatch.amount_fen != func.coalesce(receipts.c.fen, 0)
    return _compared(ReceiptMatch, receipts, differs)


def _wrong_releases() -> Select[Any]:
    was_rejected = func.coalesce(ReceiptMatch.decision == Decision.REJECTED, false())
    return (
        select(MatchedReceipt.id)
        .join(MatchedReceipt.match)
        .where(MatchedReceipt.released_at.is_not(None) != was_rejected)
        .order_by(MatchedReceipt.id)
    )


def _wrong_payouts() -> Select[Any]:
    confirmed = and_(Payout.refund_id == Refund.id, Payout.decision == Decision.CONFIRMED)
    return (
        select(Refund.id)
        .join(Refund.attempt)
        .outerjoin(Payout, confirmed)
        .where(
            PaymentAttempt.method == PaymentMethod.TRANSFER,
            or_(
                Refund.moved_at.is_not(None) != Payout.id.is_not(None),
                Refund.amount_fen != Payout.amount_fen,
            ),
        )
        .order_by(Refund.id)
    )


def _uncounted() -> Select[Any]:
    """What the ledger says of a line in all is what was paid for it and kept."""
    entries = _sums(
        select(
            SalesEntry.order_line_id.label("of"),
            total(SalesEntry.net_fen).label("net_fen"),
        ).where(SalesEntry.order_line_id.is_not(None)),
        SalesEntry.order_line_id,
    )
    kept = case(
        (SubOrder.accepted_at.is_not(None), OrderLine.amount_fen - OrderLine.refunded_fen), else_=0
    )
    return (
        select(OrderLine.id)
        .join(OrderLine.sub_order)
        .outerjoin(entries, entries.c.of == OrderLine.id)
        .where(func.coalesce(entries.c.net_fen, 0) != kept)
        .order_by(OrderLine.id)
    )


def _wrong_entries() -> Select[Any]:
    differs = [getattr(SalesEntry, name) != getattr(OrderLine, name) for name in FROZEN]
    return (
        select(SalesEntry.id)
        .join(OrderLine, OrderLine.id == SalesEntry.order_line_id)
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .where(
            or_(
                SubOrder.accepted_at.is_(None),
                SalesEntry.net_weight_g != OrderLine.net_weight_g * SalesEntry.quantity,
                SalesEntry.order_number != SubOrder.number,
                SalesEntry.buyer_type != Order.buyer_type,
                SalesEntry.buyer_unit != Order.buyer_unit,
                SalesEntry.month != func.substr(cast(SalesEntry.counted_on, String), 1, 7),
                *differs,
            ),
        )
    )


def _overcorrected() -> Select[Any]:
    refunds = _sums(
        select(SalesEntry.corrects_id.label("of"), total(SalesEntry.refund_fen).label("fen")).where(
            SalesEntry.kind == EntryKind.REFUND
        ),
        SalesEntry.corrects_id,
    )
    return _compared(SalesEntry, refunds, refunds.c.fen > SalesEntry.amount_fen)


# What was paid for accepted goods, and kept.
_KEPT = case(
    (SubOrder.accepted_at.is_not(None), OrderLine.amount_fen - OrderLine.refunded_fen), else_=0
)
_COMMISSION = (_KEPT * SubOrder.commission_bp + 5_000) // 10_000
_KEPT_FREIGHT = case(
    (SubOrder.accepted_at.is_not(None), SubOrder.freight_fen - SubOrder.freight_refunded_fen),
    else_=0,
)


def _owed_by_line(*kinds: Owed) -> Subquery:
    return _sums(
        select(
            PayableEntry.order_line_id.label("of"), total(PayableEntry.amount_fen).label("fen")
        ).where(PayableEntry.kind.in_(kinds)),
        PayableEntry.order_line_id,
    )


def _wrongly_owed_lines() -> Select[Any]:
    owed = _owed_by_line(Owed.GOODS, Owed.GOODS_REFUND)
    return (
        select(OrderLine.id)
        .join(OrderLine.sub_order)
        .outerjoin(owed, owed.c.of == OrderLine.id)
        .where(func.coalesce(owed.c.fen, 0) != _KEPT)
        .order_by(OrderLine.id)
    )


def _wrong_commissions() -> Select[Any]:
    """Rounded half up, line by line: the rule of orders/commissions, in the database's words."""
    charged = _owed_by_line(Owed.COMMISSION, Owed.COMMISSION_BACK)
    return (
        select(OrderLine.id)
        .join(OrderLine.sub_order)
        .outerjoin(charged, charged.c.of == OrderLine.id)
        .where(func.coalesce(charged.c.fen, 0) != -_COMMISSION)
        .order_by(OrderLine.id)
    )


def _wrongly_owed_freight() -> Select[Any]:
    owed = _sums(
        select(
            PayableEntry.sub_order_id.label("of"), total(PayableEntry.amount_fen).label("fen")
        ).where(PayableEntry.kind.in_((Owed.FREIGHT, Owed.FREIGHT_REFUND))),
        PayableEntry.sub_order_id,
    )
    return _compared(SubOrder, owed, func.coalesce(owed.c.fen, 0) != _KEPT_FREIGHT)


def _wrongly_owed_cooperatives() -> Select[Any]:
    """What was settled, and what is owed beside it, is what was accepted and kept, less the
    commission. What was paid out was settled before."""
    goods = _sums(
        select(SubOrder.cooperative_id.label("of"), total(_KEPT - _COMMISSION).label("fen")).join(
            OrderLine.sub_order
        ),
        SubOrder.cooperative_id,
    )
    freight = _sums(
        select(SubOrder.cooperative_id.label("of"), total(_KEPT_FREIGHT).label("fen")),
        SubOrder.cooperative_id,
    )
    settled = _sums(
        select(
            SettlementStatement.cooperative_id.label("of"),
            total(
                SettlementStatement.goods_fen
                + SettlementStatement.freight_fen
                + SettlementStatement.refunds_fen
                + SettlementStatement.commission_fen
            ).label("fen"),
        ),
        SettlementStatement.cooperative_id,
    )
    is_settled = PayableEntry.id.in_(select(StatementEntry.entry_id))
    owed = _sums(
        select(
            PayableEntry.cooperative_id.label("of"), total(PayableEntry.amount_fen).label("fen")
        ).where(~is_settled, PayableEntry.kind.not_in(PAYOUT_KINDS)),
        PayableEntry.cooperative_id,
    )
    accepted, counted = (
        [func.coalesce(sums.c.fen, 0) for sums in some]
        for some in ((goods, freight), (settled, owed))
    )
    query = select(Organisation.id)
    for sums in (goods, freight, settled, owed):
        query = query.outerjoin(sums, sums.c.of == Organisation.id)
    return query.where(sum(accepted) != sum(counted)).order_by(Organisation.id)


def _wrong_statements() -> Select[Any]:
    def part(*kinds: Owed) -> ColumnElement[int]:
        return total(case((PayableEntry.kind.in_(kinds), PayableEntry.amount_fen), else_=0))

    sums = _sums(
        select(
            StatementEntry.statement_id.label("of"),
            part(Owed.GOODS).label("goods_fen"),
            part(Owed.FREIGHT).label("freight_fen"),
            part(Owed.GOODS_REFUND, Owed.FREIGHT_REFUND).label("refunds_fen"),
            part(Owed.COMMISSION, Owed.COMMISSION_BACK).label("commission_fen"),
            part(*PAYOUT_KINDS).label("paid_fen"),
        ).join(PayableEntry, PayableEntry.id == StatementEntry.entry_id),
        StatementEntry.statement_id,
    )
    names = ("goods_fen", "freight_fen", "refunds_fen", "commission_fen", "paid_fen")
    differs = [getattr(SettlementStatement, name) != sums.c[name] for name in names]
    return _compared(SettlementStatement, sums, or_(sums.c.of.is_(None), *differs))


def _wrong_openings() -> Select[Any]:
    last_fen = func.lag(SettlementStatement.closing_fen, 1, 0).over(
        partition_by=SettlementStatement.cooperative_id,
        order_by=(SettlementStatement.period_from, SettlementStatement.id),
    )
    chained = select(
        SettlementStatement.id, SettlementStatement.opening_fen, last_fen.label("last_fen")
    ).subquery()
    return select(chained.c.id).where(chained.c.opening_fen != chained.c.last_fen)


def _wrongly_settled() -> Select[Any]:
    """Of a settled part: paid for, and no claim about it was open when it was settled. The table's
    own check says that the sum was not above what was received and kept."""
    return (
        select(SettledPart.sub_order_id)
        .join(SubOrder, SubOrder.id == SettledPart.sub_order_id)
        .join(SubOrder.order)
        .join(SettlementStatement, SettlementStatement.id == SettledPart.statement_id)
        .outerjoin(
            Claim,
            and_(
                Claim.sub_order_id == SubOrder.id,
                or_(Claim.closed_at.is_(None), Claim.closed_at > SettlementStatement.made_at),
            ),
        )
        .where(
            or_(
                Claim.id.is_not(None),
                Order.paid_at.is_(None),
                SubOrder.accepted_at.is_(None),
                SettledPart.received_fen != SubOrder.goods_fen + SubOrder.freight_fen,
            )
        )
        .order_by(SettledPart.sub_order_id)
    )


def _skipped_entries() -> Select[Any]:
    """A part is settled whole: nothing older of it is left behind, so that no refund is."""
    settled = _sums(
        select(
            PayableEntry.sub_order_id.label("of"), func.max(PayableEntry.id).label("last_id")
        ).join(StatementEntry, StatementEntry.entry_id == PayableEntry.id),
        PayableEntry.sub_order_id,
    )
    return (
        select(PayableEntry.sub_order_id)
        .join(settled, settled.c.of == PayableEntry.sub_order_id)
        .outerjoin(StatementEntry, StatementEntry.entry_id == PayableEntry.id)
        .where(StatementEntry.entry_id.is_(None), PayableEntry.id < settled.c.last_id)
        .order_by(PayableEntry.sub_order_id)
    )


def _wrongly_paid_out() -> Select[Any]:
    """What was released left the ledger, and what the bank sent back is in it again."""
    entries = _sums(
        select(PayableEntry.payout_row_id.label("of"), total(PayableEntry.amount_fen).label("fen")),
        PayableEntry.payout_row_id,
    )
    is_out = and_(PayoutRow.outcome == Outcome.RELEASED, PayoutRow.returned_at.is_(None))
    out_fen = case((is_out, -PayoutRow.amount_fen), else_=0)
    return _compared(PayoutRow, entries, func.coalesce(entries.c.fen, 0) != out_fen)


def _wrong_invoices() -> Select[Any]:
    items = _sums(
        select(InvoiceItem.invoice_id.label("of"), total(InvoiceItem.amount_fen).label("fen")),
        InvoiceItem.invoice_id,
    )
    return (
        select(InvoiceDocument.invoice_id)
        .outerjoin(items, items.c.of == InvoiceDocument.invoice_id)
        .where(func.coalesce(items.c.fen, 0) != InvoiceDocument.amount_fen)
        .order_by(InvoiceDocument.invoice_id)
    )


def _too_high() -> Select[Any]:
    kept = _sums(
        select(
            OrderLine.sub_order_id.label("of"),
            total(OrderLine.amount_fen - OrderLine.refunded_fen).label("fen"),
        ),
        OrderLine.sub_order_id,
    )
    freight = SubOrder.freight_fen - SubOrder.freight_refunded_fen
    return (
        select(Invoice.id)
        .join(Invoice.sub_order)
        .join(Invoice.documents)
        .join(kept, kept.c.of == SubOrder.id)
        .where(
            Invoice.closed_at.is_(None),
            Invoice.too_high_since.is_(None),
            InvoiceDocument.amount_fen > kept.c.fen + freight,
        )
        .order_by(Invoice.id)
    )


def _sums(query: Select[Any], by: InstrumentedAttribute[Any]) -> Subquery:
    return query.group_by(by).subquery()


def _compared(model: type[Base], sums: Subquery, differs: ColumnElement[bool]) -> Select[Any]:
    """The rows of a table that differ from the sums of the rows that refer to them."""
    own: Any = model
    return select(own.id).outerjoin(sums, sums.c.of == own.id).where(differs).order_by(own.id)

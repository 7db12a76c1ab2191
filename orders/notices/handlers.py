"""A notice for each step of an order: into the inbox, by mail, and the urgent ones by phone.

The key of a notice says which step of which order it is about: no step is told twice.
"""

from datetime import datetime
from typing import Any

from catalog.batches.events import BatchCalledBack
from orders.claims.events import ClaimMoved
from orders.claims.models import StepKind
from orders.deliveries.queries import get_shipment
from orders.fairs.events import CalledOff, Dropped, Moved, TakenUp, Withdrawn
from orders.fairs.queries.activities import get_public, list_staff
from orders.invoices.events import (
    InvoiceFileAdded,
    InvoiceIssued,
    InvoiceRejected,
    InvoiceRequested,
    InvoiceReversed,
    InvoiceTooHigh,
)
from orders.invoices.models import Invoice
from orders.invoices.queries import get_told_file, get_told_invoice
from orders.notices import queries
from orders.pickups.events import PickupArrived
from orders.pickups.queries import get_pickup
from orders.recalls.queries import get_called_back, list_order_ids, list_units
from orders.recalls.rules import step_of
from orders.records.events import (
    MoneyUnneeded,
    OrderCancelled,
    OrderClosed,
    OrderPaid,
    OrderPlaced,
    RefundFailed,
    RefundMoved,
    ShipmentSent,
    SubOrderAccepted,
    TransferDue,
    UnitsCancelled,
)
from orders.records.models import AcceptedBy, Order, OrderLine, SubOrder
from orders.refunds.models import Side
from orders.refunds.rules import money_back_by
from orders.shortages.events import ShortageReported
from orders.shortages.queries import get_told_shortage
from orders.transfers.events import SurplusGranted
from shop import clock, mail
from shop.accounts.notices.rules import Contact, contact_of
from shop.accounts.notices.services import tell
from shop.events import on

# Steps of a claim that a side did not take itself; a buyer's own are told when a clock took them.
_NEWS_FOR_COOPERATIVE = {
    StepKind.MADE,
    StepKind.AGREED,
    StepKind.ESCALATED,
    StepKind.DECIDED,
    StepKind.WITHDRAWN,
    StepKind.LAPSED,
}
_ORDERS_AT_A_TIME = 200
_BUYERS_OWN = {StepKind.AGREED, StepKind.ESCALATED, StepKind.LAPSED}
_NEWS_FOR_BUYER = _BUYERS_OWN | {
    StepKind.OFFERED,
    StepKind.REFUSED,
    StepKind.RETURNED,
    StepKind.DECIDED,
}


@on(OrderPlaced)
def tell_placed(event: OrderPlaced) -> None:
    _write_to_buyer(event.order, "order_placed", event.at, **_of_order(event.order))


@on(TransferDue)
def tell_transfer_due(event: TransferDue) -> None:
    order = queries.get_order(event.order_id)
    _write_to_buyer(order, "transfer_due", event.at, **_of_order(order))


@on(OrderPaid)
def tell_paid(event: OrderPaid) -> None:
    """The buyer is reassured, and each cooperative has something to do."""
    order = queries.get_order(event.order_id)
    _write_to_buyer(order, "order_paid", event.at, **_of_order(order))
    for part in order.sub_orders:
        _write_to_managers(part, "part_to_send", event.at, **_of_part(part))


@on(OrderClosed)
def tell_closed(event: OrderClosed) -> None:
    order = queries.get_order(event.order_id)
    _write_to_buyer(order, "order_closed", event.at, **_of_order(order))


@on(ShipmentSent)
def tell_dispatched(event: ShipmentSent) -> None:
    """One letter for each shipment: what is in it, and what still waits."""
    part = queries.get_part(event.sub_order_id)
    shipment = get_shipment(event.shipment_id)
    _write_to_buyer(
        part.order,
        f"part_dispatched:{part.number}:{shipment.id}",
        event.at,
        **_of_part(part)
        | {"lines": [_line(each.order_line, each.quantity) for each in shipment.lines]},
        parcels=[f"{each.carrier} {each.tracking_number}" for each in shipment.parcels],
        waiting=[
            _line(line, line.waiting_quantity) for line in part.lines if line.waiting_quantity
        ],
    )


@on(PickupArrived)
def tell_arrived(event: PickupArrived) -> None:
    """Where to fetch it, and the code to say there."""
    pickup = get_pickup(event.pickup_id)
    part, point = pickup.sub_order, pickup.point
    _write_to_buyer(
        part.order,
        f"pickup_arrived:{part.number}",
        event.at,
        cooperative=part.cooperative_name,
        lines=[_line(line, line.dispatched_quantity) for line in part.lines],
        point=point.name,
        address=f"{point.town.full_name} {point.address}",
        opening_hours=point.opening_hours,
        code=pickup.code,
    )


@on(SubOrderAccepted)
def tell_accepted(event: SubOrderAccepted) -> None:
    """The cooperative learns that it earned; the buyer only what happened without them."""
    part = queries.get_part(event.sub_order_id)
    _write_to_managers(part, "part_accepted", event.at, **_of_part(part))
    if part.accepted_by is AcceptedBy.SYSTEM:
        key = f"part_accepted_unasked:{part.number}"
        _write_to_buyer(part.order, key, event.at, **_of_part(part))


@on(OrderCancelled)
def tell_cancelled(event: OrderCancelled) -> None:
    order = queries.get_order(event.order_id)
    _write_to_buyer(order, "order_cancelled", event.at, **_of_order(order))


@on(UnitsCancelled)
def tell_units_cancelled(event: UnitsCancelled) -> None:
    """Whoever did not do it is told what no longer comes."""
    if event.is_told:
        return
    cancellation = queries.get_cancellation(event.cancellation_id)
    part = queries.get_part(cancellation.sub_order_id)
    told = {
        "cooperative": part.cooperative_name,
        "reason": cancellation.reason,
        "lines": [_line(item.line, item.quantity) for item in cancellation.items],
    }
    if cancellation.side is Side.BUYER:
        _write_to_managers(part, f"part_cancelled:{cancellation.id}", event.at, **told)
    else:
        _write_to_buyer(part.order, f"units_cancelled:{cancellation.id}", event.at, **told)


@on(ShortageReported)
def tell_short(event: ShortageReported) -> None:
    """Each buyer reads what is missing, what comes back for it and until when; those who run the
    cooperative read what one of its people did."""
    shortage = get_told_shortage(event.shortage_id)
    why = {"cause": shortage.cause.value, "note": shortage.note}
    for each in shortage.lines:
        part, refund = each.line.sub_order, each.cancellation.refund
        assert refund is not None
        _write_to_buyer(
            part.order,
            f"units_short:{each.cancellation_id}:{each.line.id}",
            event.at,
            cooperative=part.cooperative_name,
            lines=[_line(each.line, each.units)],
            amount_fen=refund.amount_fen,
            with_freight=refund.amount_fen > each.units * each.line.unit_price_fen,
            due=money_back_by(refund).isoformat(),
            **why,
        )
    first, others = shortage.lines[0].line, queries.list_managers(shortage.cooperative_id)
    for manager in others:
        if manager.account_id != shortage.by_id:
            _write(
                manager,
                "shortage_reported",
                f"shortage_reported:{shortage.id}:{manager.account_id}",
                event.at,
                path=f"/cooperative/shortages/{shortage.id}",
                lines=[_line(first, shortage.units)],
                orders=len(shortage.lines),
                **why,
            )


@on(ClaimMoved)
def tell_claim(event: ClaimMoved) -> None:
    """Each side reads what the other one, the platform or the clock did."""
    step = queries.get_claim_step(event.step_id)
    claim = step.claim
    told = {
        "kind": step.kind.value,
        "unasked": step.by_id is None,
        "amount_fen": step.amount_fen,
        "with_return": step.with_return,
        "text": step.text,
        "cooperative": claim.part.cooperative_name,
        "due": claim.due_at.isoformat() if claim.due_at else "",
    }
    if step.kind in _NEWS_FOR_COOPERATIVE:
        path = f"/cooperative/claims/{claim.id}"
        _write_to_managers(
            claim.part, f"claim_to_cooperative:{step.id}", event.at, path=path, **told
        )
    if step.kind in _NEWS_FOR_BUYER and not (step.by_id and step.kind in _BUYERS_OWN):
        order = claim.part.order
        path = f"/orders/{order.number}/claims/{claim.id}"
        _write_to_buyer(order, f"claim_to_buyer:{step.id}", event.at, path=path, **told)


@on(BatchCalledBack)
def tell_recalled(event: BatchCalledBack) -> None:
    """Every buyer of the batch, once for each order: what of it they have, and what to do."""
    batch = get_called_back(event.batch_id)
    assert batch.recall is not None
    order_ids = list_order_ids(batch.id)
    for start in range(0, len(order_ids), _ORDERS_AT_A_TIME):
        some = order_ids[start : start + _ORDERS_AT_A_TIME]
        units = list_units(batch.id, some)
        for order_id in some:
            _write_to_buyer(
                queries.get_order(order_id),
                step_of(batch.code),
                event.at,
                product=batch.product.name,
                cooperative=batch.product.cooperative.name,
                code=batch.code,
                reason=batch.recall.reason,
                lines=[_line(line, quantity) for line, quantity in units[order_id]],
            )


@on(MoneyUnneeded)
def tell_money_unneeded(event: MoneyUnneeded) -> None:
    """Who has paid for nothing knows at once that the money comes back."""
    attempt = queries.get_attempt(event.attempt_id)
    order = attempt.payment.order
    _write_to_buyer(
        order,
        f"money_unneeded:{attempt.id}",
        event.at,
        amount_fen=attempt.received_fen,
        is_paid=order.paid_at is not None,
    )


@on(SurplusGranted)
def tell_surplus(event: SurplusGranted) -> None:
    """Who sent too much is told at once: until a person has paid it out, days may go by."""
    refund = queries.get_refund(event.refund_id)
    _write_to_buyer(
        refund.payment.order,
        f"transfer_surplus:{refund.id}",
        event.at,
        amount_fen=refund.amount_fen,
    )


@on(RefundMoved)
def tell_refunded(event: RefundMoved) -> None:
    refund = queries.get_refund(event.refund_id)
    _write_to_buyer(
        refund.payment.order,
        # One that came back and was sent again has another key, and is told again.
        f"refund_moved:{refund.idempotency_key}",
        event.at,
        amount_fen=refund.amount_fen,
        reason=refund.reason,
    )


@on(RefundFailed)
def tell_refund_failed(event: RefundFailed) -> None:
    refund = queries.get_refund(event.refund_id)
    _write_to_buyer(
        refund.payment.order,
        f"refund_failed:{refund.idempotency_key}",
        event.at,
        amount_fen=refund.amount_fen,
    )


@on(InvoiceRequested)
def tell_invoice_requested(event: InvoiceRequested) -> None:
    invoice = get_told_invoice(event.invoice_id)
    step, path = f"invoice_requested:{invoice.id}", f"/invoices/{invoice.id}"
    _write_to_managers(invoice.sub_order, step, event.at, path=path, title=invoice.title_name)


@on(InvoiceIssued)
def tell_invoice_issued(event: InvoiceIssued) -> None:
    """The buyer, and whoever they named to have it."""
    invoice = get_told_invoice(event.invoice_id)
    step, told = f"invoice_issued:{invoice.id}", _of_invoice(invoice)
    order = invoice.sub_order.order
    _write_to_buyer(order, step, event.at, **told)
    buyer = queries.find_buyer(order)
    if invoice.email and (buyer is None or invoice.email != buyer.email):
        key = f"{order.number}:{step}:title"
        mail.post(
            invoice.email,
            "orders/invoice_issued",
            {"name": invoice.title_name, "number": order.number, **told},
            key=key,
            at=event.at,
        )


@on(InvoiceFileAdded)
def tell_invoice_file(event: InvoiceFileAdded) -> None:
    """Once for each invoice, however many forms of it there are."""
    document = get_told_file(event.file_id).document
    told = _of_invoice(document.invoice) | {"invoice": document.number}
    order = document.invoice.sub_order.order
    _write_to_buyer(order, f"invoice_file:{document.id}", event.at, **told)


@on(InvoiceRejected)
def tell_invoice_rejected(event: InvoiceRejected) -> None:
    invoice = get_told_invoice(event.invoice_id)
    step, reason = f"invoice_rejected:{invoice.id}", invoice.rejection
    _write_to_buyer(invoice.sub_order.order, step, event.at, **_of_invoice(invoice), reason=reason)


@on(InvoiceTooHigh)
def tell_invoice_too_high(event: InvoiceTooHigh) -> None:
    invoice = get_told_invoice(event.invoice_id)
    told = _of_invoice(invoice) | {"path": f"/invoices/{invoice.id}"}
    _write_to_managers(invoice.sub_order, f"invoice_too_high:{invoice.id}", event.at, **told)


@on(InvoiceReversed)
def tell_invoice_reversed(event: InvoiceReversed) -> None:
    invoice = get_told_invoice(event.invoice_id)
    step = f"invoice_reversed:{invoice.id}"
    _write_to_buyer(invoice.sub_order.order, step, event.at, **_of_invoice(invoice))


@on(TakenUp)
def tell_taken_up(event: TakenUp) -> None:
    """Goods have to be set aside, and somebody has to go there."""
    _write_of_activity(event, f"fair_taken_up:{event.at.isoformat()}")


@on(Dropped)
def tell_dropped(event: Dropped) -> None:
    """Nobody prepares for it in vain."""
    _write_of_activity(event, f"fair_dropped:{event.at.isoformat()}", "/cooperative/fairs")


@on(Moved)
def tell_moved(event: Moved) -> None:
    _write_of_activity(event, f"fair_moved:{event.at.isoformat()}")


@on(CalledOff)
def tell_called_off(event: CalledOff) -> None:
    _write_of_activity(event, "fair_called_off")


@on(Withdrawn)
def tell_withdrawn(event: Withdrawn) -> None:
    """Who runs the cooperative, and everybody who stands at the till: what is there goes back."""
    activity, batch = get_public(event.activity_id), get_called_back(event.batch_id)
    assert batch.recall is not None
    told = {
        "activity": activity.name,
        "product": batch.product.name,
        "code": batch.code,
        "reason": batch.recall.reason,
    }
    owner = batch.product.cooperative_id
    sellers = [
        contact_of(each.account)
        for each in list_staff(activity.id)
        if each.cooperative_id in (None, owner)
    ]
    desk, till = f"/cooperative/fairs/{activity.id}", f"/till/{activity.id}"
    for path, contacts in ((desk, queries.list_managers(owner)), (till, sellers)):
        for contact in contacts:
            key = f"activity:{activity.id}:fair_recalled:{batch.id}:{path[1]}:{contact.account_id}"
            _write(contact, "fair_recalled", key, event.at, path=path, **told)


def _write_of_activity(
    event: TakenUp | Dropped | Moved | CalledOff, step: str, path: str = ""
) -> None:
    """Who runs the cooperatives is told, unless it is over by now; the letter leads to the
    activity unless it names another page."""
    activity = get_public(event.activity_id)
    if activity.until_on < clock.day_of(event.at):
        return
    told = {
        "activity": activity.name,
        "place": activity.place,
        "from_on": activity.from_on.isoformat(),
        "until_on": activity.until_on.isoformat(),
        "reason": activity.cancel_reason,
    }
    path = path or f"/cooperative/fairs/{activity.id}"
    for cooperative_id in event.cooperative_ids:
        for manager in queries.list_managers(cooperative_id):
            key = f"activity:{activity.id}:{step}:{cooperative_id}:{manager.account_id}"
            _write(manager, step, key, event.at, path=path, **told)


def _of_invoice(invoice: Invoice) -> dict[str, Any]:
    blue = invoice.blue
    return {
        "path": f"/orders/{invoice.sub_order.order.number}/invoices",
        "cooperative": invoice.sub_order.cooperative_name,
        "title": invoice.title_name,
        "invoice": blue.number if blue else "",
        "amount_fen": blue.amount_fen if blue else 0,
    }


def _write_to_buyer(
    order: Order, step: str, at: datetime, *, path: str = "", **context: Any
) -> None:
    """``step`` is the template's name, and what follows a colon tells its letters apart.

    The letter leads to the order unless it names another page.
    """
    buyer = queries.find_buyer(order)
    if buyer is not None:
        path = path or f"/orders/{order.number}"
        _write(buyer, step, f"{order.number}:{step}", at, path=path, number=order.number, **context)


def _write_to_managers(
    part: SubOrder, step: str, at: datetime, *, path: str = "", **context: Any
) -> None:
    path = path or f"/cooperative/orders/{part.number}"
    for manager in queries.list_managers(part.cooperative_id):
        key = f"{part.number}:{step}:{manager.account_id}"
        _write(manager, step, key, at, path=path, number=part.number, **context)


def _write(to: Contact, step: str, key: str, at: datetime, *, path: str, **context: Any) -> None:
    letter = f"orders/{step.partition(':')[0]}"
    tell(to, letter, context, key=key, path=path, at=at)


def _of_order(order: Order) -> dict[str, Any]:
    return {
        "total_fen": order.total_fen,
        "pay_before": order.expires_at.isoformat(),
        "parts": [
            {
                "cooperative": part.cooperative_name,
                "lines": _lines(part),
                "promised_on": part.promised_on.isoformat(),
            }
            for part in order.sub_orders
        ],
    }


def _of_part(part: SubOrder) -> dict[str, Any]:
    return {
        "cooperative": part.cooperative_name,
        "lines": _lines(part),
        "promised_on": part.promised_on.isoformat(),
        "amount_fen": part.goods_fen + part.freight_fen,
    }


def _lines(part: SubOrder) -> list[dict[str, Any]]:
    return [_line(line, line.quantity) for line in part.lines]


def _line(line: OrderLine, quantity: int) -> dict[str, Any]:
    """Read by templates/emails/orders/_lines.txt. A day goes in as it is: letters word it."""
    return {
        "name": line.product_name,
        "spec": line.spec,
        "quantity": quantity,
        "unit": line.unit,
        "ships_on": line.ships_on.isoformat() if line.ships_on else "",
    }

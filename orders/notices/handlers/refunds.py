"""Money that goes back, and what keeps it from it."""

from orders.notices import queries
from orders.notices.handlers.letters import write_to_buyer
from orders.records.events import MoneyUnneeded, RefundFailed, RefundMoved, RefundRerouted
from orders.transfers.events import SurplusGranted
from shop.events import on


@on(MoneyUnneeded)
def tell_money_unneeded(event: MoneyUnneeded) -> None:
    """Who has paid for nothing knows at once that the money comes back."""
    attempt = queries.get_attempt(event.attempt_id)
    order = attempt.payment.order
    write_to_buyer(
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
    write_to_buyer(
        refund.payment.order,
        f"transfer_surplus:{refund.id}",
        event.at,
        amount_fen=refund.amount_fen,
    )


@on(RefundMoved)
def tell_refunded(event: RefundMoved) -> None:
    refund = queries.get_refund(event.refund_id)
    write_to_buyer(
        refund.payment.order,
        # One that came back and was sent again has another key, and is told again.
        f"refund_moved:{refund.idempotency_key}",
        event.at,
        amount_fen=refund.amount_fen,
        reason=refund.reason,
        by_bank=refund.rerouted_at is not None,
    )


@on(RefundRerouted)
def tell_refund_rerouted(event: RefundRerouted) -> None:
    """The buyer has to say to which account."""
    refund = queries.get_refund(event.refund_id)
    write_to_buyer(
        refund.payment.order,
        f"refund_rerouted:{refund.id}",
        event.at,
        amount_fen=refund.amount_fen,
    )


@on(RefundFailed)
def tell_refund_failed(event: RefundFailed) -> None:
    refund = queries.get_refund(event.refund_id)
    write_to_buyer(
        refund.payment.order,
        f"refund_failed:{refund.idempotency_key}",
        event.at,
        amount_fen=refund.amount_fen,
    )

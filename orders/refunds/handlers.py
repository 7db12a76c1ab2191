"""Send granted refunds, and give back money that came too late."""

from datetime import datetime
from typing import Any

from orders.payments.handlers import provider
from orders.payments.models import PaymentAttempt
from orders.records.events import MoneyUnneeded, RefundMoved
from orders.refunds import services
from orders.refunds.models import Refund
from shop import outbox
from shop.db import db, transaction
from shop.errors import DomainError
from shop.events import announce, on

LATE = "款项到账时订单已经关闭或已付清，自动退回"


@on(MoneyUnneeded)
def give_back(event: MoneyUnneeded) -> None:
    """Nobody has to ask for money that the shop had no use for."""
    attempt = db.session.get_one(PaymentAttempt, event.attempt_id)
    services.grant(attempt, attempt.received_fen, reason=LATE, by=None, at=event.at)


@outbox.delivers(services.KIND, must_arrive=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Ask the provider to move the money; the idempotency key makes a repeat harmless."""
    refund = db.session.get_one(Refund, payload["refund_id"])
    if refund.moved_at is not None:
        return
    intent_id, amount_fen = str(refund.attempt.intent_id), refund.amount_fen
    key = refund.idempotency_key
    db.session.rollback()
    try:
        provider_id = provider().refund(intent_id, amount_fen, key)
    except DomainError as error:
        with transaction():
            services.record_failure(payload["refund_id"], error.code)
        raise
    with transaction():
        services.record_moved(payload["refund_id"], provider_id, at=at)
        announce(RefundMoved(payload["refund_id"], at))

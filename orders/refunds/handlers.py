"""Send granted refunds, and give back money that came too late."""

from datetime import datetime, timedelta
from typing import Any

import structlog

from orders.payments.errors import ProviderBroke, ProviderRefused, ProviderUnavailable
from orders.payments.gateways.port import RefundReport
from orders.payments.handlers import provider
from orders.payments.models import PaymentAttempt
from orders.records.events import MoneyUnneeded, RefundReported
from orders.refunds.models import Refund
from orders.refunds.queries import list_accepted
from orders.refunds.rules import has_spent_its_key
from orders.refunds.services import grants, moves
from shop import outbox
from shop.db import db, transaction
from shop.events import on
from shop.jobs import every

LATE = "款项到账时订单已经关闭或已付清，自动退回"
# Some ways to pay take days to move money; they are asked about every hour.
UNASKED_FOR = timedelta(minutes=50)
BATCH = 100

log = structlog.get_logger()


@on(MoneyUnneeded)
def give_back(event: MoneyUnneeded) -> None:
    """Nobody has to ask for money that the shop had no use for."""
    attempt = db.session.get_one(PaymentAttempt, event.attempt_id)
    grants.grant(attempt, attempt.received_fen, reason=LATE, by=None, at=event.at)


@on(RefundReported)
def take_note(event: RefundReported) -> None:
    moves.record_report(event.report, at=event.at)


@outbox.delivers(moves.KIND, must_arrive=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Ask the provider to move the money; a repeat is harmless.

    The provider forgets a key after a day, but never a refund: it is looked for first.
    """
    refund_id = payload["refund_id"]
    refund = db.session.get_one(Refund, refund_id)
    was_asked, intent_id = refund.asked_at is not None, str(refund.attempt.intent_id)
    amount_fen, is_spent = refund.amount_fen, has_spent_its_key(refund, at)
    with transaction():
        key = moves.record_asked(refund_id, at=at)
    if key is None:
        return
    try:
        report = _find(intent_id, key) if was_asked else None
        if report is None and is_spent:
            with transaction():
                key = moves.take_another_key(refund_id, key, at=at)
            if key is None:
                return
        report = report or provider().refund(intent_id, amount_fen, key)
    except ProviderUnavailable as error:
        with transaction():
            moves.record_silence(refund_id, error.code)
        raise
    except ProviderRefused as error:
        with transaction():
            moves.record_refusal(refund_id, key, error.reason, at=at)
        raise
    with transaction():
        moves.record_report(report, at=at)


@every(minutes=60)
def ask_about_accepted(at: datetime) -> None:
    """Ask about refunds that the provider accepted: its message that they moved may be lost.

    When the provider does not answer, the others wait for the next run, in which they come first.
    """
    for refund_id, provider_id in list_accepted(at, UNASKED_FOR, BATCH):
        db.session.rollback()
        try:
            report = provider().get_refund(provider_id)
            with transaction():
                moves.record_report(report, at=at)
        except ProviderUnavailable as error:
            log.warning("refund_not_asked_about", refund=refund_id, code=error.code)
            with transaction():
                moves.record_look(refund_id, at=at)
            return
        except Exception:
            # One refund that can't be looked at must not keep the others waiting.
            log.error("refund_not_asked_about", refund=refund_id, exc_info=True)
            with transaction():
                moves.record_look(refund_id, at=at)


def _find(intent_id: str, key: str) -> RefundReport | None:
    """That a look came to nothing says nothing about the request before: the money may have
    moved."""
    try:
        return provider().find_refund(intent_id, key)
    except (ProviderBroke, ProviderRefused) as error:
        raise ProviderUnavailable from error

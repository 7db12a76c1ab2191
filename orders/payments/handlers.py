"""Talk to the payment provider, between transactions: record pending, call, record the result."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError

from orders.payments import services
from orders.payments.errors import ProviderBroke, ProviderRefused, ProviderUnavailable
from orders.payments.gateways.port import Intent, IntentRequest, IntentState, PaymentProvider
from orders.payments.gateways.stripe import StripeProvider
from orders.payments.models import PaymentAttempt, PaymentMethod
from orders.payments.queries import (
    Introduction,
    get_introduction,
    is_wanted,
    list_doubtful_ids,
    list_unapplied_event_ids,
    list_unreminded,
)
from orders.payments.rules import REMINDED_BEFORE, may_connect
from orders.records.events import OrderClosed, OrderPaid
from shop import clock
from shop.config import Settings
from shop.db import db, transaction
from shop.events import on
from shop.jobs import every

# How many payments are asked about in one run, one after another; and how many are listed at once.
BATCH = 100

log = structlog.get_logger()


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["payment_provider"] = _provider(settings)


def provider() -> PaymentProvider:
    """The provider of the current app."""
    chosen: PaymentProvider = current_app.extensions["payment_provider"]
    return chosen


def connect(attempt_id: int) -> bool:
    """Make the provider know an attempt; say whether it does now.

    Safe to repeat: the provider recognises the attempt's idempotency key. An attempt that can't
    succeed with that key any more is given up, so that the next one has another.
    """
    return introduce(get_introduction(attempt_id))


def introduce(introduction: Introduction) -> bool:
    """The same for an attempt of which everything is known."""
    if introduction.method is not PaymentMethod.ONLINE:
        return False
    if introduction.intent_id is not None:
        return True
    try:
        _introduce(introduction, clock.now())
    except (ProviderUnavailable, ProviderRefused):
        log.warning("attempt_not_connected", attempt=introduction.attempt_id, exc_info=True)
        return False
    return True


@every(minutes=1)
def reconcile(at: datetime) -> None:
    """Ask the provider about payments in doubt: a message of its own may be lost.

    Each is asked about and settled by itself. When the provider does not answer, the others wait
    for the next run.
    """
    for attempt_id in list_doubtful_ids(at, BATCH):
        try:
            ask(attempt_id, at=at)
        except ProviderUnavailable:
            log.warning("provider_unavailable", attempt=attempt_id)
            return
        except ProviderRefused as refused:
            log.warning("provider_refused", attempt=attempt_id, code=refused.code)
        except Exception:
            # One attempt that can't be settled must not keep the others waiting.
            log.error("attempt_not_reconciled", attempt=attempt_id, exc_info=True)
            with transaction():
                services.record_check(attempt_id, "not_reconciled", at=at)


def ask(attempt_id: int, *, at: datetime) -> None:
    """Ask the provider what became of an attempt, and let its word take effect.

    An intent by which nobody is to pay any more is canceled on the way. Raises
    ProviderUnavailable, ProviderRefused or UnknownIntent, having remembered that.
    """
    attempt = db.session.get_one(PaymentAttempt, attempt_id)
    if attempt.method is not PaymentMethod.ONLINE:
        return
    wanted = is_wanted(attempt)
    try:
        if attempt.intent_id is None:
            _introduce_or_give_up(attempt, wanted, at)
            return
        intent = _look_at(attempt.intent_id, wanted=wanted)
    except (ProviderUnavailable, ProviderRefused) as error:
        with transaction():
            services.record_check(attempt_id, error.code, at=at)
        raise
    with transaction():
        services.apply_intent(intent, at=at)
        services.record_check(attempt_id, intent.word, at=at)


@on(OrderPaid)
@on(OrderClosed)
def ask_about_what_is_left(event: OrderPaid | OrderClosed) -> None:
    """Nobody is to pay for an order that has ended."""
    services.hasten_checks(event.order_id, at=event.at)


@every(minutes=1)
def apply_waiting_events(at: datetime) -> None:
    """Apply events that were stored by a process that died before it applied them."""
    for event_id in _each(list_unapplied_event_ids):
        try:
            with transaction():
                services.apply_event(event_id, provider(), at=at)
        except IntegrityError:
            continue  # Its own process, or the provider's next try, was a moment faster.
        except Exception:
            # One event that can't be applied must not keep the others waiting.
            log.error("event_not_applied", payment_event=event_id, exc_info=True)


@every(minutes=5)
def remind_of_transfers(at: datetime) -> None:
    """Tell buyers a day before their order closes that no transfer has come yet."""
    for payment_id in _each(partial(list_unreminded, at, REMINDED_BEFORE)):
        try:
            with transaction():
                services.remind(payment_id, at=at)
        except Exception:
            # One buyer who can't be told must not keep the others from being told.
            log.error("not_reminded_of_transfer", payment=payment_id, exc_info=True)


def _each(list_after: Callable[[int, int], Sequence[int]]) -> Iterator[int]:
    """All ids there are, page by page: what stays in front keeps nothing behind it from its turn,
    however much of it there is."""
    last = 0
    while ids := list_after(last, BATCH):
        yield from ids
        last = ids[-1]


def _introduce(introduction: Introduction, at: datetime) -> None:
    request = IntentRequest(
        amount_fen=introduction.amount_fen,
        order_number=introduction.order_number,
        attempt_key=introduction.attempt_key,
    )
    db.session.rollback()
    try:
        intent = provider().create_intent(request)
    except (ProviderBroke, ProviderRefused):
        # The provider would repeat that for the same key.
        with transaction():
            services.give_up(introduction.attempt_id, at=at)
        raise
    with transaction():
        services.record_intent(introduction.attempt_id, intent)


def _introduce_or_give_up(attempt: PaymentAttempt, wanted: bool, at: datetime) -> None:
    attempt_id = attempt.id
    if wanted and may_connect(attempt.created_at, at):
        _introduce(get_introduction(attempt_id), at)
        with transaction():
            services.record_check(attempt_id, "connected", at=at)
    else:
        with transaction():
            services.give_up(attempt_id, at=at)


def _look_at(intent_id: str, *, wanted: bool) -> Intent:
    """The intent as it is; one that is not wanted any more as it is once it was canceled."""
    db.session.rollback()
    intent = provider().get_intent(intent_id)
    if wanted or intent.state not in (IntentState.WAITING, IntentState.FAILED):
        return intent
    try:
        return provider().cancel_intent(intent_id)
    except ProviderRefused:
        # Paid at this very moment, or on its way through the bank.
        return provider().get_intent(intent_id)


def _provider(settings: Settings) -> PaymentProvider:
    keys = (
        settings.stripe_secret_key,
        settings.stripe_publishable_key,
        settings.stripe_webhook_secret,
        settings.stripe_address,
    )
    if settings.is_production:
        return StripeProvider(*keys)
    # Imported here, so that production never even loads the sandbox.
    from orders.payments.gateways.sandbox import SandboxProvider

    return SandboxProvider(*keys)

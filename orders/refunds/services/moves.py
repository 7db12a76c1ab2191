"""Have promised money sent, and write down what became of it."""

import secrets
from datetime import datetime

from orders.payments.errors import ProviderBroke, ProviderUnavailable
from orders.payments.gateways.port import RefundOutcome, RefundReport
from orders.payments.models import (
    PaymentMethod,
    SuspenseKind,
)
from orders.payments.services import suspend
from orders.records.events import (
    RefundFailed,
    RefundMoved,
    RefundRerouted,
)
from orders.refunds.errors import NotFailedForGood
from orders.refunds.models import (
    Refund,
    RefundFailure,
)
from orders.refunds.queries import (
    count_accepted_failures,
    find_failure,
    find_refund_id,
    get_refund,
    list_failed_for_good,
)
from shop import outbox
from shop.accounts.audit.services import record
from shop.db import db
from shop.errors import Conflict
from shop.events import announce

KIND = "refund"


def record_asked(refund_id: int, *, at: datetime) -> str | None:
    """Note that the provider is about to be asked to move the money, and by what key.

    None when there is nothing to ask: the money has moved, the provider has accepted, or it is
    paid out by bank transfer.
    """
    refund = _lock(refund_id)
    if refund.moved_at is not None or refund.provider_id is not None:
        return None
    if refund.rerouted_at is not None:
        return None
    refund.asked_at = refund.asked_at or at
    return refund.idempotency_key


def record_silence(refund_id: int, reason: str) -> None:
    """The provider did not answer: it may have acted, so the next request has the same key."""
    refund = _lock(refund_id)
    if refund.moved_at is None:
        refund.failure = reason[:200]


def take_another_key(refund_id: int, key: str, *, at: datetime) -> str | None:
    """The provider broke over a key and made no refund by it: the next request has another.

    None when something came of it meanwhile.
    """
    refund = _lock(refund_id)
    is_open = refund.moved_at is None and refund.provider_id is None and refund.rerouted_at is None
    if refund.idempotency_key != key or not is_open:
        return None
    _begin_anew(refund, None, ProviderBroke.code, at)
    # Until the request is answered it isn't known what comes of it.
    refund.asked_at, refund.failure = at, ProviderUnavailable.code
    return refund.idempotency_key


def record_refusal(refund_id: int, key: str, reason: str, *, at: datetime) -> None:
    """The provider said no. It would repeat that for the same key, so the next has another."""
    refund = _lock(refund_id)
    if refund.idempotency_key == key and refund.moved_at is None:
        _begin_anew(refund, None, reason, at)


def record_report(report: RefundReport, *, at: datetime) -> None:
    """Let the provider's word about a refund take effect, whatever brought it. Safe to repeat, in
    any order: a failure is final, even after success."""
    refund_id = find_refund_id(report.id, report.refund_key)
    if refund_id is None:
        failure = find_failure(report.id, report.refund_key)
        refund = None if failure is None else _lock(failure.refund_id)
        if refund is not None and refund.rerouted_at is not None:
            _suspend(report, refund.attempt_id, at)
        # What broke may have moved after all, and was sent again with another key.
        elif failure is None or failure.reason == ProviderBroke.code:
            _suspend(report, None, at)
        return
    refund = _lock(refund_id)
    if refund.rerouted_at is not None:
        _suspend(report, refund.attempt_id, at)
        return  # Given to the bank a moment ago.
    if report.refund_key not in ("", refund.idempotency_key):
        return  # Failed a moment ago, and begun anew.
    refund.checked_at = at
    if report.outcome is RefundOutcome.FAILED:
        _begin_anew(refund, report.id, report.failure or "failed", at)
        announce(RefundFailed(refund.id, at))
        return
    refund.provider_id = report.id
    refund.failure = ""
    if report.outcome is RefundOutcome.SUCCEEDED and refund.moved_at is None:
        refund.moved_at = at
        db.session.flush()
        announce(RefundMoved(refund.id, at))


def _suspend(report: RefundReport, attempt_id: int | None, at: datetime) -> None:
    """Money that the provider sent back by a request that no refund goes by any more."""
    if report.outcome is RefundOutcome.SUCCEEDED:
        kind = SuspenseKind.UNKNOWN_REFUND
        suspend(kind, report.id, report.amount, report.currency, attempt_id, at=at)


def record_look(refund_id: int, *, at: datetime) -> None:
    """Nothing was learned of an accepted refund: it is asked about again after the others."""
    _lock(refund_id).checked_at = at


def record_paid_out(refund_id: int, bank_reference: str, *, at: datetime) -> None:
    """People of finance have sent the money by bank transfer."""
    refund = _lock(refund_id)
    refund.provider_id, refund.moved_at, refund.failure = bank_reference, at, ""
    db.session.flush()
    announce(RefundMoved(refund_id, at))


def send_again(refund_id: int, *, by: int, at: datetime) -> None:
    """Have a refund sent that the outbox had given up on, or that failed after it was accepted.

    Raises Conflict when the money has moved or is on its way, or goes to a bank account by hand.
    """
    get_refund(refund_id)
    refund = _lock(refund_id)
    on_its_way = refund.moved_at is not None or refund.provider_id is not None
    by_hand = refund.attempt.method is PaymentMethod.TRANSFER or refund.rerouted_at is not None
    if on_its_way or by_hand:
        raise Conflict
    _post_again(refund_id, at)
    record("send_refund_again", "refund", refund_id, by=by, at=at)


def reroute(refund_id: int, *, by: int, at: datetime) -> None:
    """Say that a refund which failed for good at the provider is paid out by bank transfer.

    Nothing has moved by that: two people pay it out as they do what came by transfer. Raises
    NotFailedForGood while the provider may still move it, or may have.
    """
    get_refund(refund_id)
    refund = _lock(refund_id)
    if refund_id not in list_failed_for_good([refund_id]):
        raise NotFailedForGood
    failure = refund.failure
    refund.rerouted_at, refund.rerouted_by_id, refund.failure = at, by, ""
    db.session.flush()
    # Its message was given up. Delivered now it asks nobody, and nobody has to look after it.
    _post_again(refund_id, at)
    record("reroute_refund", "refund", refund_id, by=by, at=at, failure=failure)
    announce(RefundRerouted(refund_id, at))


def _post_again(refund_id: int, at: datetime) -> None:
    key = message_key(refund_id)
    outbox.post(KIND, key, {"refund_id": refund_id}, at=at)
    outbox.revive(key, at=at)


def _lock(refund_id: int) -> Refund:
    return db.session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)


def message_key(refund_id: int) -> str:
    """A message is delivered once the provider accepts: what fails after that needs another."""
    failures = count_accepted_failures(refund_id)
    return f"refund:{refund_id}:{failures}" if failures else f"refund:{refund_id}"


def _begin_anew(refund: Refund, provider_id: str | None, reason: str, at: datetime) -> None:
    """Keep what came of the last request, and have another key for the next."""
    db.session.add(
        RefundFailure(
            refund_id=refund.id,
            idempotency_key=refund.idempotency_key,
            provider_id=provider_id,
            reason=reason[:200],
            at=at,
        )
    )
    refund.idempotency_key = secrets.token_urlsafe(24)
    refund.asked_at = None
    refund.moved_at = None
    refund.provider_id = None
    refund.failure = reason[:200]
    db.session.flush()

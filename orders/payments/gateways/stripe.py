"""Stripe through its own SDK."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from orders.payments.errors import (
    BadSignature,
    ProviderBroke,
    ProviderRefused,
    ProviderUnavailable,
    UnknownIntent,
)
from orders.payments.gateways.port import (
    Dispute,
    Intent,
    IntentRequest,
    IntentState,
    ProviderEvent,
    RefundOutcome,
    RefundReport,
    as_params,
)
from orders.payments.gateways.transport import PooledClient

SIGNATURE_VALID_SECONDS = 300
TIMEOUT_SECONDS = 10.0
# Stripe lists at most so many; an intent has a handful of refunds.
MOST_REFUNDS = 100

_REFUND_OUTCOMES = {
    "succeeded": RefundOutcome.SUCCEEDED,
    "failed": RefundOutcome.FAILED,
    "canceled": RefundOutcome.FAILED,
}


class StripeProvider:
    """The real thing: PaymentIntents in CNY, events signed with the endpoint's secret."""

    def __init__(
        self,
        secret_key: str,
        publishable_key: str,
        webhook_secret: str,
        address: str = "",
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retries: int = 1,
    ) -> None:
        self.publishable_key = publishable_key
        self.webhook_secret = webhook_secret
        self.client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": address} if address else None,
            http_client=PooledClient(timeout_seconds),
            max_network_retries=retries,
        )

    def create_intent(self, request: IntentRequest) -> Intent:
        with explained():
            intent = self.client.v1.payment_intents.create(
                self.params_of(request), {"idempotency_key": request.attempt_key}
            )
        return _as_intent(intent.to_dict())

    def params_of(self, request: IntentRequest) -> Any:
        return as_params(request)

    def get_intent(self, intent_id: str) -> Intent:
        with explained():
            return _as_intent(self.client.v1.payment_intents.retrieve(intent_id).to_dict())

    def cancel_intent(self, intent_id: str) -> Intent:
        with explained():
            return _as_intent(self.client.v1.payment_intents.cancel(intent_id).to_dict())

    def refund(self, intent_id: str, amount_fen: int, idempotency_key: str) -> RefundReport:
        with explained():
            refund = self.client.v1.refunds.create(
                {
                    "payment_intent": intent_id,
                    "amount": amount_fen,
                    "metadata": {"refund": idempotency_key},
                },
                {"idempotency_key": idempotency_key},
            )
        return _as_refund(refund.to_dict())

    def find_refund(self, intent_id: str, idempotency_key: str) -> RefundReport | None:
        with explained():
            found = self.client.v1.refunds.list(
                {"payment_intent": intent_id, "limit": MOST_REFUNDS}
            )
        reports = [_as_refund(refund.to_dict()) for refund in found.data]
        return next((each for each in reports if each.refund_key == idempotency_key), None)

    def get_refund(self, refund_id: str) -> RefundReport:
        with explained():
            return _as_refund(self.client.v1.refunds.retrieve(refund_id).to_dict())

    def verify_event(self, payload: bytes, signature: str) -> ProviderEvent:
        try:
            text = payload.decode()
            stripe.WebhookSignature.verify_header(
                text, signature, self.webhook_secret, SIGNATURE_VALID_SECONDS
            )
            return self.read_event(text)
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
            raise BadSignature from error

    def read_event(self, payload: str) -> ProviderEvent:
        event = json.loads(payload)
        subject = event["data"]["object"]
        kind = subject.get("object")
        intent = _as_intent(subject) if kind == "payment_intent" else None
        refunds: list[dict[str, Any]] = []
        if kind == "refund":
            refunds = [subject]
        elif kind == "charge":
            # Newer versions of Stripe's API leave the list out: events of the refunds come too.
            refunds = (subject.get("refunds") or {}).get("data") or []
        reports = tuple(_as_refund(refund) for refund in refunds)
        dispute = _as_dispute(subject) if kind == "dispute" else None
        return ProviderEvent(
            str(event["id"]), str(event["type"]), payload, intent, reports, dispute
        )


@contextmanager
def explained() -> Iterator[None]:
    """Turn the SDK's errors into the port's two: it may have acted, or it has not."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:
            raise UnknownIntent from error
        raise ProviderRefused(_words_of(error)) from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise ProviderUnavailable from error
    except stripe.StripeError as error:
        # 409: a request with the same key is under way at this moment.
        if error.http_status in (None, 409, 429):
            raise ProviderUnavailable from error
        if error.http_status >= 500:
            raise ProviderBroke from error
        raise ProviderRefused(_words_of(error)) from error


def _words_of(error: stripe.StripeError) -> str:
    return f"{error.code or ''} {error.user_message or ''}".strip()


def _as_intent(intent: dict[str, Any]) -> Intent:
    failure = intent.get("last_payment_error") or {}
    amount = int(intent["amount"])
    status = str(intent["status"])
    return Intent(
        id=str(intent["id"]),
        client_secret=str(intent.get("client_secret") or ""),
        state=_state(status, bool(failure)),
        amount_fen=amount,
        # A provider that does not say what it received has received what it asked for.
        received_fen=int(intent.get("amount_received", amount if status == "succeeded" else 0)),
        currency=str(intent["currency"]),
        attempt_key=str((intent.get("metadata") or {}).get("attempt", "")),
        failure=str(failure.get("code") or failure.get("message") or "")[:200],
        word=status[:60],
    )


def _state(status: str, has_failed: bool) -> IntentState:
    if status == "succeeded":
        return IntentState.SUCCEEDED
    if status == "canceled":
        return IntentState.CANCELED
    if status == "requires_payment_method" and has_failed:
        return IntentState.FAILED
    return IntentState.WAITING


def _as_refund(refund: dict[str, Any]) -> RefundReport:
    return RefundReport(
        id=str(refund["id"]),
        intent_id=str(refund.get("payment_intent") or ""),
        refund_key=str((refund.get("metadata") or {}).get("refund", "")),
        amount=int(refund["amount"]),
        currency=str(refund["currency"]),
        outcome=_REFUND_OUTCOMES.get(str(refund.get("status")), RefundOutcome.PENDING),
        failure=str(refund.get("failure_reason") or "")[:200],
    )


def _as_dispute(dispute: dict[str, Any]) -> Dispute:
    return Dispute(
        id=str(dispute["id"]),
        intent_id=str(dispute.get("payment_intent") or ""),
        amount=int(dispute["amount"]),
        currency=str(dispute["currency"]),
        status=str(dispute["status"]),
    )

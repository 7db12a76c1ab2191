"""Stripe through its own SDK."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from orders.payments.errors import (
    BadSignature,
    ProviderRefused,
    ProviderUnavailable,
    UnknownIntent,
)
from orders.payments.gateways.port import (
    Intent,
    IntentRequest,
    IntentState,
    ProviderEvent,
    as_params,
)

SIGNATURE_VALID_SECONDS = 300
_TIMEOUT_SECONDS = 10


class StripeProvider:
    """The real thing: PaymentIntents in CNY, events signed with the endpoint's secret."""

    def __init__(
        self, secret_key: str, publishable_key: str, webhook_secret: str, address: str = ""
    ) -> None:
        self.publishable_key = publishable_key
        self.webhook_secret = webhook_secret
        self.client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": address} if address else None,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT_SECONDS),
            max_network_retries=1,
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

    def refund(self, intent_id: str, amount_fen: int, idempotency_key: str) -> str:
        with explained():
            refund = self.client.v1.refunds.create(
                {"payment_intent": intent_id, "amount": amount_fen},
                {"idempotency_key": idempotency_key},
            )
        return refund.id

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
        intent = _as_intent(subject) if subject.get("object") == "payment_intent" else None
        return ProviderEvent(str(event["id"]), str(event["type"]), payload, intent)


@contextmanager
def explained() -> Iterator[None]:
    """Turn the SDK's errors into the port's two: it may have acted, or it has not."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:
            raise UnknownIntent from error
        raise ProviderRefused from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise ProviderUnavailable from error
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= 500:
            raise ProviderUnavailable from error
        raise ProviderRefused from error


def _as_intent(intent: dict[str, Any]) -> Intent:
    failure = intent.get("last_payment_error") or {}
    amount = int(intent["amount"])
    succeeded = intent["status"] == "succeeded"
    return Intent(
        id=str(intent["id"]),
        client_secret=str(intent.get("client_secret") or ""),
        state=_state(intent["status"], bool(failure)),
        amount_fen=amount,
        # A provider that does not say what it received has received what it asked for.
        received_fen=int(intent.get("amount_received", amount if succeeded else 0)),
        currency=str(intent["currency"]),
        attempt_key=str((intent.get("metadata") or {}).get("attempt", "")),
        failure=str(failure.get("code") or failure.get("message") or "")[:200],
    )


def _state(status: str, has_failed: bool) -> IntentState:
    if status == "succeeded":
        return IntentState.SUCCEEDED
    if status == "canceled" or (status == "requires_payment_method" and has_failed):
        return IntentState.FAILED
    return IntentState.WAITING

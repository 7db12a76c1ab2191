"""What the shop asks of a payment provider. Amounts are integer fen of CNY."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

CURRENCY = "cny"


class IntentState(StrEnum):
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # declined; the buyer's browser may still try again with it
    CANCELED = "canceled"  # nobody can pay with it any more


class RefundOutcome(StrEnum):
    """How far the provider is with sending money back. A failure is final, even after success."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IntentRequest:
    """One attempt to have an order paid."""

    amount_fen: int
    order_number: str
    # Sent as idempotency key and as metadata, so that an event finds its attempt
    # even when the answer to the request was lost.
    attempt_key: str


@dataclass(frozen=True, slots=True)
class Intent:
    """The provider's side of an attempt."""

    id: str
    client_secret: str
    state: IntentState
    amount_fen: int
    received_fen: int
    currency: str
    attempt_key: str
    failure: str
    # The provider's own word for the state.
    word: str = ""


@dataclass(frozen=True, slots=True)
class RefundReport:
    """The provider's side of a refund. ``refund_key`` is the key we sent, if we sent it."""

    id: str
    intent_id: str
    refund_key: str
    amount: int
    currency: str
    outcome: RefundOutcome
    failure: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A buyer had their bank take a payment back, or ask about it. ``status`` is the provider's
    word for how far that is."""

    id: str
    intent_id: str
    amount: int
    currency: str
    status: str


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """An event whose signature was verified."""

    id: str
    type: str
    payload: str
    # The intent the event is about, as it was then; None for events of other kinds.
    intent: Intent | None
    # The refunds it is about, as they were then.
    refunds: tuple[RefundReport, ...] = ()
    dispute: Dispute | None = None

    @property
    def intent_id(self) -> str:
        """The intent that it is about, itself or by what became of its money; empty if there is
        none."""
        if self.intent is not None:
            return self.intent.id
        if self.dispute is not None:
            return self.dispute.intent_id
        return self.refunds[0].intent_id if self.refunds else ""


class PaymentProvider(Protocol):
    """Stripe, or something that behaves like it.

    Every method that asks the provider raises ProviderUnavailable when it can't be known whether
    the provider acted, and ProviderRefused when it is known that it did not. After a silence the
    same key finds out what became of the request; after a refusal, or ProviderBroke, the same key
    would bring the same answer again.
    """

    publishable_key: str

    def create_intent(self, request: IntentRequest) -> Intent: ...

    def get_intent(self, intent_id: str) -> Intent:
        """Raises UnknownIntent as well."""

    def cancel_intent(self, intent_id: str) -> Intent:
        """See that nobody can pay with it any more. Refused once it was paid."""

    def refund(self, intent_id: str, amount_fen: int, idempotency_key: str) -> RefundReport:
        """Send money back."""

    def find_refund(self, intent_id: str, idempotency_key: str) -> RefundReport | None:
        """What became of a request to send money back whose answer was lost."""

    def get_refund(self, refund_id: str) -> RefundReport: ...

    def verify_event(self, payload: bytes, signature: str) -> ProviderEvent:
        """Raises BadSignature when the payload is not the provider's, or not fresh."""

    def read_event(self, payload: str) -> ProviderEvent:
        """Read an event that was verified when it was stored."""


def as_params(request: IntentRequest) -> dict[str, Any]:
    """A Stripe PaymentIntent: card, Alipay and WeChat Pay as switched on for the account."""
    return {
        "amount": request.amount_fen,
        "currency": CURRENCY,
        "automatic_payment_methods": {"enabled": True},
        "description": f"菜篮子 {request.order_number}",
        "metadata": {"order": request.order_number, "attempt": request.attempt_key},
    }

"""A payment provider that lives in the test's own process and moves no money.

What it says is signed, verified and read by the real adapter of Stripe.
"""

import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orders.payments.errors import ProviderRefused, ProviderUnavailable, UnknownIntent
from orders.payments.gateways.port import (
    CURRENCY,
    Intent,
    IntentRequest,
    ProviderEvent,
    RefundReport,
)
from orders.payments.gateways.stripe import StripeProvider
from tests.factories.payments import signature


class Mood(StrEnum):
    """How the provider answers whatever would change something."""

    WELL = "well"
    DEAF = "deaf"  # the request never arrives
    MUTE = "mute"  # it arrives and is done, and the answer is lost
    UNWILLING = "unwilling"  # understood, and refused
    SLOW = "slow"  # accepted; the money takes days


@dataclass
class PaperRefund:
    """A refund as the provider keeps it."""

    id: str
    key: str
    intent_id: str
    amount_fen: int
    status: str = "succeeded"

    @property
    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "refund",
            "payment_intent": self.intent_id,
            "amount": self.amount_fen,
            "currency": CURRENCY,
            "status": self.status,
            "failure_reason": "expired_or_canceled_card" if self.status == "failed" else None,
            "metadata": {"refund": self.key},
        }


@dataclass
class Paper:
    """An intent as the provider keeps it, in the shape of Stripe's JSON."""

    id: str
    key: str
    amount_fen: int
    order_number: str = ""
    status: str = "requires_payment_method"
    received_fen: int = 0
    currency: str = CURRENCY
    failure: str = ""
    # What went back, by idempotency key.
    refunds: dict[str, "PaperRefund"] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount_fen,
            "amount_received": self.received_fen,
            "currency": self.currency,
            "status": self.status,
            "client_secret": f"{self.id}_secret",
            "last_payment_error": {"code": self.failure} if self.failure else None,
            "metadata": {"attempt": self.key},
        }

    @property
    def is_payable(self) -> bool:
        return self.status == "requires_payment_method"

    @property
    def refunded_fen(self) -> int:
        """Moved, or on its way."""
        return sum(each.amount_fen for each in self.refunds.values() if each.status != "failed")


class ProviderInMemory(StripeProvider):
    """Stripe's adapter with a dictionary where its network would be."""

    def __init__(self, webhook_secret: str) -> None:
        super().__init__("sk_test_in_memory", "", webhook_secret)
        self.mood = Mood.WELL
        self.intents: dict[str, Paper] = {}
        self._by_key: dict[str, Paper] = {}
        self._counts: dict[str, int] = defaultdict(int)

    # ── What the shop asks ──────────────────────────────────────────────────────────────────────

    def create_intent(self, request: IntentRequest) -> Intent:
        self._hear()
        paper = self._by_key.get(request.attempt_key)
        if paper is None:
            id_, key = self._next("pi"), request.attempt_key
            paper = Paper(id_, key, request.amount_fen, request.order_number)
            self._by_key[paper.key] = self.intents[paper.id] = paper
        self._answer()
        return self._read(paper)

    def get_intent(self, intent_id: str) -> Intent:
        self._hear()
        self._answer()
        if intent_id not in self.intents:
            raise UnknownIntent
        return self._read(self.intents[intent_id])

    def cancel_intent(self, intent_id: str) -> Intent:
        self._hear()
        paper = self.intents[intent_id]
        if paper.status == "succeeded":
            raise ProviderRefused
        paper.status = "canceled"
        self._answer()
        return self._read(paper)

    def refund(self, intent_id: str, amount_fen: int, idempotency_key: str) -> RefundReport:
        self._hear()
        paper = self.intents[intent_id]
        if idempotency_key not in paper.refunds:
            if paper.refunded_fen + amount_fen > paper.received_fen:
                raise ProviderRefused
            refund = PaperRefund(self._next("re"), idempotency_key, intent_id, amount_fen)
            refund.status = "pending" if self.mood is Mood.SLOW else "succeeded"
            paper.refunds[idempotency_key] = refund
        self._answer()
        assert paper.refunds[idempotency_key].amount_fen == amount_fen, "one key, two amounts"
        return self._read_refund(paper.refunds[idempotency_key])

    def find_refund(self, intent_id: str, idempotency_key: str) -> RefundReport | None:
        self._hear()
        self._answer()
        found = self.intents[intent_id].refunds.get(idempotency_key)
        return self._read_refund(found) if found else None

    def get_refund(self, refund_id: str) -> RefundReport:
        self._hear()
        self._answer()
        return self._read_refund(next(each for each in self.refunds if each.id == refund_id))

    # ── What the buyer does there ───────────────────────────────────────────────────────────────

    def succeed(self, intent_id: str, *, short_fen: int = 0, currency: str = CURRENCY) -> bytes:
        """Take the money, or another amount or currency than was asked; the event about it."""
        paper = self.intents[intent_id]
        paper.status, paper.failure = "succeeded", ""
        paper.received_fen, paper.currency = paper.amount_fen - short_fen, currency
        return self._event(paper, "succeeded")

    def decline(self, intent_id: str) -> bytes:
        paper = self.intents[intent_id]
        paper.failure = "card_declined"
        return self._event(paper, "payment_failed")

    @property
    def refunds(self) -> list[PaperRefund]:
        return [each for paper in self.intents.values() for each in paper.refunds.values()]

    def end_refund(self, refund: PaperRefund, status: str) -> bytes:
        """The money arrived, or came back; the event about it."""
        refund.status = status
        return self._wrap(refund.json, "refund.updated")

    def receive(self, payload: bytes) -> ProviderEvent:
        """An event as the shop's webhook takes it in, signature and all."""
        return self.verify_event(payload, signature(payload, self.webhook_secret, time.time()))

    def _event(self, paper: Paper, what: str) -> bytes:
        return self._wrap(paper.json, f"payment_intent.{what}")

    def _wrap(self, about: dict[str, Any], kind: str) -> bytes:
        event = {"id": self._next("evt"), "object": "event", "type": kind}
        return json.dumps(event | {"data": {"object": about}}).encode()

    def _read(self, paper: Paper) -> Intent:
        intent = self.read_event(self._wrap(paper.json, "read").decode()).intent
        assert intent is not None
        return intent

    def _read_refund(self, refund: PaperRefund) -> RefundReport:
        return self.read_event(self._wrap(refund.json, "read").decode()).refunds[0]

    def _hear(self) -> None:
        if self.mood is Mood.DEAF:
            raise ProviderUnavailable
        if self.mood is Mood.UNWILLING:
            raise ProviderRefused

    def _answer(self) -> None:
        if self.mood is Mood.MUTE:
            raise ProviderUnavailable

    def _next(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{kind}_{self._counts[kind]}"

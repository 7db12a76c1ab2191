"""Payments, the attempts to make them, and what the provider told us, word for word."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.records.models import Order
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of


class AttemptState(StrEnum):
    PENDING = "pending"  # written down; the provider may or may not know of it yet
    OPEN = "open"  # the provider knows it and waits for the buyer
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    QUARANTINED = "quarantined"  # money came, of a wrong amount or currency: see Suspense


class PaymentMethod(StrEnum):
    """How money comes in."""

    ONLINE = "online"  # through the payment provider
    TRANSFER = "transfer"  # to the bank account, with a matching code


class Payment(Base):
    """What one order owes and what was captured for it, in fen of CNY."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("due_fen > 0", name="something_is_due"),
        CheckConstraint("captured_fen >= 0", name="captured_is_not_negative"),
        CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= captured_fen", name="refunds_were_captured"
        ),
        CheckConstraint(
            "(method = 'transfer') = (transfer_code IS NOT NULL)", name="transfers_have_a_code"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey(Order.id), unique=True)
    due_fen: Mapped[Fen]
    # How the buyer said they would pay. Money that comes another way pays as well.
    method: Mapped[PaymentMethod] = mapped_column(
        one_of(PaymentMethod), default=PaymentMethod.ONLINE
    )
    # What the buyer writes into the remark of a bank transfer: see rules.
    transfer_code: Mapped[str | None] = mapped_column(String(8), unique=True)
    # When the buyer was told that a transfer has to come soon.
    reminded_at: Mapped[datetime | None]
    captured_fen: Mapped[Fen] = mapped_column(default=0)
    # Granted, whether or not the money has moved yet.
    refunded_fen: Mapped[Fen] = mapped_column(default=0)
    created_at: Mapped[datetime]

    order: Mapped[Order] = relationship()
    attempts: Mapped[list["PaymentAttempt"]] = relationship(
        back_populates="payment", order_by="PaymentAttempt.id"
    )


class PaymentAttempt(Base):
    """One try to pay: one intent at the provider. A failed one is dead; the next is a new one."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= received_fen", name="refunds_were_received"
        ),
        CheckConstraint("(state = 'succeeded') = (received_fen > 0)", name="success_brings_money"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey(Payment.id), index=True)
    method: Mapped[PaymentMethod] = mapped_column(
        one_of(PaymentMethod), default=PaymentMethod.ONLINE
    )
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    client_secret: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[AttemptState] = mapped_column(one_of(AttemptState))
    # What came in by this attempt, and what of it was granted back. The payment's captured_fen
    # is the sum over its attempts.
    received_fen: Mapped[Fen] = mapped_column(default=0)
    refunded_fen: Mapped[Fen] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    # When the provider was last asked about it, its word then, and when to ask again; not any
    # more once nothing can come of it.
    checked_at: Mapped[datetime | None]
    last_word: Mapped[str] = mapped_column(String(60), default="")
    check_due_at: Mapped[datetime | None] = mapped_column(index=True)

    payment: Mapped[Payment] = relationship(back_populates="attempts")


class PaymentEvent(Base):
    """An event as the provider sent it, kept before it is applied."""

    __tablename__ = "payment_event"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(80), unique=True)
    type: Mapped[str] = mapped_column(String(60))
    payload: Mapped[str] = mapped_column(Text)
    # What it is about; empty where that is no intent and no refund of one.
    intent_id: Mapped[str] = mapped_column(String(80), default="", index=True)
    received_at: Mapped[datetime]


class EventApplication(Base):
    """That an event was applied, once, and what came of it."""

    __tablename__ = "event_application"
    __table_args__ = (APPEND_ONLY,)

    event_id: Mapped[int] = mapped_column(ForeignKey(PaymentEvent.id), primary_key=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(60))


class SuspenseKind(StrEnum):
    """Why money fits nothing that the shop asked for."""

    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    UNKNOWN_INTENT = "unknown_intent"  # paid by an intent that is none of the shop's
    UNKNOWN_REFUND = "unknown_refund"  # sent back past the shop: by somebody, or by the bank


class SuspenseEnd(StrEnum):
    RETURNED = "returned"  # given back to where it came from
    OUTSIDE = "outside"  # settled past the shop; the note says how


class Suspense(Base):
    """Money that fits nothing. It is real, so it is kept here until finance says what it was."""

    __tablename__ = "suspense"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_is_not_negative"),
        CheckConstraint(
            "(settled_at IS NULL) = (ending IS NULL)"
            " AND (settled_at IS NULL) = (settled_by_id IS NULL)",
            name="settled_by_somebody",
        ),
        CheckConstraint("ending <> 'outside' OR note <> ''", name="outside_has_a_note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SuspenseKind] = mapped_column(one_of(SuspenseKind))
    # The provider's id of the intent, refund or dispute: each is kept once. What a bank says of a
    # dispute that was settled is another entry; its reference ends with a colon and that word.
    reference: Mapped[str] = mapped_column(String(80), unique=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey(PaymentAttempt.id), index=True)
    # In the smallest unit of the currency: fen, cents.
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(8))
    found_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    ending: Mapped[SuspenseEnd | None] = mapped_column(one_of(SuspenseEnd))
    note: Mapped[str] = mapped_column(String(200), default="")

    attempt: Mapped[PaymentAttempt | None] = relationship()

    @property
    def provider_id(self) -> str:
        return self.reference.partition(":")[0]

    @property
    def word(self) -> str:
        """What the bank said of a dispute that brought it back to finance; else empty."""
        return self.reference.partition(":")[2]

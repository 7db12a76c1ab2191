"""Refunds: granted first, then moved by the provider; both are visible."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.payments.models import Payment, PaymentAttempt
from orders.records.models import OrderLine, SubOrder
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of


class Side(StrEnum):
    """On whose behalf somebody acts upon an order."""

    BUYER = "buyer"
    COOPERATIVE = "cooperative"
    PLATFORM = "platform"


class Refund(Base):
    """Money on its way back to a buyer."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("moved_at IS NULL OR provider_id IS NOT NULL", name="moved_by_provider"),
        CheckConstraint(
            "(rerouted_at IS NULL) = (rerouted_by_id IS NULL)", name="rerouted_by_somebody"
        ),
        # One way at a time: whose request may be under way at the provider goes by no other.
        CheckConstraint("rerouted_at IS NULL OR asked_at IS NULL", name="rerouted_is_not_asked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey(Payment.id), index=True)
    # The attempt whose money goes back.
    attempt_id: Mapped[int] = mapped_column(ForeignKey(PaymentAttempt.id))
    amount_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(String(200))
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # When finance said that the provider never will move it: it is paid out by bank transfer.
    rerouted_at: Mapped[datetime | None]
    rerouted_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # Of the request under way; after a refusal or failure the next one has another.
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    # When the provider was first asked with this key: it may have acted since.
    asked_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    # Set once the provider has accepted the request; the money may not have moved yet. Of what
    # was paid out by bank transfer: the bank's reference.
    provider_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    moved_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(200), default="")

    payment: Mapped[Payment] = relationship()
    attempt: Mapped[PaymentAttempt] = relationship()
    items: Mapped[list["RefundItem"]] = relationship(
        back_populates="refund", order_by="RefundItem.id"
    )


class RefundFailure(Base):
    """A request to move a refund's money that came to nothing, at once or later."""

    __tablename__ = "refund_failure"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey(Refund.id), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    # None when the provider refused the request; else it was accepted, and failed later.
    provider_id: Mapped[str | None] = mapped_column(String(80), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class RefundItem(Base):
    """What a refund gives back: of a line, or (without a line) of a part's freight.

    A refund of money that the shop had no use for has no items.
    """

    __tablename__ = "refund_item"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("quantity >= 0", name="quantity_is_not_negative"),
        CheckConstraint(
            "order_line_id IS NOT NULL OR quantity = 0", name="freight_has_no_quantity"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey(Refund.id), index=True)
    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey(OrderLine.id), index=True)
    # Units that the money is for; 0 where it is for a fault and the goods stay with the buyer.
    quantity: Mapped[int]
    amount_fen: Mapped[Fen]

    refund: Mapped[Refund] = relationship(back_populates="items")


class Cancellation(Base):
    """Who called off units of a cooperative's part of an order before they were sent, and why."""

    __tablename__ = "cancellation"

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), index=True)
    side: Mapped[Side] = mapped_column(one_of(Side), default=Side.BUYER)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey(Refund.id))

    sub_order: Mapped[SubOrder] = relationship()
    refund: Mapped[Refund | None] = relationship()
    items: Mapped[list["CancellationItem"]] = relationship(
        back_populates="cancellation", order_by="CancellationItem.id"
    )


class CancellationItem(Base):
    """So many units of one line."""

    __tablename__ = "cancellation_item"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cancellation_id: Mapped[int] = mapped_column(ForeignKey(Cancellation.id), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey(OrderLine.id), index=True)
    quantity: Mapped[int]

    cancellation: Mapped[Cancellation] = relationship(back_populates="items")
    line: Mapped[OrderLine] = relationship()

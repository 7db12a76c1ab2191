"""Quality claims: what a buyer says is wrong, with photos, and each step to its end."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.records.models import OrderLine, SubOrder
from orders.refunds.models import Refund, Side
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of


class Fault(StrEnum):
    """What is wrong with the goods."""

    SPOILED = "spoiled"
    DAMAGED = "damaged"
    WRONG = "wrong"
    MISSING = "missing"


class StepKind(StrEnum):
    """What somebody did about a claim; nobody means that a time ran out."""

    MADE = "made"  # the buyer, with the amount claimed
    OFFERED = "offered"  # the cooperative, with an amount
    REFUSED = "refused"  # the cooperative
    AGREED = "agreed"  # the buyer takes the offer, or said nothing to it
    RETURNED = "returned"  # the cooperative has the goods back
    ESCALATED = "escalated"  # to the platform: the buyer, or the time to answer ran out
    DECIDED = "decided"  # the platform, with an amount, which may be 0
    WITHDRAWN = "withdrawn"  # the buyer
    LAPSED = "lapsed"  # the buyer said nothing to a refusal


class Claim(Base):
    """One claim about units of a cooperative's part. Its steps say what was done; whose turn it is
    and until when follows from the last of them."""

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("goods_fen > 0", name="something_is_claimed"),
        CheckConstraint("freight_fen >= 0", name="freight_is_not_negative"),
        CheckConstraint("(waits_for IS NULL) = (closed_at IS NOT NULL)", name="waits_or_closed"),
        CheckConstraint("(due_at IS NULL) = (closed_at IS NOT NULL)", name="due_or_closed"),
        CheckConstraint("refund_id IS NULL OR closed_at IS NOT NULL", name="refund_closes"),
        # One open claim about a part at a time.
        Index(
            "uq_claim_open",
            "sub_order_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_claim_waiting", "waits_for", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), index=True)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    opened_at: Mapped[datetime]
    fault: Mapped[Fault] = mapped_column(one_of(Fault))
    text: Mapped[str] = mapped_column(String(500))
    # What was paid for the goods concerned and not given back yet: the most that can go back.
    goods_fen: Mapped[Fen]
    # The part's freight, if all that was sent of it is concerned: goes back with all of the goods.
    freight_fen: Mapped[Fen]
    waits_for: Mapped[Side | None] = mapped_column(one_of(Side))
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    refund_id: Mapped[int | None] = mapped_column(ForeignKey(Refund.id), unique=True)

    part: Mapped[SubOrder] = relationship()
    refund: Mapped[Refund | None] = relationship()
    lines: Mapped[list["ClaimLine"]] = relationship(back_populates="claim", order_by="ClaimLine.id")
    photos: Mapped[list["ClaimPhoto"]] = relationship(
        back_populates="claim", order_by="ClaimPhoto.id"
    )
    steps: Mapped[list["ClaimStep"]] = relationship(back_populates="claim", order_by="ClaimStep.id")

    @property
    def total_fen(self) -> int:
        """The most that can go back: goods, and freight if it goes with them."""
        return self.goods_fen + self.freight_fen


class ClaimLine(Base):
    """So many units of one line, and what was paid for them."""

    __tablename__ = "claim_line"
    __table_args__ = (
        UniqueConstraint("claim_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey(Claim.id))
    order_line_id: Mapped[int] = mapped_column(ForeignKey(OrderLine.id), index=True)
    quantity: Mapped[int]
    amount_fen: Mapped[Fen]

    claim: Mapped[Claim] = relationship(back_populates="lines")
    line: Mapped[OrderLine] = relationship()


class ClaimPhoto(Base):
    """A photograph, kept as a file that only the parties and the offices are shown.

    It belongs to no claim yet while its form is not complete.
    """

    __tablename__ = "claim_photo"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="hash_is_whole"),
        CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey(Claim.id), index=True)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    uploaded_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]

    claim: Mapped[Claim | None] = relationship(back_populates="photos")


class ClaimStep(Base):
    """Who did what about a claim, and when."""

    __tablename__ = "claim_step"
    __table_args__ = (
        CheckConstraint(
            "(amount_fen IS NOT NULL) = (kind IN ('made', 'offered', 'decided'))",
            name="some_steps_name_an_amount",
        ),
        CheckConstraint("amount_fen IS NULL OR amount_fen >= 0", name="amount_is_not_negative"),
        CheckConstraint("NOT with_return OR kind = 'offered'", name="offers_ask_for_a_return"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey(Claim.id), index=True)
    kind: Mapped[StepKind] = mapped_column(one_of(StepKind))
    # Who did it; None when a time ran out.
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]
    # Goods, and freight if it goes with them.
    amount_fen: Mapped[Fen | None]
    # The money goes back once the goods have.
    with_return: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(String(500), default="")

    claim: Mapped[Claim] = relationship(back_populates="steps")

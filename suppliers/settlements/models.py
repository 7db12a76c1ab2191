"""What the shop owes each cooperative: the ledger, statements that settle it, and payouts."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.records.models import OrderLine, SubOrder
from orders.refunds.models import RefundItem
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of
from shop.masking import mask_account
from shop.organisations.models import Organisation
from shop.secrets import SEALED


class EntryKind(StrEnum):
    """What an entry of the ledger is for; its amount is signed as the cooperative sees it."""

    GOODS = "goods"  # of an accepted line, what was kept until then
    FREIGHT = "freight"  # of an accepted part
    COMMISSION = "commission"  # on a line's goods
    GOODS_REFUND = "goods_refund"  # of a line that was accepted before
    FREIGHT_REFUND = "freight_refund"
    COMMISSION_BACK = "commission_back"  # on what was refunded
    PAYOUT = "payout"
    PAYOUT_RETURNED = "payout_returned"  # the bank could not pay it


# Of sales and their refunds; the others are about money that left, or came back.
_OF_LINES = "('goods', 'commission', 'goods_refund', 'commission_back')"
_OF_REFUNDS = "('goods_refund', 'freight_refund', 'commission_back')"
_OF_PAYOUTS = "('payout', 'payout_returned')"
_GAINS = "('goods', 'freight', 'commission_back', 'payout_returned')"
PAYOUT_KINDS = (EntryKind.PAYOUT, EntryKind.PAYOUT_RETURNED)


class Decision(StrEnum):
    """What the second person said about a batch."""

    RELEASED = "released"
    REJECTED = "rejected"

    @property
    def label(self) -> LazyString:
        return _DECISIONS[self]


class Outcome(StrEnum):
    """What became of a row when its batch was decided on."""

    RELEASED = "released"
    LEFT_OUT = "left_out"  # less is owed than when it was prepared, or the account is another
    REJECTED = "rejected"


_DECISIONS = {Decision.RELEASED: _l("已放行"), Decision.REJECTED: _l("已退回")}


class SettlementStatement(Base):
    """What a cooperative is settled for a period, as it was when it was made.

    An account that goes on: it opens with what the last one closed with, and what was paid since.
    A cooperative that owes more than it gained closes below zero, and the next one makes up for it.
    """

    __tablename__ = "settlement_statement"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "period_from"),
        CheckConstraint("period_until >= period_from", name="period_has_days"),
        CheckConstraint("goods_fen >= 0 AND freight_fen >= 0", name="sales_are_not_negative"),
        CheckConstraint("refunds_fen <= 0", name="refunds_take_off"),
        CheckConstraint(
            "closing_fen = opening_fen + paid_fen + goods_fen + freight_fen + refunds_fen"
            " + commission_fen",
            name="adds_up",
        ),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    cooperative_name: Mapped[str] = mapped_column(String(80))
    # Asia/Shanghai days; both count.
    period_from: Mapped[date] = mapped_column(index=True)
    period_until: Mapped[date]
    made_at: Mapped[datetime]
    opening_fen: Mapped[Fen]
    # Paid out since the last one: below zero, unless the bank sent more back.
    paid_fen: Mapped[Fen]
    goods_fen: Mapped[Fen]
    freight_fen: Mapped[Fen]
    refunds_fen: Mapped[Fen]
    # Below zero, unless more was given back than taken.
    commission_fen: Mapped[Fen]
    closing_fen: Mapped[Fen]

    @property
    def number(self) -> str:
        return f"JS{self.period_from:%Y%m%d}-{self.cooperative_id}"

    @property
    def net_fen(self) -> int:
        """What the period itself came to."""
        return self.goods_fen + self.freight_fen + self.refunds_fen + self.commission_fen


class SettledPart(Base):
    """That a part's claim window had passed without an open claim, and what it was settled at.

    Never above what was received for it and not given back. Refunds that come later are entries
    of the next statement.
    """

    __tablename__ = "settled_part"
    __table_args__ = (
        CheckConstraint(
            "settled_fen <= received_fen - refunded_fen", name="never_above_what_was_received"
        ),
        APPEND_ONLY,
    )

    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey(SettlementStatement.id), index=True)
    received_fen: Mapped[Fen]
    refunded_fen: Mapped[Fen]
    settled_fen: Mapped[Fen]


class PayoutBatch(Base):
    """Payouts that one person of finance prepared and another released, or sent back."""

    __tablename__ = "payout_batch"
    __table_args__ = (
        CheckConstraint("arrangement <> ''", name="under_an_arrangement"),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)"
            " AND (decision IS NULL) = (decided_by_id IS NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint(
            "decision IS NULL OR decision <> 'released' OR decided_by_id <> prepared_by_id",
            name="four_eyes",
        ),
        CheckConstraint("(decision = 'rejected') = (note <> '')", name="rejected_for_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    prepared_at: Mapped[datetime]
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # The licensed payment arrangement under which the money goes out.
    arrangement: Mapped[str] = mapped_column(String(120))
    decision: Mapped[Decision | None] = mapped_column(one_of(Decision))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    note: Mapped[str] = mapped_column(String(200), default="")

    prepared_by: Mapped[Account] = relationship(foreign_keys=[prepared_by_id])
    decided_by: Mapped[Account | None] = relationship(foreign_keys=[decided_by_id])
    rows: Mapped[list["PayoutRow"]] = relationship(back_populates="batch", order_by="PayoutRow.id")


class PayoutRow(Base):
    """What is paid to one cooperative, and to which account, as it was when it was prepared."""

    __tablename__ = "payout_row"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_at_some_time"),
        CheckConstraint(
            "paid_at IS NULL OR (outcome IS NOT NULL AND outcome = 'released')",
            name="paid_once_released",
        ),
        CheckConstraint(
            "returned_at IS NULL OR (outcome IS NOT NULL AND outcome = 'released')",
            name="returned_once_released",
        ),
        CheckConstraint(
            "(returned_at IS NULL) = (return_reason = '')", name="returned_for_a_reason"
        ),
        CheckConstraint("(paid_at IS NULL) = (paid_by_id IS NULL)", name="paid_by_somebody"),
        CheckConstraint(
            "(returned_at IS NULL) = (returned_by_id IS NULL)", name="returned_by_somebody"
        ),
        # One at a time waits to be decided on.
        Index(
            "uq_payout_row_waiting",
            "cooperative_id",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey(PayoutBatch.id), index=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    # The latest one then: all that was settled until it, and not paid.
    statement_id: Mapped[int] = mapped_column(ForeignKey(SettlementStatement.id))
    amount_fen: Mapped[Fen]
    holder: Mapped[str] = mapped_column(String(80))
    bank: Mapped[str] = mapped_column(String(80))
    sealed_number: Mapped[str] = mapped_column(Text, info=SEALED)
    last_digits: Mapped[str] = mapped_column(String(4))
    # Tells whether the cooperative's account is still this one.
    number_fingerprint: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[Outcome | None] = mapped_column(one_of(Outcome))
    decided_at: Mapped[datetime | None]
    # The bank's answer, as somebody of finance reads it.
    paid_at: Mapped[datetime | None]
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    returned_at: Mapped[datetime | None]
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    return_reason: Mapped[str] = mapped_column(String(200), default="")

    batch: Mapped[PayoutBatch] = relationship(back_populates="rows")
    cooperative: Mapped[Organisation] = relationship()
    statement: Mapped[SettlementStatement] = relationship()

    @property
    def masked(self) -> str:
        """The account's number as screens show it."""
        return mask_account(self.last_digits)


class PayableEntry(Base):
    """One amount that the shop owes a cooperative more, or less, and what it is for.

    ``cause`` names the one thing that may write it, so that nothing counts twice.
    """

    __tablename__ = "payable_entry"
    __table_args__ = (
        CheckConstraint(f"(kind IN {_GAINS}) = (amount_fen > 0)", name="sign_fits"),
        CheckConstraint("amount_fen <> 0", name="is_about_something"),
        CheckConstraint(
            f"(kind IN {_OF_PAYOUTS}) = (sub_order_id IS NULL)", name="sales_name_their_part"
        ),
        CheckConstraint(
            f"(kind IN {_OF_LINES}) = (order_line_id IS NOT NULL)", name="goods_name_their_line"
        ),
        CheckConstraint(
            f"(kind IN {_OF_REFUNDS}) = (refund_item_id IS NOT NULL)",
            name="refunds_name_their_item",
        ),
        CheckConstraint(
            f"(kind IN {_OF_PAYOUTS}) = (payout_row_id IS NOT NULL)", name="payouts_name_their_row"
        ),
        Index("ix_payable_entry_cooperative", "cooperative_id", "id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    kind: Mapped[EntryKind] = mapped_column(one_of(EntryKind))
    amount_fen: Mapped[Fen]
    at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(String(40), unique=True)
    sub_order_id: Mapped[int | None] = mapped_column(ForeignKey(SubOrder.id), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey(OrderLine.id), index=True)
    refund_item_id: Mapped[int | None] = mapped_column(ForeignKey(RefundItem.id))
    payout_row_id: Mapped[int | None] = mapped_column(ForeignKey(PayoutRow.id), index=True)


class StatementEntry(Base):
    """That an entry of the ledger is in a statement: in one, and once."""

    __tablename__ = "statement_entry"
    __table_args__ = (APPEND_ONLY,)

    entry_id: Mapped[int] = mapped_column(ForeignKey(PayableEntry.id), primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey(SettlementStatement.id), index=True)

"""Money that came into the bank account: the statements that tell of it, what it was matched to by
whom, and what was paid out again."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.payments.models import Payment, PaymentAttempt
from orders.refunds.models import Refund
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of

# Two pairs of eyes: the shop's own proposals need one, a person's need another's.
FOUR_EYES = (
    "proposed_by_id IS NULL OR decision IS NULL"
    " OR (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)"
)
DECIDED_AT_SOME_TIME = "(decision IS NULL) = (decided_at IS NULL)"
DECIDED_BY_SOMEBODY = "decided_by_id IS NULL OR decision IS NOT NULL"
HOLDS = "decision IS NULL OR decision = 'confirmed'"


class RowState(StrEnum):
    """What becomes of a row when its statement is imported."""

    GOOD = "good"
    WRONG = "wrong"  # left out; the person is told why
    KNOWN = "known"  # imported before


class Purpose(StrEnum):
    """What a receipt is to be used for."""

    ORDER = "order"  # it pays for one
    SENDER = "sender"  # it goes back to who sent it


class Decision(StrEnum):
    CONFIRMED = "confirmed"
    REJECTED = "rejected"

    @property
    def label(self) -> LazyString:
        return _DECISIONS[self]


_DECISIONS = {Decision.CONFIRMED: _l("已确认"), Decision.REJECTED: _l("已驳回")}


class BankStatement(Base):
    """A file of the bank's as somebody brought it: tried first, then imported or sent back."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        CheckConstraint("imported_at IS NULL OR returned_at IS NULL", name="one_end"),
        CheckConstraint(
            "(ended_by_id IS NULL) = (imported_at IS NULL AND returned_at IS NULL)",
            name="ended_by_somebody",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Rows that tell of no money coming in.
    ignored_count: Mapped[int]
    good_count: Mapped[int]
    wrong_count: Mapped[int]
    known_count: Mapped[int]
    imported_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    uploaded_by: Mapped[Account] = relationship(foreign_keys=[uploaded_by_id])
    ended_by: Mapped[Account | None] = relationship(foreign_keys=[ended_by_id])


class StatementRow(Base):
    """A row of a statement about money that came in, as it was read; no receipt yet."""

    __tablename__ = "statement_row"
    __table_args__ = (
        UniqueConstraint("statement_id", "number"),
        CheckConstraint("(state = 'wrong') = (faults <> '')", name="wrong_for_a_reason"),
        CheckConstraint(
            "state = 'wrong' OR (received_on IS NOT NULL AND amount_fen IS NOT NULL)",
            name="complete_or_wrong",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey(BankStatement.id))
    # As counted on the screen of a spreadsheet, from 1.
    number: Mapped[int]
    state: Mapped[RowState] = mapped_column(one_of(RowState))
    received_on: Mapped[date | None]
    amount_fen: Mapped[Fen | None]
    payer_name: Mapped[str] = mapped_column(String(80))
    payer_account_tail: Mapped[str] = mapped_column(String(4))
    remark: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(8))
    bank_reference: Mapped[str | None] = mapped_column(String(80))
    # Codes of rules.Fault, apart by a space, and the texts that could not be read.
    faults: Mapped[str] = mapped_column(String(80))
    raw_day: Mapped[str] = mapped_column(String(40))
    raw_amount: Mapped[str] = mapped_column(String(40))


class BankReceipt(Base):
    """Money that came into the account, in fen of CNY. What becomes of it is said elsewhere."""

    __tablename__ = "bank_receipt"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        # A row of a file that has no number of the bank's is known by its place.
        UniqueConstraint("file_sha256", "row_number", name="uq_bank_receipt_place"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey(BankStatement.id), index=True)
    file_sha256: Mapped[str] = mapped_column(String(64))
    row_number: Mapped[int]
    received_on: Mapped[date] = mapped_column(index=True)
    amount_fen: Mapped[Fen] = mapped_column(index=True)
    payer_name: Mapped[str] = mapped_column(String(80))
    # The last characters of the account it came from: no more is kept.
    payer_account_tail: Mapped[str] = mapped_column(String(4))
    remark: Mapped[str] = mapped_column(String(200))
    # The only matching code in the remark; empty if there is none, or more than one.
    code: Mapped[str] = mapped_column(String(8), index=True)
    bank_reference: Mapped[str | None] = mapped_column(String(80), unique=True)
    recorded_at: Mapped[datetime]

    uses: Mapped[list["MatchedReceipt"]] = relationship(
        back_populates="receipt", order_by="MatchedReceipt.id"
    )


class ReceiptMatch(Base):
    """That receipts pay for an order, or go back: proposed by one, decided by another.

    Nobody in the place of who proposed it means that the shop did.
    """

    __tablename__ = "receipt_match"
    __table_args__ = (
        CheckConstraint("(purpose = 'order') = (payment_id IS NOT NULL)", name="orders_are_named"),
        CheckConstraint(FOUR_EYES, name="four_eyes"),
        CheckConstraint(DECIDED_AT_SOME_TIME, name="decided_at_some_time"),
        CheckConstraint(DECIDED_BY_SOMEBODY, name="decided_by_somebody"),
        CheckConstraint(
            "attempt_id IS NULL OR (decision IS NOT NULL AND decision = 'confirmed')",
            name="money_moves_once_confirmed",
        ),
        Index("ix_receipt_match_waiting", "decision", "proposed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(one_of(Purpose))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey(Payment.id), index=True)
    amount_fen: Mapped[Fen]
    note: Mapped[str] = mapped_column(String(200), default="")
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    decision: Mapped[Decision | None] = mapped_column(one_of(Decision))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # Why it was rejected.
    answer: Mapped[str] = mapped_column(String(200), default="")
    # The attempt that this money made succeed.
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey(PaymentAttempt.id), unique=True)

    payment: Mapped[Payment | None] = relationship()
    proposed_by: Mapped[Account | None] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[Account | None] = relationship(foreign_keys=[decided_by_id])
    receipts: Mapped[list["MatchedReceipt"]] = relationship(
        back_populates="match", order_by="MatchedReceipt.id"
    )


class MatchedReceipt(Base):
    """That a receipt is in a match: in one at a time, and free again once that is rejected."""

    __tablename__ = "matched_receipt"
    __table_args__ = (
        Index(
            "uq_matched_receipt_taken",
            "receipt_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey(ReceiptMatch.id), index=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey(BankReceipt.id), index=True)
    released_at: Mapped[datetime | None]

    match: Mapped[ReceiptMatch] = relationship(back_populates="receipts")
    receipt: Mapped[BankReceipt] = relationship(back_populates="uses")


class Payout(Base):
    """A transfer out of the account, made at the bank by one person and confirmed by another: a
    refund of an order that was paid by transfer, one that the provider could not make, or a receipt
    that goes back."""

    __tablename__ = "payout"
    __table_args__ = (
        CheckConstraint("(refund_id IS NULL) <> (match_id IS NULL)", name="pays_one_debt"),
        CheckConstraint(FOUR_EYES, name="four_eyes"),
        CheckConstraint(DECIDED_AT_SOME_TIME, name="decided_at_some_time"),
        *(
            Index(
                f"uq_payout_{name}",
                name,
                unique=True,
                sqlite_where=text(HOLDS),
                postgresql_where=text(HOLDS),
            )
            for name in ("refund_id", "match_id", "bank_reference")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey(Refund.id))
    match_id: Mapped[int | None] = mapped_column(ForeignKey(ReceiptMatch.id))
    amount_fen: Mapped[Fen]
    bank_reference: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    decision: Mapped[Decision | None] = mapped_column(one_of(Decision))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    refund: Mapped[Refund | None] = relationship()
    match: Mapped[ReceiptMatch | None] = relationship()
    proposed_by: Mapped[Account] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[Account | None] = relationship(foreign_keys=[decided_by_id])

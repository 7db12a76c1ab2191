"""Activities and fairs, what cooperatives allot to them, and what their tills sold."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import Variant
from orders.records.models import BuyerType
from orders.sales.models import SalesEntry
from shop.accounts.people.models import Account
from shop.db import Base, Fen, one_of
from shop.organisations.models import Organisation
from shop.places.models import Town


class ActivityKind(StrEnum):
    ACTIVITY = "activity"  # 消费帮扶活动
    FAIR = "fair"  # 展销会

    @property
    def label(self) -> LazyString:
        return _KINDS[self]


class PaidBy(StrEnum):
    """What the till notes of how it was paid: the shop takes no money there."""

    CASH = "cash"
    OTHER = "other"

    @property
    def label(self) -> LazyString:
        return _WAYS[self]


class Doubt(StrEnum):
    """Why a sale of the till does not count by itself."""

    BEYOND = "beyond"  # more than is left of the allotment
    PRICE = "price"  # at another price than the allotment's
    LATE = "late"  # it waited too long for a network
    OVER = "over"  # the fair was called off before it

    @property
    def label(self) -> LazyString:
        return _DOUBTS[self]


class Verdict(StrEnum):
    """What became of a doubtful line."""

    COUNTED = "counted"
    DROPPED = "dropped"


_KINDS = {ActivityKind.ACTIVITY: _l("消费帮扶活动"), ActivityKind.FAIR: _l("展销会")}
_WAYS = {PaidBy.CASH: _l("现金"), PaidBy.OTHER: _l("扫码或其他")}
_DOUBTS = {
    Doubt.BEYOND: _l("超出留给展销会的数量"),
    Doubt.PRICE: _l("价格和登记的不一样"),
    Doubt.LATE: _l("隔了太久才传上来"),
    Doubt.OVER: _l("活动取消以后卖的"),
}


class Activity(Base):
    """A dated consumption-assistance activity, or a fair at a place. Days are of Asia/Shanghai."""

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("from_on <= until_on", name="begins_before_it_ends"),
        CheckConstraint("plan_fen IS NULL OR plan_fen > 0", name="plans_some_money"),
        CheckConstraint("plan_g IS NULL OR plan_g > 0", name="plans_some_weight"),
        CheckConstraint(
            "(cancelled_at IS NULL) = (cancel_reason = '')", name="cancelled_with_a_reason"
        ),
        CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by_id IS NULL)", name="cancelled_by_somebody"
        ),
        CheckConstraint(
            "(announced_at IS NULL) = (announced_by_id IS NULL)", name="announced_by_somebody"
        ),
        Index("ix_activity_days", "until_on", "from_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ActivityKind] = mapped_column(one_of(ActivityKind))
    name: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(120))
    # Both days count.
    from_on: Mapped[date]
    until_on: Mapped[date]
    hosts: Mapped[str] = mapped_column(String(200))
    # What it is to sell; None where nobody planned it.
    plan_fen: Mapped[int | None] = mapped_column(BigInteger)
    plan_g: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(2000), default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Everybody can see it from then on.
    announced_at: Mapped[datetime | None]
    announced_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    cancel_reason: Mapped[str] = mapped_column(String(200), default="")
    # What was left of the allotments went back into the store.
    closed_at: Mapped[datetime | None]

    towns: Mapped[list[Town]] = relationship(secondary="activity_town", order_by=Town.code)
    cooperatives: Mapped[list[Organisation]] = relationship(
        secondary="activity_cooperative", order_by=Organisation.name
    )


class ActivityTown(Base):
    """A town that an activity is for."""

    __tablename__ = "activity_town"

    activity_id: Mapped[int] = mapped_column(ForeignKey(Activity.id), primary_key=True)
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code), primary_key=True, index=True)


class ActivityCooperative(Base):
    """A cooperative that takes part."""

    __tablename__ = "activity_cooperative"

    activity_id: Mapped[int] = mapped_column(ForeignKey(Activity.id), primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(
        ForeignKey(Organisation.id), primary_key=True, index=True
    )


class FairStaff(Base):
    """Somebody who may sell at an activity's till: everybody's goods, or one cooperative's."""

    __tablename__ = "fair_staff"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_by_somebody"),
        Index(
            "uq_fair_staff_open",
            "activity_id",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_fair_staff_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey(Activity.id))
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    cooperative_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    named_at: Mapped[datetime]
    named_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    account: Mapped[Account] = relationship(foreign_keys=account_id)
    cooperative: Mapped[Organisation | None] = relationship()


class Allotment(Base):
    """Units of a variant that wait for an activity's buyers: they are held like an order's.

    ``allotted`` only grows; what went is in ``sold``, what was given back in ``released``.
    """

    __tablename__ = "allotment"
    __table_args__ = (
        UniqueConstraint("activity_id", "variant_id"),
        CheckConstraint("price_fen > 0", name="price_is_positive"),
        CheckConstraint("sold >= 0 AND released >= 0", name="nothing_is_negative"),
        CheckConstraint("sold + released <= allotted", name="no_more_goes_than_there_is"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey(Activity.id))
    variant_id: Mapped[int] = mapped_column(ForeignKey(Variant.id), index=True)
    # What one unit costs at the fair: the list price of the day unless another was named.
    price_fen: Mapped[Fen]
    allotted: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)
    released: Mapped[int] = mapped_column(default=0)
    # Counts what the cooperative changed of it, so that nobody decides on an old sight.
    version: Mapped[int] = mapped_column(default=1)

    activity: Mapped[Activity] = relationship()
    variant: Mapped[Variant] = relationship()

    @property
    def left(self) -> int:
        """How many units can still be sold there."""
        return self.allotted - self.sold - self.released

    @property
    def reference(self) -> str:
        """What its movements of stock are marked with."""
        return reference_of(self.id)


class TillSale(Base):
    """One sale at a till, once, however often a phone sends it."""

    __tablename__ = "till_sale"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        CheckConstraint("total_fen > 0", name="is_worth_something"),
        CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone_by_somebody"),
        Index("ix_till_sale_of_activity", "activity_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey(Activity.id))
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Made up by the browser, so that the same sale is recognised when it comes again.
    key: Mapped[str] = mapped_column(String(36))
    # By the phone, which may have been without a network since; the day is that of the sale.
    made_at: Mapped[datetime]
    sold_on: Mapped[date]
    at: Mapped[datetime]
    buyer_type: Mapped[BuyerType] = mapped_column(one_of(BuyerType))
    buyer_unit: Mapped[str] = mapped_column(String(80), default="")
    paid_by: Mapped[PaidBy] = mapped_column(one_of(PaidBy))
    total_fen: Mapped[Fen]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    activity: Mapped[Activity] = relationship()
    account: Mapped[Account] = relationship(foreign_keys=account_id)
    lines: Mapped[list["TillLine"]] = relationship(
        back_populates="sale", order_by="TillLine.id", lazy="selectin"
    )


class TillLine(Base):
    """Units of one allotment in a sale. It counts with its ledger line, or is in doubt first."""

    __tablename__ = "till_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("amount_fen = quantity * unit_price_fen", name="amount_adds_up"),
        CheckConstraint("unit_price_fen > 0", name="price_is_positive"),
        CheckConstraint(
            "(doubt IS NULL) OR (verdict IS NOT NULL) OR (entry_id IS NULL)",
            name="doubtful_is_not_counted",
        ),
        CheckConstraint("doubt IS NOT NULL OR entry_id IS NOT NULL", name="counts_or_is_in_doubt"),
        CheckConstraint(
            "verdict IS NULL OR (doubt IS NOT NULL AND note <> '' AND judged_at IS NOT NULL"
            " AND judged_by_id IS NOT NULL)",
            name="judged_with_a_note",
        ),
        CheckConstraint(
            "(verdict = 'counted') = (entry_id IS NOT NULL AND doubt IS NOT NULL)"
            " OR verdict IS NULL",
            name="judged_is_counted",
        ),
        CheckConstraint(
            "reversal_id IS NULL OR entry_id IS NOT NULL", name="reverses_what_counted"
        ),
        CheckConstraint("from_store >= 0 AND found >= 0", name="extra_is_not_negative"),
        Index(
            "ix_till_line_in_doubt",
            "allotment_id",
            sqlite_where=text("doubt IS NOT NULL AND verdict IS NULL"),
            postgresql_where=text("doubt IS NOT NULL AND verdict IS NULL"),
        ),
        Index("ix_till_line_allotment_id", "allotment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey(TillSale.id), index=True)
    allotment_id: Mapped[int] = mapped_column(ForeignKey(Allotment.id))
    quantity: Mapped[int]
    unit_price_fen: Mapped[Fen]
    amount_fen: Mapped[Fen]
    # The ledger line by which it counts, and the one that took that back.
    entry_id: Mapped[int | None] = mapped_column(ForeignKey(SalesEntry.id), unique=True)
    reversal_id: Mapped[int | None] = mapped_column(ForeignKey(SalesEntry.id), unique=True)
    doubt: Mapped[Doubt | None] = mapped_column(one_of(Doubt))
    verdict: Mapped[Verdict | None] = mapped_column(one_of(Verdict))
    judged_at: Mapped[datetime | None]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    note: Mapped[str] = mapped_column(String(200), default="")
    # Where units beyond the allotment came from: the cooperative's free stock, or from what nobody
    # had counted.
    from_store: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)

    sale: Mapped[TillSale] = relationship(back_populates="lines")
    allotment: Mapped[Allotment] = relationship()
    judged_by: Mapped[Account | None] = relationship(foreign_keys=judged_by_id)

    @property
    def is_open(self) -> bool:
        """Whether somebody has to say what is to become of it."""
        return self.doubt is not None and self.verdict is None

    @property
    def counts(self) -> bool:
        return self.entry_id is not None and self.reversal_id is None


def reference_of(allotment_id: int) -> str:
    """What an allotment's movements of stock are marked with."""
    return f"{REFERENCE}{allotment_id}"


REFERENCE = "fair-"

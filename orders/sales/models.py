"""The sales ledger (明细台账): append-only facts that every statistic sums."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from orders.records.models import BuyerType, OrderLine
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of
from shop.organisations.models import Organisation


class EntryKind(StrEnum):
    SALE = "sale"
    REFUND = "refund"
    REVERSAL = "reversal"  # 冲销: takes back whole what was not sold online


class Channel(StrEnum):
    ONLINE = "online"  # 线上
    OFFLINE = "offline"  # 线下
    FAIR = "fair"  # 展销会
    AGREEMENT = "agreement"  # 协议直采


class Mode(StrEnum):
    """The way of assistance; one excludes the other."""

    DIRECT = "direct"  # 直接采购
    HELPED = "helped"  # 帮助销售


class SalesEntry(Base):
    """One recognised sale, or the negative of one. Quantities and amounts carry its sign.

    Days and months are those of Asia/Shanghai; every name is the one frozen on the order, or when
    the sale was entered.
    """

    __tablename__ = "sales_entry"
    __table_args__ = (
        CheckConstraint("net_fen = amount_fen - refund_fen", name="net_adds_up"),
        CheckConstraint(
            "(kind = 'sale' AND refund_fen = 0 AND amount_fen > 0"
            " AND (corrects_id IS NULL OR channel <> 'online'))"
            " OR (kind = 'refund' AND amount_fen = 0 AND refund_fen > 0"
            " AND corrects_id IS NOT NULL)"
            " OR (kind = 'reversal' AND refund_fen = 0 AND amount_fen < 0"
            " AND corrects_id IS NOT NULL AND channel <> 'online')",
            name="sale_refund_or_reversal",
        ),
        CheckConstraint(
            "channel = 'online' OR (kind = 'sale') = (quantity_milli > 0)",
            name="quantity_has_its_sign",
        ),
        CheckConstraint(
            "sold_on = counted_on OR (channel <> 'online' AND sold_on < counted_on)",
            name="counted_on_its_day_or_late",
        ),
        CheckConstraint(
            "channel <> 'online' OR net_weight_g IS NOT NULL", name="online_has_a_weight"
        ),
        CheckConstraint(
            "(channel = 'online') = (order_line_id IS NOT NULL)", name="online_has_a_line"
        ),
        CheckConstraint("length(month) = 7", name="month_is_a_month"),
        Index(
            "uq_sales_entry_one_sale_per_line",
            "order_line_id",
            unique=True,
            sqlite_where=text("kind = 'sale'"),
            postgresql_where=text("kind = 'sale'"),
        ),
        Index(
            "uq_sales_entry_one_reversal",
            "corrects_id",
            unique=True,
            sqlite_where=text("kind = 'reversal'"),
            postgresql_where=text("kind = 'reversal'"),
        ),
        Index(
            "uq_sales_entry_one_replacement",
            "corrects_id",
            unique=True,
            sqlite_where=text("kind = 'sale' AND corrects_id IS NOT NULL"),
            postgresql_where=text("kind = 'sale' AND corrects_id IS NOT NULL"),
        ),
        Index("ix_sales_entry_town_day", "town_code", "counted_on"),
        Index("ix_sales_entry_county_day", "county_code", "counted_on"),
        Index("ix_sales_entry_category_day", "category_id", "counted_on"),
        # What can be about an earlier month: orders/closing lists these.
        Index(
            "ix_sales_entry_adjusts",
            "town_code",
            "id",
            sqlite_where=text("corrects_id IS NOT NULL OR sold_on < counted_on"),
            postgresql_where=text("corrects_id IS NOT NULL OR sold_on < counted_on"),
        ),
        Index("ix_sales_entry_month", "month", "id"),
        Index("ix_sales_entry_cooperative_day", "cooperative_id", "counted_on"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(one_of(EntryKind))
    recorded_at: Mapped[datetime]
    # The day on which it counts: of the acceptance, or of the refund.
    counted_on: Mapped[date] = mapped_column(index=True)
    month: Mapped[str] = mapped_column(String(7))
    # The day of the sale itself: before counted_on where it came after its month was closed and
    # counts in an open one.
    sold_on: Mapped[date]
    # The sale that a refund or reversal takes off, or that this sale stands in for.
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("sales_entry.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey(OrderLine.id))

    city_code: Mapped[str] = mapped_column(String(6))
    city_name: Mapped[str] = mapped_column(String(20))
    county_code: Mapped[str] = mapped_column(String(6))
    county_name: Mapped[str] = mapped_column(String(20))
    town_code: Mapped[str] = mapped_column(String(9))
    town_name: Mapped[str] = mapped_column(String(20))
    village: Mapped[str] = mapped_column(String(40))
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    cooperative_name: Mapped[str] = mapped_column(String(80))
    credit_code: Mapped[str] = mapped_column(String(18))
    category_id: Mapped[int]
    category_name: Mapped[str] = mapped_column(String(20))
    product_id: Mapped[int | None]
    product_name: Mapped[str] = mapped_column(String(60))
    spec: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(8))

    # In thousandths of the unit: 12.5 斤 are 12500.
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    unit_price_fen: Mapped[Fen]
    amount_fen: Mapped[Fen]
    refund_fen: Mapped[Fen]
    net_fen: Mapped[Fen]
    # Unknown of some sales that were not online, and then blank, never 0.
    net_weight_g: Mapped[int | None] = mapped_column(BigInteger)

    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    activity_name: Mapped[str] = mapped_column(String(80), default="")
    # Of the activity or fair in orders/fairs, a room above this one; no foreign key for that.
    activity_id: Mapped[int | None]
    mode: Mapped[Mode] = mapped_column(one_of(Mode))
    buyer_type: Mapped[BuyerType] = mapped_column(one_of(BuyerType))
    buyer_unit: Mapped[str] = mapped_column(String(80))
    buyer_district: Mapped[str] = mapped_column(String(20))
    order_number: Mapped[str] = mapped_column(String(24), default="")
    ordered_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    paid_on: Mapped[date | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    note: Mapped[str] = mapped_column(String(200), default="")

"""Sums of what was ordered and paid for, kept of the order lines that the sales ledger has."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from orders.rollups.models import Watermark
from shop.db import Base, Fen, one_of


class Moment(StrEnum):
    """On which day of an order its goods count."""

    PLACED = "placed"  # 下单
    PAID = "paid"  # 付款


class Grain(StrEnum):
    """Which sums are kept, beside moments, months and towns; few rows answer quickly."""

    PLACE = "place"
    CATEGORY = "category"
    COOPERATIVE = "cooperative"
    BUYERS = "buyers"
    WHOLE = "whole"  # all three told apart


class IntakeSum(Base):
    """The goods of accepted lines, in fen and without freight, that were ordered, or paid for, on
    a day or in a month of Asia/Shanghai. Once a line is accepted, none of this changes any more.
    What a grain does not tell apart is empty, or 0."""

    __tablename__ = "intake_sum"
    __table_args__ = (
        CheckConstraint("day BETWEEN 0 AND 31", name="day_of_a_month"),
        CheckConstraint("(daily = 1) = (day > 0)", name="of_a_day_or_a_month"),
        # Rows of one grain, moment and month lie side by side.
        {"sqlite_with_rowid": False},
    )

    grain: Mapped[Grain] = mapped_column(one_of(Grain), primary_key=True)
    moment: Mapped[Moment] = mapped_column(one_of(Moment), primary_key=True)
    # 1 where a row is about one day, 0 where it is about the whole month.
    daily: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    # The day of the month; 0 for all of it.
    day: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    county_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    town_code: Mapped[str] = mapped_column(String(9), primary_key=True)
    category_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cooperative_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    buyer_type: Mapped[str] = mapped_column(String(32), primary_key=True)

    amount_fen: Mapped[Fen]


class IntakeMark(Watermark):
    """Up to which line of the ledger the sums of what was ordered reach."""

    __tablename__ = "intake_mark"

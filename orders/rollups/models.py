"""Sums of the ledger, kept up to a watermark. What they say can always be computed again."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, SmallInteger, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from orders.rollups.rules import Grain
from shop.db import Base, Fen, one_of


class SalesRollup(Base):
    """The sums over the lines that share a town, a month or a day, and what their grain tells
    apart. What a grain does not tell apart is empty, or 0."""

    __tablename__ = "sales_rollup"
    __table_args__ = (
        CheckConstraint("day BETWEEN 0 AND 31", name="day_of_a_month"),
        CheckConstraint("lines > 0", name="sums_up_something"),
        # Rows of one grain and month lie side by side.
        {"sqlite_with_rowid": False},
    )

    grain: Mapped[Grain] = mapped_column(one_of(Grain), primary_key=True)
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
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    mode: Mapped[str] = mapped_column(String(32), primary_key=True)
    activity_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    lines: Mapped[int] = mapped_column(BigInteger)
    sales: Mapped[int] = mapped_column(BigInteger)
    offline_lines: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[Fen]
    refund_fen: Mapped[Fen]
    net_fen: Mapped[Fen]
    direct_fen: Mapped[Fen]
    online_fen: Mapped[Fen]
    union_fen: Mapped[Fen]
    weight_g: Mapped[int] = mapped_column(BigInteger)
    # Lines whose weight nobody knows.
    unweighed: Mapped[int] = mapped_column(BigInteger)
    # The newest of its lines: it says what town, cooperative and category were called last.
    newest_id: Mapped[int]


class Watermark(Base):
    """Up to which line of the ledger some sums reach. Its table has one such row."""

    __abstract__ = True

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint, ...]:
        return (
            CheckConstraint("id = 1", name="there_is_one"),
            CheckConstraint("through_id >= 0", name="through_a_line"),
        )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    through_id: Mapped[int]
    moved_at: Mapped[datetime]


class RollupMark(Watermark):
    """Up to which line the sums of the ledger reach."""

    __tablename__ = "rollup_mark"

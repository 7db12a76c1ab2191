"""What each town is to sell in a year, in versions, and what areas say of themselves."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.categories.models import Category
from orders.records.models import BuyerType
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of
from shop.places.models import Town

MONTHS = [f"m{month:02d}_fen" for month in range(1, 13)]
_ALL_EMPTY = " AND ".join(f"{name} IS NULL" for name in MONTHS)
_ALL_THERE = " AND ".join(f"coalesce({name}, -1) >= 0" for name in MONTHS)
# The area that holds all towns; cities and counties have their own codes.
WHOLE = "all"


class Spread(StrEnum):
    """How a year's target was laid over its months."""

    EVEN = "even"  # 平均
    SEASON = "season"  # 按产季
    TYPED = "typed"  # 逐月填写


def _one_of_each(name: str, *columns: str, where: str) -> Index:
    """One version of each number: NULL differs from NULL in a plain unique constraint."""
    return Index(
        f"uq_target_{name}",
        *("town_code", "year", *columns, "version"),
        unique=True,
        sqlite_where=text(where),
        postgresql_where=text(where),
    )


class Target(Base):
    """One version of a town's yearly target in fen. The highest version holds.

    With a category or a type of buyer it is a part of the town's target. Without an amount it takes
    the earlier versions back.
    """

    __tablename__ = "target"
    __table_args__ = (
        _one_of_each("whole", where="category_id IS NULL AND buyer_type IS NULL"),
        _one_of_each(
            "category", "category_id", where="category_id IS NOT NULL AND buyer_type IS NULL"
        ),
        _one_of_each(
            "buyer_type", "buyer_type", where="category_id IS NULL AND buyer_type IS NOT NULL"
        ),
        _one_of_each(
            "category_and_buyer_type",
            *("category_id", "buyer_type"),
            where="category_id IS NOT NULL AND buyer_type IS NOT NULL",
        ),
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("year BETWEEN 2021 AND 2100", name="year_is_sensible"),
        CheckConstraint("version > 0", name="versions_count_from_1"),
        CheckConstraint("version = 1 OR reason <> ''", name="a_revision_has_a_reason"),
        CheckConstraint("version > 1 OR amount_fen IS NOT NULL", name="begins_with_an_amount"),
        CheckConstraint(
            f"(spread IS NULL AND {_ALL_EMPTY}) OR (spread IS NOT NULL AND amount_fen IS NOT NULL"
            f" AND {_ALL_THERE} AND {' + '.join(MONTHS)} = amount_fen)",
            name="months_sum_to_the_year",
        ),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code), index=True)
    year: Mapped[int]
    category_id: Mapped[int | None] = mapped_column(ForeignKey(Category.id))
    buyer_type: Mapped[BuyerType | None] = mapped_column(one_of(BuyerType))
    version: Mapped[int]
    amount_fen: Mapped[Fen | None]
    # None where nobody said what each month is to bring: the calendar alone counts there.
    spread: Mapped[Spread | None] = mapped_column(one_of(Spread))
    m01_fen: Mapped[Fen | None]
    m02_fen: Mapped[Fen | None]
    m03_fen: Mapped[Fen | None]
    m04_fen: Mapped[Fen | None]
    m05_fen: Mapped[Fen | None]
    m06_fen: Mapped[Fen | None]
    m07_fen: Mapped[Fen | None]
    m08_fen: Mapped[Fen | None]
    m09_fen: Mapped[Fen | None]
    m10_fen: Mapped[Fen | None]
    m11_fen: Mapped[Fen | None]
    m12_fen: Mapped[Fen | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    @property
    def months(self) -> tuple[int, ...] | None:
        """What each month is to bring in fen, January first."""
        return tuple(getattr(self, name) for name in MONTHS) if self.spread else None


class AreaTarget(Base):
    """One version of the number that a county, a city or the whole says of itself, in fen.

    It stands beside the sum of the towns' targets and never instead of it. Without an amount it
    takes the earlier versions back.
    """

    __tablename__ = "area_target"
    __table_args__ = (
        UniqueConstraint("area_code", "year", "version"),
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("year BETWEEN 2021 AND 2100", name="year_is_sensible"),
        CheckConstraint("version > 0", name="versions_count_from_1"),
        CheckConstraint("version > 1 OR amount_fen IS NOT NULL", name="begins_with_an_amount"),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        CheckConstraint("area_code = 'all' OR length(area_code) = 6", name="names_an_area"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area_code: Mapped[str] = mapped_column(String(6))
    year: Mapped[int]
    version: Mapped[int]
    amount_fen: Mapped[Fen | None]
    reason: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

"""What a harvest is expected to bring (预计采收), in versions."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.categories.models import Category
from catalog.expectations.rules import MOST_GRAMS
from catalog.products.models import Product
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base
from shop.organisations.models import Organisation


class HarvestExpectation(Base):
    """One version of what a product is expected to bring in an ISO week, in grams. The highest
    version holds; without an amount it takes the earlier ones back.

    Names and codes are those of the moment, so that a week reads later as it was announced.
    """

    __tablename__ = "harvest_expectation"
    __table_args__ = (
        UniqueConstraint("product_id", "week", "version"),
        CheckConstraint(f"quantity_g BETWEEN 0 AND {MOST_GRAMS}", name="quantity_is_sensible"),
        CheckConstraint("version > 0", name="versions_count_from_1"),
        CheckConstraint("version > 1 OR quantity_g IS NOT NULL", name="begins_with_an_amount"),
        CheckConstraint("week LIKE '20__-W__' AND length(week) = 8", name="week_is_a_week"),
        Index("ix_harvest_expectation_week", "week", "town_code"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id))
    # ``2026-W48``: codes sort as their weeks do.
    week: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    quantity_g: Mapped[int | None] = mapped_column(BigInteger)
    county_code: Mapped[str] = mapped_column(String(6))
    county_name: Mapped[str] = mapped_column(String(20))
    town_code: Mapped[str] = mapped_column(String(9))
    town_name: Mapped[str] = mapped_column(String(20))
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    cooperative_name: Mapped[str] = mapped_column(String(80))
    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id))
    category_name: Mapped[str] = mapped_column(String(20))
    product_name: Mapped[str] = mapped_column(String(60))
    said_at: Mapped[datetime]
    said_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    said_by: Mapped[Account | None] = relationship()

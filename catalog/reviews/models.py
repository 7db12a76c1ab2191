"""Changes of a listing that are so large that somebody looks at them before they go live."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import Prices, Product, Tier, Variant
from shop.accounts.people.models import Account
from shop.db import Base, Fen, one_of
from shop.organisations.models import Organisation

LONGEST_REASON = 200
_OPEN = "approved_at IS NULL AND returned_at IS NULL AND withdrawn_at IS NULL"


class ReviewedKind(StrEnum):
    """What of a listing is looked at."""

    PRICE = "price"  # of a variant, and what more units of it cost
    ORIGIN = "origin"  # the village where a product grows


class ListingChange(Base):
    """A change as it was proposed: what stood then goes on being sold until it is decided about.

    It ends once: approved or returned by the platform, or withdrawn by the cooperative, which it
    also is by changing the same thing otherwise. Of one thing only one change waits.
    """

    __tablename__ = "listing_change"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'price') = (variant_id IS NOT NULL)", name="prices_are_of_variants"
        ),
        CheckConstraint(
            "(kind = 'price') = (old_price_fen IS NOT NULL AND new_price_fen IS NOT NULL"
            " AND old_tiers IS NOT NULL AND new_tiers IS NOT NULL)",
            name="prices_are_said",
        ),
        CheckConstraint(
            "(kind = 'origin') = (old_village IS NOT NULL AND new_village IS NOT NULL)",
            name="origins_are_said",
        ),
        CheckConstraint("new_price_fen > 0", name="price_is_positive"),
        CheckConstraint("new_village <> old_village", name="origin_differs"),
        CheckConstraint(
            "(CASE WHEN approved_at IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN returned_at IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END)"
            " = (CASE WHEN ended_by_id IS NULL THEN 0 ELSE 1 END)",
            name="ends_once_by_somebody",
        ),
        CheckConstraint(
            "(returned_at IS NULL) = (return_reason = '')", name="returned_with_a_reason"
        ),
        # Of each price and each origin one change waits at most.
        Index(
            "uq_listing_change_open_price",
            "variant_id",
            unique=True,
            sqlite_where=text(f"variant_id IS NOT NULL AND {_OPEN}"),
            postgresql_where=text(f"variant_id IS NOT NULL AND {_OPEN}"),
        ),
        Index(
            "uq_listing_change_open_origin",
            "product_id",
            unique=True,
            sqlite_where=text(f"variant_id IS NULL AND {_OPEN}"),
            postgresql_where=text(f"variant_id IS NULL AND {_OPEN}"),
        ),
        # The queue, and a price's or a cooperative's past.
        Index(
            "ix_listing_change_waiting",
            "at",
            "id",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_listing_change_of_variant", "variant_id", "approved_at"),
        Index("ix_listing_change_of_cooperative", "cooperative_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ReviewedKind] = mapped_column(one_of(ReviewedKind))
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id))
    variant_id: Mapped[int | None] = mapped_column(ForeignKey(Variant.id))
    # As it stood when the change was proposed, and as it is to be. Tiers as pairs of quantity and
    # fen.
    old_price_fen: Mapped[Fen | None]
    new_price_fen: Mapped[Fen | None]
    old_tiers: Mapped[list[list[int]] | None] = mapped_column(JSON(none_as_null=True))
    new_tiers: Mapped[list[list[int]] | None] = mapped_column(JSON(none_as_null=True))
    old_village: Mapped[str | None] = mapped_column(String(40))
    new_village: Mapped[str | None] = mapped_column(String(40))
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]
    # Why, in the cooperative's own words; it need not say.
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    approved_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # Why the platform returned it.
    return_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")

    cooperative: Mapped[Organisation] = relationship()
    product: Mapped[Product] = relationship()
    variant: Mapped[Variant | None] = relationship()
    by: Mapped[Account] = relationship(foreign_keys=[by_id])
    ended_by: Mapped[Account | None] = relationship(foreign_keys=[ended_by_id])

    @property
    def is_open(self) -> bool:
        """Whether it waits to be decided about."""
        return self.approved_at is None and self.returned_at is None and self.withdrawn_at is None

    @property
    def old_prices(self) -> Prices:
        return _prices(self.old_price_fen, self.old_tiers)

    @property
    def new_prices(self) -> Prices:
        return _prices(self.new_price_fen, self.new_tiers)


def _prices(price_fen: int | None, tiers: list[list[int]] | None) -> Prices:
    assert price_fen is not None, "only of changes of a price"
    return Prices(price_fen, tuple(Tier(*pair) for pair in tiers or ()))

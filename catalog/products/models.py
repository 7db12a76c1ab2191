"""Products of a cooperative, the variants they are sold in, and their pictures."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.categories.models import Category
from catalog.categories.rules import needs_licence
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of
from shop.money import divide
from shop.organisations.models import Organisation
from shop.places.models import Town

EVERY_MONTH = 0b1111_1111_1111
MOST_TIERS = 5
MOST_STARS = 5
_ON_SALE = "delisted_at IS NULL"


class Tier(NamedTuple):
    """From so many units of one variant on, each of them costs so many fen."""

    from_quantity: int
    unit_price_fen: int


class Prices(NamedTuple):
    """What a variant costs: one unit in fen, and each of more units, the fewest first."""

    price_fen: int
    tiers: tuple[Tier, ...] = ()

    def at(self, quantity: int) -> int:
        """What each of so many units costs, in fen."""
        reached = bisect_right(self.tiers, quantity, key=attrgetter("from_quantity"))
        return self.tiers[reached - 1].unit_price_fen if reached else self.price_fen


class Measure(StrEnum):
    """What a variant's price is compared by."""

    WEIGHT = "weight"  # 元/斤
    VOLUME = "volume"  # 元/L
    PIECE = "piece"  # 元/只


class ChangeKind(StrEnum):
    """What somebody changed of a variant by hand."""

    PRICE = "price"
    EDIT = "edit"  # what is sold: spec, unit, weight, and perhaps the price with it
    STOCK = "stock"  # so many came in, or are gone
    COUNT = "count"  # so many are there, whatever was thought before


class Picture(Base):
    """A photograph, verified and re-encoded; the file is named after its own hash."""

    __tablename__ = "picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    uploaded_at: Mapped[datetime]


class Product(Base):
    """Something that a cooperative grows or makes."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint(f"season_mask BETWEEN 1 AND {EVERY_MONTH}", name="has_a_season"),
        CheckConstraint(
            "rating_count >= 0"
            f" AND rating_sum BETWEEN rating_count AND {MOST_STARS} * rating_count",
            name="rating_is_of_its_reviews",
        ),
        # What is on sale: counted by category and town without a look at the rows, and listed in
        # order without sorting all of it.
        Index(
            "ix_product_on_sale",
            "category_id",
            "cooperative_id",
            "town_code",
            "season_mask",
            postgresql_where=text(_ON_SALE),
            sqlite_where=text(_ON_SALE),
        ),
        Index(
            "ix_product_newest",
            "listed_at",
            "id",
            postgresql_where=text(_ON_SALE),
            sqlite_where=text(_ON_SALE),
        ),
        # What was on sale on any day, counted in the same way.
        Index(
            "ix_product_counted",
            "town_code",
            "cooperative_id",
            "category_id",
            "listed_at",
            "delisted_at",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id))
    # Where it grows: the cooperative's town on the day of listing, and the village.
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code))
    village: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(2000), default="")
    # Bit 0 is January.
    season_mask: Mapped[int]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey(Picture.id))
    # The house drawing (static/img/produce) that stands in until there is a photograph.
    drawing: Mapped[str | None] = mapped_column(String(40))
    listed_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    delisted_at: Mapped[datetime | None]
    # All the stars that buyers gave, and how many buyers' lines gave some; see services.add_rating.
    rating_sum: Mapped[int] = mapped_column(default=0, server_default="0")
    rating_count: Mapped[int] = mapped_column(default=0, server_default="0")

    cooperative: Mapped[Organisation] = relationship()
    category: Mapped[Category] = relationship()
    town: Mapped[Town] = relationship()
    picture: Mapped[Picture | None] = relationship()
    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product", order_by="Variant.position, Variant.id"
    )

    @property
    def rating_tenths(self) -> int | None:
        """Stars on average, in tenths, rounded half up; None where nobody gave any."""
        return divide(self.rating_sum * 10, self.rating_count) if self.rating_count else None

    @property
    def waits_for_licence(self) -> bool:
        """Whether its cooperative's licence for it has run out."""
        seller = self.cooperative
        if seller.licence_lapsed_at is not None:
            return True
        return seller.food_licence_lapsed_at is not None and needs_licence(self.category.slug)


class Variant(Base):
    """One way in which a product is sold. Stock is three running columns that only the stock
    room's guarded updates change; its movements explain them."""

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("price_fen > 0", name="price_is_positive"),
        CheckConstraint("net_weight_g > 0", name="has_a_weight"),
        CheckConstraint("measure_amount > 0", name="has_an_amount"),
        CheckConstraint("held >= 0 AND held <= on_hand", name="held_is_on_hand"),
        CheckConstraint("promised >= 0", name="promised_is_not_negative"),
        CheckConstraint(
            "(presale_ships_on IS NULL) = (presale_cap IS NULL)", name="presale_has_day_and_cap"
        ),
        CheckConstraint("presale_cap IS NULL OR promised <= presale_cap", name="presale_is_capped"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id), index=True)
    spec: Mapped[str] = mapped_column(String(40))
    # The unit of the quantity: 箱, 袋, 只, 瓶 …
    unit: Mapped[str] = mapped_column(String(8))
    net_weight_g: Mapped[int]
    measure: Mapped[Measure] = mapped_column(one_of(Measure))
    # Grams, millilitres or pieces in one unit, by measure.
    measure_amount: Mapped[int]
    price_fen: Mapped[Fen]
    # Fresh goods are excluded from the seven-day return; the buyer is told and agrees.
    perishable: Mapped[bool]
    position: Mapped[int] = mapped_column(default=0)
    on_hand: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    # Pre-sale: units of a harvest that is still to come may be ordered, up to so many, for sending
    # from that day on. Neither is set where nothing is sold in advance.
    presale_ships_on: Mapped[date | None]
    presale_cap: Mapped[int | None]
    # Units that pre-sales still wait for, of this harvest or an earlier one.
    promised: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None]
    # The number of the last change that somebody made by hand; see VariantChange.
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    # Whether more units cost less each: most variants have no tiers, and nobody asks for theirs.
    has_tiers: Mapped[bool] = mapped_column(default=False, server_default=false())

    product: Mapped[Product] = relationship(back_populates="variants")
    tier_rows: Mapped[list["PriceTier"]] = relationship(order_by="PriceTier.position")

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """What more units cost each, the fewest first; see queries.load_tiers."""
        if not self.has_tiers:
            return ()
        return tuple(Tier(row.from_quantity, row.unit_price_fen) for row in self.tier_rows)

    @property
    def prices(self) -> Prices:
        return Prices(self.price_fen, self.tiers)

    def unit_price_for(self, quantity: int) -> int:
        """What each of so many units costs, in fen."""
        return self.prices.at(quantity) if self.has_tiers else self.price_fen

    @property
    def unheld(self) -> int:
        """How many units lie in the store for nobody's order, as the cooperative counts them."""
        return self.on_hand - self.held

    @property
    def available(self) -> int:
        """How many units can be ordered from stock: what was sold in advance comes first."""
        return max(0, self.unheld - self.promised)

    @property
    def presale_left(self) -> int:
        """How many units can still be ordered in advance."""
        return 0 if self.presale_cap is None else self.presale_cap - self.promised


class PriceTier(Base):
    """From so many units on, each of them costs less. Each tier names the one before it, so that
    the database sees that more units never cost more each; rules say that the first one is below
    the variant's own price."""

    __tablename__ = "price_tier"
    __table_args__ = (
        CheckConstraint(f"position BETWEEN 1 AND {MOST_TIERS}", name="there_are_few"),
        CheckConstraint("from_quantity >= 2", name="begins_above_one"),
        CheckConstraint("unit_price_fen > 0", name="price_is_positive"),
        CheckConstraint(
            "(position = 1) = (after_quantity IS NULL)"
            " AND (after_quantity IS NULL) = (after_price_fen IS NULL)",
            name="all_but_the_first_follow_one",
        ),
        CheckConstraint("from_quantity > after_quantity", name="quantities_ascend"),
        CheckConstraint("unit_price_fen < after_price_fen", name="prices_descend"),
        UniqueConstraint("variant_id", "from_quantity", "unit_price_fen"),
        UniqueConstraint("variant_id", "after_quantity"),
        ForeignKeyConstraint(
            ["variant_id", "after_quantity", "after_price_fen"],
            ["price_tier.variant_id", "price_tier.from_quantity", "price_tier.unit_price_fen"],
        ),
    )

    variant_id: Mapped[int] = mapped_column(ForeignKey(Variant.id), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_quantity: Mapped[int]
    unit_price_fen: Mapped[Fen]
    # The tier before this one; the first has none.
    after_quantity: Mapped[int | None]
    after_price_fen: Mapped[Fen | None]


def chained(tiers: Sequence[Tier]) -> list[PriceTier]:
    """Tiers, the fewest units first, as rows of no variant yet."""
    return [
        PriceTier(
            position=place,
            **tier._asdict(),
            after_quantity=before.from_quantity if before else None,
            after_price_fen=before.unit_price_fen if before else None,
        )
        for place, (before, tier) in enumerate(zip([None, *tiers], tiers, strict=False), start=1)
    ]


class VariantChange(Base):
    """Who changed a variant, and when: the version that the change made of it.

    Orders that hold and release stock make no version: nobody decides on them at the desk.
    """

    __tablename__ = "variant_change"
    __table_args__ = (CheckConstraint("version > 1", name="follows_a_version"), APPEND_ONLY)

    variant_id: Mapped[int] = mapped_column(ForeignKey(Variant.id), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[ChangeKind] = mapped_column(one_of(ChangeKind))
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]
    # What it cost until then, where the change touched that: in fen, and the tiers as pairs.
    price_before_fen: Mapped[Fen | None]
    tiers_before: Mapped[list[list[int]] | None] = mapped_column(JSON(none_as_null=True))

"""Products of a cooperative, the variants they are sold in, and their pictures."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.categories.models import Category
from catalog.categories.rules import needs_licence
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of
from shop.organisations.models import Organisation
from shop.places.models import Town

EVERY_MONTH = 0b1111_1111_1111


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
        Index("ix_product_on_sale", "delisted_at", "category_id", "id"),
        Index("ix_product_newest", "listed_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id))
    # Where it grows: the cooperative's town on the day of listing, and the village.
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code), index=True)
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

    cooperative: Mapped[Organisation] = relationship()
    category: Mapped[Category] = relationship()
    town: Mapped[Town] = relationship()
    picture: Mapped[Picture | None] = relationship()
    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product", order_by="Variant.position, Variant.id"
    )

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

    product: Mapped[Product] = relationship(back_populates="variants")

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

"""Baskets: of a person who is signed in, or of a browser that is not."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import Variant
from shop.accounts.people.models import Account
from shop.db import Base, Fen

MOST_PER_LINE = 9999


class Basket(Base):
    __tablename__ = "basket"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (token IS NULL)", name="has_one_owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id), unique=True)
    # Kept in the session of a browser that is not signed in.
    token: Mapped[str | None] = mapped_column(String(64), unique=True)
    updated_at: Mapped[datetime]

    lines: Mapped[list["BasketLine"]] = relationship(
        order_by="BasketLine.id", cascade="all, delete-orphan"
    )


class BasketLine(Base):
    __tablename__ = "basket_line"
    __table_args__ = (
        UniqueConstraint("basket_id", "variant_id"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MOST_PER_LINE}", name="quantity_is_sensible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    basket_id: Mapped[int] = mapped_column(ForeignKey(Basket.id))
    variant_id: Mapped[int] = mapped_column(ForeignKey(Variant.id), index=True)
    quantity: Mapped[int]
    # What one unit cost when its owner last put it in or changed it, to tell them what has changed.
    seen_price_fen: Mapped[Fen]

    variant: Mapped[Variant] = relationship()

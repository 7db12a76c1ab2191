"""Listings that are still being written."""

import json
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import Picture, Product
from shop.accounts.people.models import Account
from shop.db import Base
from shop.organisations.models import Organisation

# What stands in each control, as it was typed.
Typed: TypeAlias = dict[str, list[str]]


class ListingDraft(Base):
    """A listing as far as somebody has filled it in. Its page makes up the key, so that what is
    sent again, or from two windows, is one draft."""

    __tablename__ = "listing_draft"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "key"),
        CheckConstraint(
            "product_id IS NULL OR discarded_at IS NULL", name="listed_is_not_discarded"
        ),
        Index("ix_listing_draft_open", "cooperative_id", "saved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    key: Mapped[str] = mapped_column(String(64))
    typed: Mapped[Typed] = mapped_column(JSON)
    picture_id: Mapped[int | None] = mapped_column(ForeignKey(Picture.id))
    # Whose words, prices and picture it began with.
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey(Product.id))
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # What became of it.
    product_id: Mapped[int | None] = mapped_column(ForeignKey(Product.id), unique=True)
    discarded_at: Mapped[datetime | None]

    picture: Mapped[Picture | None] = relationship()
    copied_from: Mapped[Product | None] = relationship(foreign_keys=copied_from_id)

    @property
    def name(self) -> str:
        """What the product is called so far."""
        return next(iter(self.typed.get("name", [])), "")

    @property
    def fingerprint(self) -> str:
        """Of what is filled in: a draft that says something else has another."""
        text = json.dumps([self.typed, self.picture_id], sort_keys=True)
        return sha256(text.encode()).hexdigest()[:32]

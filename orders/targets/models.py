"""What each town is to sell in a year, in versions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.accounts.people.models import Account
from shop.db import Base, Fen
from shop.places.models import Town


class Target(Base):
    """One version of a town's yearly target in fen. The highest version holds."""

    __tablename__ = "target"
    __table_args__ = (
        UniqueConstraint("town_code", "year", "version"),
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("year BETWEEN 2021 AND 2100", name="year_is_sensible"),
        CheckConstraint("version > 0", name="versions_count_from_1"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code), index=True)
    year: Mapped[int]
    version: Mapped[int]
    amount_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(String(200), default="")
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

"""What a cooperative sold and can't deliver, and whose orders go without it."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import Variant
from orders.records.models import OrderLine
from orders.refunds.models import Cancellation
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, one_of
from shop.organisations.models import Organisation


class Cause(StrEnum):
    """Why goods are missing."""

    WEATHER = "weather"
    SPOILED = "spoiled"
    DAMAGED = "damaged"
    MISCOUNTED = "miscounted"
    OTHER = "other"

    @property
    def label(self) -> LazyString:
        return _CAUSES[self]


_CAUSES = {
    Cause.WEATHER: _l("冰雹、台风等天气"),
    Cause.SPOILED: _l("坏了、烂了"),
    Cause.DAMAGED: _l("装箱、搬运时压坏"),
    Cause.MISCOUNTED: _l("点数点多了"),
    Cause.OTHER: _l("其他原因"),
}


class Shortage(Base):
    """So many units of a variant that people have paid for are not there."""

    __tablename__ = "shortage"
    __table_args__ = (
        CheckConstraint("units > 0", name="units_are_positive"),
        CheckConstraint("written_off >= 0", name="written_off_is_not_negative"),
        CheckConstraint("no_longer_ahead >= 0", name="no_longer_ahead_is_not_negative"),
        CheckConstraint(
            "ships_on IS NOT NULL OR written_off >= units", name="what_is_missing_leaves_the_store"
        ),
        CheckConstraint(
            "ships_on IS NOT NULL OR no_longer_ahead = 0", name="only_harvests_are_sold_ahead"
        ),
        Index("ix_shortage_desk", "cooperative_id", "id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # The form's one-time key: the same form is one report.
    key: Mapped[str] = mapped_column(String(64), unique=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    variant_id: Mapped[int] = mapped_column(ForeignKey(Variant.id), index=True)
    # The day for which the missing units were sold in advance; None for what was in the store.
    ships_on: Mapped[date | None]
    # Of what people had paid for.
    units: Mapped[int]
    # What the store counted and isn't there, with what nobody had ordered yet.
    written_off: Mapped[int]
    # By so much fewer units of the harvest are sold in advance.
    no_longer_ahead: Mapped[int]
    cause: Mapped[Cause] = mapped_column(one_of(Cause))
    note: Mapped[str] = mapped_column(String(100), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]

    variant: Mapped[Variant] = relationship()
    by: Mapped[Account | None] = relationship()
    lines: Mapped[list["ShortageLine"]] = relationship(
        back_populates="shortage", order_by="ShortageLine.id"
    )


class ShortageLine(Base):
    """So many units of it were called off from one line of an order."""

    __tablename__ = "shortage_line"
    __table_args__ = (
        UniqueConstraint("shortage_id", "order_line_id"),
        UniqueConstraint("cancellation_id", "order_line_id"),
        CheckConstraint("units > 0", name="units_are_positive"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shortage_id: Mapped[int] = mapped_column(ForeignKey(Shortage.id))
    order_line_id: Mapped[int] = mapped_column(ForeignKey(OrderLine.id), index=True)
    # The cancellation that it made, with its refund.
    cancellation_id: Mapped[int] = mapped_column(ForeignKey(Cancellation.id))
    units: Mapped[int]

    shortage: Mapped[Shortage] = relationship(back_populates="lines")
    line: Mapped[OrderLine] = relationship()
    cancellation: Mapped[Cancellation] = relationship()

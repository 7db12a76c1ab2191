"""Pick-up points (自提点), who keeps them, and what waits there."""

from datetime import datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.deliveries.rules import Collection
from orders.records.models import SubOrder
from shop.accounts.people.models import Account
from shop.db import Base, Fen
from shop.places.models import Town


class PickupPoint(Base):
    """A place where buyers fetch what they ordered: a shop, a canteen, a residents' committee."""

    __tablename__ = "pickup_point"
    __table_args__ = (
        CheckConstraint("fee_fen >= 0", name="fee_is_not_negative"),
        CheckConstraint("lead_days BETWEEN 0 AND 30", name="lead_time_is_sensible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code))
    address: Mapped[str] = mapped_column(String(120))
    opening_hours: Mapped[str] = mapped_column(String(80))
    # Until then, on a clock in Zhuhai, an order counts as today's.
    cut_off: Mapped[time]
    # Days from the first possible one, the day after the order.
    lead_days: Mapped[int]
    # What each cooperative's part costs, whatever its weight.
    fee_fen: Mapped[Fen]
    # From then on nobody can choose it; what is on its way is still fetched there.
    closed_at: Mapped[datetime | None]

    town: Mapped[Town] = relationship(lazy="joined", innerjoin=True)

    @property
    def collection(self) -> Collection:
        return Collection(self.fee_fen, self.cut_off, self.lead_days)


class PickupKeeper(Base):
    """A person in the office of a keeper looks after one point."""

    __tablename__ = "pickup_keeper"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey(PickupPoint.id), index=True)
    since: Mapped[datetime]

    account: Mapped[Account] = relationship()
    point: Mapped[PickupPoint] = relationship(lazy="joined", innerjoin=True)


class Pickup(Base):
    """A part of an order that is fetched at a point, on the day it is promised for, or later."""

    __tablename__ = "pickup"
    __table_args__ = (
        CheckConstraint(
            "handed_over_at IS NULL OR arrived_at IS NOT NULL", name="arrived_before_handed_over"
        ),
        CheckConstraint("arrived_at IS NULL OR code IS NOT NULL", name="arrived_with_a_code"),
        CheckConstraint(
            "(handed_over_at IS NULL) = (handed_over_by_id IS NULL)", name="handed_over_by_somebody"
        ),
        # A code means one part among those that wait at a point; afterwards it can come again.
        Index(
            "uq_pickup_waiting_code",
            "point_id",
            "code",
            unique=True,
            sqlite_where=text("handed_over_at IS NULL"),
            postgresql_where=text("handed_over_at IS NULL"),
        ),
        Index("ix_pickup_desk", "point_id", "handed_over_at", "arrived_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), unique=True)
    point_id: Mapped[int] = mapped_column(ForeignKey(PickupPoint.id))
    # Six digits, given when the order is paid.
    code: Mapped[str | None] = mapped_column(String(6))
    arrived_at: Mapped[datetime | None]
    arrived_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    handed_over_at: Mapped[datetime | None]
    handed_over_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    sub_order: Mapped[SubOrder] = relationship()
    point: Mapped[PickupPoint] = relationship(lazy="joined", innerjoin=True)


class WrongCode(Base):
    """A keeper typed a code that means nothing: too many in a short time are guesses."""

    __tablename__ = "wrong_pickup_code"
    __table_args__ = (Index("ix_wrong_pickup_code_recent", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]

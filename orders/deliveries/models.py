"""What freight costs, and the parcels that carry an order."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.records.models import SubOrder
from shop.accounts.people.models import Account
from shop.db import Base, Fen
from shop.organisations.models import Organisation


class FreightTariff(Base):
    """What a cooperative's parcel to Zhuhai costs the buyer, and how long it takes.

    The row without a cooperative holds for all that have none of their own.
    """

    __tablename__ = "freight_tariff"
    __table_args__ = (
        CheckConstraint("first_fen >= 0 AND step_fen >= 0", name="fees_are_not_negative"),
        CheckConstraint("first_g > 0 AND step_g > 0", name="weights_are_positive"),
        CheckConstraint("free_from_fen IS NULL OR free_from_fen > 0", name="free_from_something"),
        CheckConstraint("lead_days BETWEEN 1 AND 30", name="lead_time_is_sensible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id), unique=True)
    # The first so many grams cost first_fen, each further step_g (begun) costs step_fen.
    first_g: Mapped[int]
    first_fen: Mapped[Fen]
    step_g: Mapped[int]
    step_fen: Mapped[Fen]
    free_from_fen: Mapped[Fen | None]
    lead_days: Mapped[int]
    updated_at: Mapped[datetime]

    cooperative: Mapped[Organisation | None] = relationship()


class Parcel(Base):
    """What a cooperative handed to a carrier."""

    __tablename__ = "parcel"

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), index=True)
    carrier: Mapped[str] = mapped_column(String(20))
    tracking_number: Mapped[str] = mapped_column(String(40))
    dispatched_at: Mapped[datetime]
    dispatched_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    sub_order: Mapped[SubOrder] = relationship()

"""What freight costs where, and the shipments and parcels that carry an order."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.batches.models import Batch
from orders.records.models import OrderLine, SubOrder
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen
from shop.organisations.models import Organisation
from shop.places.models import Town


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


class DeliveryZone(Base):
    """Towns of Zhuhai that are harder to reach than the rest: islands that a ferry goes to.

    What it says is added to every cooperative's tariff.
    """

    __tablename__ = "delivery_zone"
    __table_args__ = (
        CheckConstraint("surcharge_fen >= 0", name="surcharge_is_not_negative"),
        CheckConstraint("extra_days BETWEEN 0 AND 30", name="lead_time_is_sensible"),
        CheckConstraint("free_from_fen IS NULL OR free_from_fen > 0", name="free_from_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)
    surcharge_fen: Mapped[Fen]
    extra_days: Mapped[int]
    # Of one cooperative's goods, instead of its tariff's own; None where freight is never free.
    free_from_fen: Mapped[Fen | None]
    updated_at: Mapped[datetime]

    towns: Mapped[list["DeliveryZoneTown"]] = relationship(
        order_by="DeliveryZoneTown.town_code", cascade="all, delete-orphan"
    )


class DeliveryZoneTown(Base):
    """A town in a zone; a town without a row is on the mainland."""

    __tablename__ = "delivery_zone_town"

    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey(DeliveryZone.id), index=True)

    town: Mapped[Town] = relationship(lazy="joined", innerjoin=True)


class Shipment(Base):
    """One act of sending: the units of a part that left together, in one or several parcels."""

    __tablename__ = "shipment"
    __table_args__ = (Index("ix_shipment_sender", "sent_by_id", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), index=True)
    # The form's one-time key: the same form sends once.
    key: Mapped[str] = mapped_column(String(64), unique=True)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    sub_order: Mapped[SubOrder] = relationship()
    parcels: Mapped[list["Parcel"]] = relationship(order_by="Parcel.id")
    lines: Mapped[list["ShipmentLine"]] = relationship(order_by="ShipmentLine.order_line_id")


class ShipmentLine(Base):
    """So many units of an order's line are in a shipment. Which of its parcels they are in nobody
    writes down."""

    __tablename__ = "shipment_line"
    __table_args__ = (
        UniqueConstraint("shipment_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey(Shipment.id))
    order_line_id: Mapped[int] = mapped_column(ForeignKey(OrderLine.id), index=True)
    quantity: Mapped[int]
    # Whether the law asked for a certificate of its batches when it was sent: then each unit is in
    # an allocation.
    certificate_covered: Mapped[bool] = mapped_column(default=False)

    order_line: Mapped[OrderLine] = relationship()
    allocations: Mapped[list["PickAllocation"]] = relationship(
        back_populates="shipment_line", order_by="PickAllocation.id"
    )


class PickAllocation(Base):
    """So many units of a shipment's line were picked from a batch."""

    __tablename__ = "pick_allocation"
    __table_args__ = (
        UniqueConstraint("shipment_line_id", "batch_id"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_line_id: Mapped[int] = mapped_column(ForeignKey(ShipmentLine.id))
    batch_id: Mapped[int] = mapped_column(ForeignKey(Batch.id), index=True)
    quantity: Mapped[int]

    shipment_line: Mapped[ShipmentLine] = relationship(back_populates="allocations")
    batch: Mapped[Batch] = relationship()


class Parcel(Base):
    """What a cooperative handed to a carrier under one tracking number."""

    __tablename__ = "parcel"

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey(Shipment.id), index=True)
    carrier: Mapped[str] = mapped_column(String(20))
    tracking_number: Mapped[str] = mapped_column(String(40), index=True)

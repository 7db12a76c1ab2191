"""Orders, their part for each cooperative, and their lines. All names and prices are frozen."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import Product, Variant
from shop.accounts.people.models import Account
from shop.db import Base, Fen, one_of
from shop.organisations.models import Organisation


class BuyerType(StrEnum):
    """Who bought, as the summary tables tell it apart. Frozen on the order."""

    RESIDENT = "resident"  # 市民
    BUDGET_UNIT = "budget_unit"  # 预算单位
    UNION = "union"  # 工会
    STATE_OWNED = "state_owned"  # 国企
    PRIVATE = "private"  # 民企


class AcceptedBy(StrEnum):
    BUYER = "buyer"
    SYSTEM = "system"


class Order(Base):
    """One checkout: what a buyer owes in one payment."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        CheckConstraint("goods_fen > 0", name="goods_are_worth_something"),
        CheckConstraint("freight_fen >= 0", name="freight_is_not_negative"),
        CheckConstraint("total_fen = goods_fen + freight_fen", name="total_adds_up"),
        CheckConstraint(
            "(buyer_type = 'resident') = (organisation_id IS NULL)", name="units_buy_as_units"
        ),
        CheckConstraint("paid_at IS NULL OR closed_at IS NULL", name="paid_or_closed"),
        CheckConstraint("closed_by_id IS NULL OR closed_at IS NOT NULL", name="closed_by_somebody"),
        Index("ix_purchase_order_own", "account_id", "placed_at"),
        Index("ix_purchase_order_waiting", "paid_at", "closed_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    # The checkout form's one-time key: the same form gives the same order.
    checkout_key: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id), index=True)
    buyer_type: Mapped[BuyerType] = mapped_column(one_of(BuyerType))
    # The enterprise's name; empty for a resident.
    buyer_unit: Mapped[str] = mapped_column(String(80), default="")
    recipient: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    county_code: Mapped[str] = mapped_column(String(6))
    county_name: Mapped[str] = mapped_column(String(20))
    town_code: Mapped[str] = mapped_column(String(9))
    town_name: Mapped[str] = mapped_column(String(20))
    street: Mapped[str] = mapped_column(String(120))
    goods_fen: Mapped[Fen]
    freight_fen: Mapped[Fen]
    total_fen: Mapped[Fen]
    placed_at: Mapped[datetime] = mapped_column(index=True)
    # Until when it may be paid.
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    # When an unpaid order expired or was called off: its stock is given back. Money that comes
    # after it expired may open it again.
    closed_at: Mapped[datetime | None]
    # The buyer who called it off; None when its time ran out.
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    sub_orders: Mapped[list["SubOrder"]] = relationship(
        back_populates="order", order_by="SubOrder.id"
    )


class SubOrder(Base):
    """The part of an order that one cooperative delivers."""

    __tablename__ = "sub_order"
    __table_args__ = (
        CheckConstraint("goods_fen > 0", name="goods_are_worth_something"),
        CheckConstraint("freight_fen >= 0", name="freight_is_not_negative"),
        CheckConstraint("dispatched_at IS NULL OR cancelled_at IS NULL", name="sent_or_cancelled"),
        CheckConstraint(
            "accepted_at IS NULL OR dispatched_at IS NOT NULL", name="sent_before_accepted"
        ),
        CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_by_somebody"
        ),
        CheckConstraint(
            "arrived_at IS NULL OR dispatched_at IS NOT NULL", name="sent_before_arrived"
        ),
        CheckConstraint(
            "freight_refunded_fen BETWEEN 0 AND freight_fen", name="freight_refund_was_paid"
        ),
        CheckConstraint("commission_bp BETWEEN 0 AND 3000", name="commission_is_sensible"),
        Index("ix_sub_order_desk", "cooperative_id", "dispatched_at", "cancelled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey(Order.id), index=True)
    # The order's number and a letter for each cooperative.
    number: Mapped[str] = mapped_column(String(24), unique=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    cooperative_name: Mapped[str] = mapped_column(String(80))
    goods_fen: Mapped[Fen]
    freight_fen: Mapped[Fen]
    weight_g: Mapped[int] = mapped_column(BigInteger)
    # What the shop keeps of the goods, in basis points, as it was when the order was placed.
    commission_bp: Mapped[int] = mapped_column(default=0)
    # The Asia/Shanghai day on which the buyer was promised to have it.
    promised_on: Mapped[date] = mapped_column(index=True)
    # When the last unit that was not cancelled was sent.
    dispatched_at: Mapped[datetime | None]
    # When the buyer had it: confirmed, or handed over at the pick-up point.
    arrived_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None] = mapped_column(index=True)
    accepted_by: Mapped[AcceptedBy | None] = mapped_column(one_of(AcceptedBy))
    # When the last unit of it was cancelled: nothing of it was ever sent.
    cancelled_at: Mapped[datetime | None]
    # Granted, whether or not the money has moved yet.
    freight_refunded_fen: Mapped[Fen] = mapped_column(default=0)

    order: Mapped[Order] = relationship(back_populates="sub_orders")
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="sub_order", order_by="OrderLine.id"
    )


class OrderLine(Base):
    """One variant in an order, with everything that later tables say about it, as it was."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("amount_fen = quantity * unit_price_fen", name="amount_adds_up"),
        CheckConstraint("net_weight_g > 0", name="has_a_weight"),
        CheckConstraint(
            "cancelled_quantity >= 0 AND dispatched_quantity >= 0"
            " AND cancelled_quantity + dispatched_quantity <= quantity",
            name="sent_or_cancelled_once",
        ),
        CheckConstraint(
            "returned_quantity BETWEEN 0 AND dispatched_quantity", name="returned_was_sent"
        ),
        CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name="refund_was_paid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey(Variant.id), index=True)
    quantity: Mapped[int]
    # Of these units: called off before they were sent, sent, and taken back into the store.
    cancelled_quantity: Mapped[int] = mapped_column(default=0)
    dispatched_quantity: Mapped[int] = mapped_column(default=0)
    returned_quantity: Mapped[int] = mapped_column(default=0)
    unit_price_fen: Mapped[Fen]
    amount_fen: Mapped[Fen]
    # Granted, for whatever reason, whether or not the money has moved yet.
    refunded_fen: Mapped[Fen] = mapped_column(default=0)
    # The day from which a pre-sold line is sent; None for what was in stock.
    ships_on: Mapped[date | None]
    # Of one unit.
    net_weight_g: Mapped[int]
    product_name: Mapped[str] = mapped_column(String(60))
    spec: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(8))
    perishable: Mapped[bool]
    category_id: Mapped[int]
    category_name: Mapped[str] = mapped_column(String(20))
    city_code: Mapped[str] = mapped_column(String(6))
    city_name: Mapped[str] = mapped_column(String(20))
    county_code: Mapped[str] = mapped_column(String(6))
    county_name: Mapped[str] = mapped_column(String(20))
    town_code: Mapped[str] = mapped_column(String(9))
    town_name: Mapped[str] = mapped_column(String(20))
    village: Mapped[str] = mapped_column(String(40), default="")
    cooperative_id: Mapped[int]
    cooperative_name: Mapped[str] = mapped_column(String(80))
    credit_code: Mapped[str] = mapped_column(String(18))

    sub_order: Mapped[SubOrder] = relationship(back_populates="lines")

    @property
    def is_presold(self) -> bool:
        """Whether what waits to be sent is promised of a harvest to come, and not held."""
        return self.ships_on is not None

    @property
    def waiting_quantity(self) -> int:
        """Units that were neither sent nor cancelled."""
        return self.quantity - self.cancelled_quantity - self.dispatched_quantity

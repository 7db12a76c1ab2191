"""Every movement of stock. Rows are only ever added; they sum to the variant's columns."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.batches.models import Batch
from catalog.products.models import Variant
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, one_of


class MovementKind(StrEnum):
    RECEIVE = "receive"  # on hand + n
    HOLD = "hold"  # held + n
    RELEASE = "release"  # held - n
    SELL = "sell"  # on hand - n, held - n, at dispatch
    WRITE_OFF = "write_off"  # on hand - n
    RETURN = "return"  # on hand + n
    PROMISE = "promise"  # promised + n, sold in advance
    WITHDRAW = "withdraw"  # promised - n
    FULFIL = "fulfil"  # promised - n, held + n, once the harvest is in


class StockMovement(Base):
    __tablename__ = "stock_movement"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        Index("ix_stock_movement_reference", "reference"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey(Variant.id), index=True)
    kind: Mapped[MovementKind] = mapped_column(one_of(MovementKind))
    quantity: Mapped[int]
    # Which batch came in, or was called back; None where nobody said so.
    batch_id: Mapped[int | None] = mapped_column(ForeignKey(Batch.id), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # What caused it: a sub-order's number, or empty for what the cooperative counts itself.
    reference: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")

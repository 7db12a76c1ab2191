"""What was compared with what, and whether it was the same."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of


class Equation(StrEnum):
    """Two ways to the same amount."""

    ROLLUP = "rollup"  # the sums that are kept = the lines of the ledger
    ORDERS = "orders"  # the online lines of the ledger = accepted orders less their refunds
    PAYMENTS = "payments"  # paid orders less their refunds = money that came in less what went back


class Reconciliation(Base):
    """One comparison: both amounts in fen, and how many of the things compared one by one (sums of
    a month, lines, orders) were not the same."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        CheckConstraint("compared >= 0 AND apart BETWEEN 0 AND compared", name="counts_fit"),
        Index("ix_reconciliation_equation", "equation", "id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    equation: Mapped[Equation] = mapped_column(one_of(Equation))
    at: Mapped[datetime]
    left_fen: Mapped[Fen]
    right_fen: Mapped[Fen]
    compared: Mapped[int]
    apart: Mapped[int]

    @property
    def holds(self) -> bool:
        return self.left_fen == self.right_fen and self.apart == 0

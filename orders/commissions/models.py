"""What the shop keeps of a cooperative's sales, from which day on, and why."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base
from shop.organisations.models import Organisation


class CommissionRate(Base):
    """A rate that holds for orders placed from a day on, in hundredths of a percent of the goods.

    A row without a cooperative holds for all that have none of their own. A row of a cooperative's
    own without a rate says that from then on the one for all holds. The latest row of a day counts.
    """

    __tablename__ = "commission_rate"
    __table_args__ = (
        CheckConstraint("basis_points BETWEEN 0 AND 3000", name="rate_is_sensible"),
        CheckConstraint(
            "cooperative_id IS NOT NULL OR basis_points IS NOT NULL", name="for_all_is_a_rate"
        ),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        Index("ix_commission_rate_valid", "cooperative_id", "effective_on"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    basis_points: Mapped[int | None]
    # The first Asia/Shanghai day on which orders are placed at this rate.
    effective_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    set_by: Mapped[Account | None] = relationship()

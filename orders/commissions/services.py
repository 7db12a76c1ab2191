"""Set commission rates. What was ordered before keeps the rate it was ordered at."""

from datetime import date, datetime

from orders.commissions.errors import RateInThePast
from orders.commissions.models import CommissionRate
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db


def set_rate(
    cooperative_id: int | None,
    basis_points: int | None,
    effective_on: date,
    reason: str,
    *,
    by: int | None,
    at: datetime,
) -> CommissionRate:
    """Let a rate hold from a day on: for one cooperative, or with None for all without their own.

    A cooperative's rate of None lets the one for all hold again. Raises RateInThePast.
    """
    if effective_on < clock.day_of(at):
        raise RateInThePast
    rate = CommissionRate(
        cooperative_id=cooperative_id,
        basis_points=basis_points,
        effective_on=effective_on,
        reason=reason,
        set_at=at,
        set_by_id=by,
    )
    db.session.add(rate)
    db.session.flush()
    record(
        "set_commission",
        "commission_rate",
        cooperative_id or "default",
        by=by,
        at=at,
        basis_points=basis_points,
        effective_on=effective_on.isoformat(),
        reason=reason,
    )
    return rate

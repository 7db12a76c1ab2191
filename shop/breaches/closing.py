"""Rules of the month close: what was filed stands, and three people closed it."""

from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from orders.benefits.models import BenefitVersion
from orders.closing.models import (
    ActKind,
    CloseState,
    MonthAct,
    MonthClose,
    MonthPin,
    MonthSnapshot,
)
from orders.sales.models import SalesEntry
from shop.db import total

_SUMS = ("amount_fen", "refund_fen", "net_fen")
# The state that each kind of step leads to.
_LEADS_TO = {
    ActKind.FILED: CloseState.FILED,
    ActKind.REVIEWED: CloseState.REVIEWED,
    ActKind.RETURNED: CloseState.OPEN,
    ActKind.LOCKED: CloseState.LOCKED,
}


def wrong_snapshots() -> Select[Any]:
    """Closed months whose lines come to other than what was filed."""
    lines = (
        select(
            SalesEntry.town_code.label("town_code"),
            SalesEntry.month.label("month"),
            func.count().label("entries"),
            total(SalesEntry.net_weight_g).label("weight_g"),
            *(total(getattr(SalesEntry, name)).label(name) for name in _SUMS),
        )
        .join(
            MonthClose,
            (MonthClose.town_code == SalesEntry.town_code)
            & (MonthClose.month == SalesEntry.month)
            & (MonthClose.state != CloseState.OPEN),
        )
        .group_by(SalesEntry.town_code, SalesEntry.month)
        .subquery()
    )
    differs = [
        getattr(MonthSnapshot, name) != func.coalesce(lines.c[name], 0)
        for name in (*_SUMS, "entries", "weight_g")
    ]
    return (
        select(MonthClose.id)
        .outerjoin(MonthSnapshot, _of_this_round())
        .outerjoin(
            lines,
            and_(lines.c.town_code == MonthClose.town_code, lines.c.month == MonthClose.month),
        )
        .where(MonthClose.state != CloseState.OPEN, or_(MonthSnapshot.id.is_(None), *differs))
        .order_by(MonthClose.id)
    )


def wrong_month_benefits() -> Select[Any]:
    """A household of several reports counts once: at most as many as all, at least as the largest.

    Exactly how many can't be told for ever: who withdrew their consent is known by no number.
    """
    names = ("households", "monitored", "jobs")
    pinned = (
        select(
            MonthPin.snapshot_id.label("of"),
            *(func.max(getattr(BenefitVersion, name)).label(f"most_{name}") for name in names),
            *(total(getattr(BenefitVersion, name)).label(name) for name in names),
        )
        .join(BenefitVersion, BenefitVersion.id == MonthPin.version_id)
        .group_by(MonthPin.snapshot_id)
        .subquery()
    )
    return (
        select(MonthSnapshot.id)
        .outerjoin(pinned, pinned.c.of == MonthSnapshot.id)
        .where(
            or_(
                *(
                    ~getattr(MonthSnapshot, name).between(
                        func.coalesce(pinned.c[f"most_{name}"], 0),
                        func.coalesce(pinned.c[name], 0),
                    )
                    for name in names
                )
            )
        )
        .order_by(MonthSnapshot.id)
    )


def wrong_files() -> Select[Any]:
    """Files that stand otherwise than their steps say."""
    steps = (
        select(
            MonthAct.close_id.label("of"),
            func.count().label("steps"),
            func.max(MonthAct.version).label("last"),
            total(case((MonthAct.kind == ActKind.FILED, 1), else_=0)).label("filings"),
        )
        .group_by(MonthAct.close_id)
        .subquery()
    )
    state = case(
        *((MonthAct.kind == kind, state.value) for kind, state in _LEADS_TO.items()),
        else_=CloseState.OPEN.value,
    )
    return (
        select(MonthClose.id)
        .outerjoin(steps, steps.c.of == MonthClose.id)
        .outerjoin(
            MonthAct, (MonthAct.close_id == MonthClose.id) & (MonthAct.version == steps.c.last)
        )
        .where(
            or_(
                MonthClose.version != 1 + func.coalesce(steps.c.steps, 0),
                MonthClose.version != func.coalesce(steps.c.last, 1),
                MonthClose.round != func.coalesce(steps.c.filings, 0),
                MonthClose.state != state,
            )
        )
        .order_by(MonthClose.id)
    )


def closed_alone() -> Select[Any]:
    """Files in which one person took steps of two levels."""
    twice = (
        select(MonthAct.close_id.label("of"))
        .group_by(MonthAct.close_id, MonthAct.by_id)
        .having(func.count(MonthAct.level.distinct()) > 1)
        .subquery()
    )
    return select(twice.c.of).distinct().order_by(twice.c.of)


def _of_this_round() -> Any:
    return (MonthSnapshot.close_id == MonthClose.id) & (MonthSnapshot.round == MonthClose.round)

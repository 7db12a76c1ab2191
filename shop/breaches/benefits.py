"""Rules of benefit reports: what was handed in is what its lines come to."""

from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select, union

from orders.benefits.models import (
    BenefitReport,
    BenefitVersion,
    DraftLine,
    Household,
    Standing,
    Tie,
    VersionLine,
)
from shop.breaches.comparing import compared
from shop.db import total


def wrong_benefits() -> Select[Any]:
    """A household counts once, and of its people as many as the one wage line that names most."""
    fen = {tie: case((VersionLine.tie == tie, VersionLine.amount_fen), else_=0) for tie in Tie}
    monitored = case((VersionLine.standing != Standing.ORDINARY, 1), else_=0)
    households = (
        select(
            VersionLine.version_id.label("of"),
            func.max(monitored).label("monitored"),
            func.max(VersionLine.workers).label("jobs"),
            *(total(fen[tie]).label(tie.value) for tie in Tie),
        )
        .group_by(VersionLine.version_id, VersionLine.household_id)
        .subquery()
    )
    found = households.c
    sums = (
        select(
            found.of,
            func.count(found.jobs).label("households"),
            *(total(found[name]).label(name) for name in ("monitored", "jobs", *Tie)),
        )
        .group_by(found.of)
        .subquery()
    )
    said = {
        "households": BenefitVersion.households,
        "monitored": BenefitVersion.monitored,
        "jobs": BenefitVersion.jobs,
        Tie.SOLD: BenefitVersion.sold_fen,
        Tie.WAGES: BenefitVersion.wages_fen,
        Tie.RENT: BenefitVersion.rent_fen,
    }
    differs = or_(*(column != func.coalesce(sums.c[name], 0) for name, column in said.items()))
    return compared(BenefitVersion, sums, differs)


def households_of_others() -> Select[Any]:
    """Reports, drafts among them, that name a household of another cooperative."""
    is_stranger = Household.cooperative_id != BenefitReport.cooperative_id
    drafts = (
        select(BenefitReport.id)
        .join(DraftLine, DraftLine.report_id == BenefitReport.id)
        .join(Household, and_(Household.id == DraftLine.household_id, is_stranger))
    )
    versions = (
        select(BenefitReport.id)
        .join(BenefitVersion, BenefitVersion.report_id == BenefitReport.id)
        .join(VersionLine, VersionLine.version_id == BenefitVersion.id)
        .join(Household, and_(Household.id == VersionLine.household_id, is_stranger))
    )
    found = union(drafts, versions).subquery()
    return select(found.c.id).order_by(found.c.id)

"""The benefit reports that closed months pinned."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, String, cast, func, literal, select, union

from orders.benefits.models import BenefitReport, BenefitVersion
from orders.benefits.queries import totals_by
from orders.benefits.rules import Totals
from orders.closing.models import CloseState, MonthClose, MonthPin, MonthSnapshot
from shop.accounts.people.rules import Scope
from shop.db import db


def list_pinned(snapshot_id: int) -> Sequence[BenefitVersion]:
    """The versions of benefit reports that a snapshot's figures are from."""
    query = (
        select(BenefitVersion)
        .join(MonthPin, MonthPin.version_id == BenefitVersion.id)
        .where(MonthPin.snapshot_id == snapshot_id)
        .order_by(BenefitVersion.id)
    )
    return db.session.scalars(query).all()


def pinned_benefits(
    by: str,
    scope: Scope,
    months: tuple[str, str],
    *,
    county_code: str | None = None,
    town_code: str | None = None,
    cooperative_id: int | None = None,
) -> dict[str, Totals]:
    """What the locked months of a span (both count) say of households and jobs, by ``town``,
    ``county`` or ``cooperative``, and under no key (``""``) of all of them.

    From the versions that the locks pinned, and no others. A household counts once over products,
    months and cooperatives (counting rule 5). What no locked month knows has no key. One statement.
    """
    keys: dict[str, Any] = {
        "town": MonthClose.town_code,
        "county": func.substr(MonthClose.town_code, 1, 6),
        "cooperative": cast(BenefitReport.cooperative_id, String),
    }
    wanted = [
        MonthClose.state == CloseState.LOCKED,
        MonthClose.month.between(*months),
        scope.contains(MonthClose.town_code),
    ]
    if county_code is not None:
        wanted.append(MonthClose.town_code.startswith(county_code))
    if town_code is not None:
        wanted.append(MonthClose.town_code == town_code)
    if cooperative_id is not None:
        wanted.append(BenefitReport.cooperative_id == cooperative_id)

    def pins(key: Any) -> Select[Any]:
        return (
            select(MonthPin.version_id.label("version_id"), key.label("key"))
            .join(MonthSnapshot, MonthSnapshot.id == MonthPin.snapshot_id)
            .join(
                MonthClose,
                (MonthClose.id == MonthSnapshot.close_id)
                & (MonthClose.round == MonthSnapshot.round),
            )
            .join(BenefitVersion, BenefitVersion.id == MonthPin.version_id)
            .join(BenefitReport, BenefitReport.id == BenefitVersion.report_id)
            .where(*wanted)
        )

    asked = [pins(literal("", String))]
    if by in keys:
        asked.append(pins(keys[by]))
    return totals_by(union(*asked).subquery())

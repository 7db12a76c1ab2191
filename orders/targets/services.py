"""Set what a town is to sell in a year, and what an area says of itself. Earlier versions stay."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from orders.records.models import BuyerType
from orders.targets.errors import (
    MonthsDoNotSum,
    NoTargetHere,
    NotDesignated,
    NothingToTakeBack,
    ReasonMissing,
    SetMeanwhile,
    YearOutOfRange,
)
from orders.targets.models import MONTHS, AreaTarget, Spread, Target
from orders.targets.queries import (
    find_newest,
    find_newest_of_area,
    get_area,
    is_designated,
    seasons_of,
)
from orders.targets.rules import (
    MONTHS_IN_YEAR,
    missing_fen,
    season_weights,
    spread_over,
    year_is_sensible,
)
from shop.accounts.audit.services import record
from shop.db import db
from shop.places.queries import get_town
from shop.places.rules import may_be_assisted


def set_target(
    town_code: str,
    year: int,
    amount_fen: int | None,
    reason: str,
    *,
    by: int | None,
    at: datetime,
    category_id: int | None = None,
    buyer_type: BuyerType | None = None,
    spread: Spread | None = None,
    months: Sequence[int] = (),
) -> Target:
    """Add a version of a town's yearly target, or of a part of it; it holds from now on.

    ``months`` (fen, January first) go with ``Spread.TYPED``; the other spreads are worked out here
    and stay as they are when seasons change later. No amount takes the target back.

    Raises NotFound, NoTargetHere, NotDesignated, YearOutOfRange, ReasonMissing, MonthsDoNotSum,
    NothingToTakeBack, or SetMeanwhile when somebody else set the same target at the same moment.
    """
    if not may_be_assisted(town_code):
        raise NoTargetHere
    town = get_town(town_code)
    _require_sensible(year)
    if not is_designated(town.code, year):
        raise NotDesignated
    before = find_newest(town.code, year, category_id, buyer_type)
    _require_sound(before, amount_fen, reason)
    target = Target(
        town_code=town.code,
        year=year,
        category_id=category_id,
        buyer_type=buyer_type,
        version=before.version + 1 if before else 1,
        amount_fen=amount_fen,
        reason=reason,
        set_at=at,
        set_by_id=by,
    )
    if amount_fen is not None and spread is not None:
        target.spread = spread
        _lay_over_months(target, amount_fen, months)
    _add(target)
    record(
        "set_target",
        "town",
        town.code,
        by=by,
        at=at,
        year=year,
        version=target.version,
        amount_fen=amount_fen,
        reason=reason,
        category_id=category_id,
        buyer_type=buyer_type,
        spread=target.spread,
    )
    return target


def set_area_target(
    area_code: str, year: int, amount_fen: int | None, reason: str, *, by: int | None, at: datetime
) -> AreaTarget:
    """Add a version of the number that a county, a city or the whole says of itself.

    No amount takes it back: from then on the sum of the towns stands alone. Raises NotFound,
    YearOutOfRange, ReasonMissing, NothingToTakeBack or SetMeanwhile.
    """
    get_area(area_code)
    _require_sensible(year)
    before = find_newest_of_area(area_code, year)
    _require_sound(before, amount_fen, reason)
    if not reason:
        raise ReasonMissing
    target = AreaTarget(
        area_code=area_code,
        year=year,
        version=before.version + 1 if before else 1,
        amount_fen=amount_fen,
        reason=reason,
        set_at=at,
        set_by_id=by,
    )
    _add(target)
    record(
        "set_area_target",
        "area",
        area_code,
        by=by,
        at=at,
        year=year,
        version=target.version,
        amount_fen=amount_fen,
        reason=reason,
    )
    return target


def _require_sensible(year: int) -> None:
    if not year_is_sensible(year):
        raise YearOutOfRange


def _require_sound(before: Target | AreaTarget | None, amount_fen: int | None, reason: str) -> None:
    if amount_fen is None and (before is None or before.amount_fen is None):
        raise NothingToTakeBack
    if before is not None and not reason:
        raise ReasonMissing


def _lay_over_months(target: Target, amount_fen: int, typed: Sequence[int]) -> None:
    if target.spread is Spread.TYPED:
        months = tuple(typed)
        if len(months) != MONTHS_IN_YEAR or missing_fen(amount_fen, months):
            raise MonthsDoNotSum
    else:
        is_by_season = target.spread is Spread.SEASON
        masks = seasons_of(target.town_code, target.category_id) if is_by_season else {}
        months = spread_over(target.spread or Spread.EVEN, amount_fen, season_weights(masks))
    for name, fen in zip(MONTHS, months, strict=True):
        setattr(target, name, fen)


def _add(target: Target | AreaTarget) -> None:
    db.session.add(target)
    try:
        db.session.flush()
    except IntegrityError as race:
        raise SetMeanwhile from race

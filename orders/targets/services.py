"""Set what a town is to sell in a year. Earlier versions stay."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from orders.targets.errors import NoTargetHere, SetMeanwhile, YearOutOfRange
from orders.targets.models import Target
from orders.targets.queries import latest_version
from orders.targets.rules import year_is_sensible
from shop.accounts.audit.services import record
from shop.db import db
from shop.places.queries import get_town
from shop.places.rules import may_be_assisted


def set_target(
    town_code: str, year: int, amount_fen: int, reason: str, *, by: int | None, at: datetime
) -> Target:
    """Add a version of a town's yearly target; it holds from now on.

    Raises NotFound, NoTargetHere, YearOutOfRange, or SetMeanwhile when somebody else set the same
    target at the same moment.
    """
    if not may_be_assisted(town_code):
        raise NoTargetHere
    town = get_town(town_code)
    if not year_is_sensible(year):
        raise YearOutOfRange
    target = Target(
        town_code=town.code,
        year=year,
        version=latest_version(town.code, year) + 1,
        amount_fen=amount_fen,
        reason=reason,
        set_at=at,
        set_by_id=by,
    )
    db.session.add(target)
    try:
        db.session.flush()
    except IntegrityError as race:
        raise SetMeanwhile from race
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
    )
    return target

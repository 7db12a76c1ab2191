"""What a town's page says."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from orders.rollups.queries import sums_of
from orders.sales.queries import Slice
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.organisations.queries import may_sell
from shop.places.models import Town, TownDesignation
from shop.places.queries import holds_on

_EVERYWHERE = Scope(ScopeLevel.BUREAU, None)
_BEFORE_ANY_SALE = date(2000, 1, 1)


def get_assisted_town(code: str, day: date) -> Town:
    """Raises NotFound for a town that is not assisted on that day."""
    designated = select(TownDesignation.town_code).where(holds_on(day))
    town = db.session.scalar(select(Town).where(Town.code == code, Town.code.in_(designated)))
    if town is None:
        raise NotFound
    return town


def list_cooperatives_of(town_code: str) -> Sequence[Organisation]:
    """The cooperatives of a town that may sell."""
    query = (
        select(Organisation)
        .where(
            Organisation.town_code == town_code,
            may_sell(),
        )
        .order_by(Organisation.name)
    )
    return db.session.scalars(query).all()


def net_sales_fen(town_code: str, until: date) -> int:
    """What has been accepted from a town up to a day, less what was refunded."""
    ever = Slice(scope=_EVERYWHERE, since=_BEFORE_ANY_SALE, until=until, town_code=town_code)
    return sums_of(ever).net_fen

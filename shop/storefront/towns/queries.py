"""What a town's page says."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from orders.sales.models import SalesEntry
from shop.db import db, total
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.organisations.queries import may_sell
from shop.places.models import Town, TownDesignation
from shop.places.queries import holds_on


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


def net_sales_fen(town_code: str) -> int:
    """What has been accepted from a town through the shop, less what was refunded."""
    query = select(total(SalesEntry.net_fen)).where(SalesEntry.town_code == town_code)
    return db.session.scalar(query) or 0

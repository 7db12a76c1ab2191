"""Read yearly targets."""

from collections.abc import Sequence

from sqlalchemy import Row, and_, func, select

from orders.targets.models import Target
from shop.accounts.people.models import Account
from shop.db import db


def targets_in(year: int, prefix: str) -> dict[str, int]:
    """The targets in fen that hold for a year, by the codes of towns that begin so."""
    latest = (
        select(Target.town_code, func.max(Target.version).label("version"))
        .where(Target.year == year, Target.town_code.startswith(prefix, autoescape=True))
        .group_by(Target.town_code)
        .subquery()
    )
    query = select(Target.town_code, Target.amount_fen).join(
        latest,
        and_(
            Target.town_code == latest.c.town_code,
            Target.version == latest.c.version,
            Target.year == year,
        ),
    )
    return dict(db.session.execute(query).all())


def list_versions(year: int) -> Sequence[Row[Target, str]]:
    """Every version set for a year with the name of who set it; the newest of each town first."""
    query = (
        select(Target, Account.name)
        .outerjoin(Account, Account.id == Target.set_by_id)
        .where(Target.year == year)
        .order_by(Target.town_code, Target.version.desc())
    )
    return db.session.execute(query).all()


def latest_version(town_code: str, year: int) -> int:
    """The number of the version that holds; 0 where no target was set."""
    query = select(func.max(Target.version)).where(
        Target.town_code == town_code, Target.year == year
    )
    return db.session.scalar(query) or 0

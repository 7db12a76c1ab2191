"""Re-checks of cooperatives on every stage of their way. Call them inside a transaction."""

from datetime import datetime

from shop import clock
from shop.db import db
from shop.organisations.models import Organisation
from suppliers.rechecks.models import Recheck
from suppliers.rechecks.queries import find_open
from suppliers.rechecks.services import Confirmed, confirm, open_recheck


def opened(cooperative: Organisation, *, at: datetime | None = None) -> Recheck:
    """One whose time has come; those of the factories joined long ago."""
    assert open_recheck(cooperative.id, at=at or clock.now())
    return _open(cooperative)


def confirmed(
    cooperative: Organisation, manager_id: int, *, at: datetime | None = None, **changes: str
) -> Recheck:
    """One that waits for its signatures; it is opened if it is not yet."""
    now = at or clock.now()
    if find_open(cooperative.id) is None:
        opened(cooperative, at=now)
    told = {
        "name": cooperative.name,
        "contact": "黄社长",
        "phone": cooperative.phone,
        "village": cooperative.village,
    }
    confirm(cooperative.id, Confirmed(**(told | changes)), by=manager_id, at=now)
    return _open(cooperative)


def _open(cooperative: Organisation) -> Recheck:
    db.session.flush()
    found = find_open(cooperative.id)
    assert found is not None
    db.session.refresh(found)
    return found

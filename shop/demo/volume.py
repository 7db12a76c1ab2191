"""Volume for measuring: as many products and orders as asked for, in two transactions.

The rows are those that the services would have written one by one, except that audit rows, mails
and the provider's events are left out. Lots are drawn with a fixed seed. Names are plainly made up.
"""

from datetime import datetime, timedelta

from shop import invariants
from shop.accounts.people.services import hash_password
from shop.db import transaction
from shop.demo import accounts, crowd, people, stalls
from shop.demo.bulk import Bulk
from shop.demo.trade import DAYS, Trade

# A month to settle in before the first order.
SETTLED_BEFORE = timedelta(days=DAYS + 30)


class BrokenVolume(RuntimeError):
    """What was written breaks a rule that must always hold; the message lists which."""


def beginning(at: datetime) -> datetime:
    """When the history that leads up to ``at`` begins: load what a shop needs as of then."""
    return at - SETTLED_BEFORE


def fill(products: int, orders: int, at: datetime) -> None:
    """Fill an empty shop, and check what was written. The search index is not touched.

    Needs places, categories, the tariff and the texts. Raises BrokenVolume.
    """
    began = beginning(at)
    people.settle(began)
    password_hash = hash_password(accounts.PASSWORD)
    with transaction() as session:
        bulk = Bulk(session)
        stalls.open_for(bulk, products, password_hash, began)
        crowd.gather(bulk, orders, password_hash, began)
        stalls.set_targets(bulk, orders, at)
        bulk.finish()
    with transaction() as session:
        bulk = Bulk(session)
        Trade(bulk, at).place(orders)
        bulk.finish()
    broken = invariants.list_broken()
    if broken:
        raise BrokenVolume("\n".join(broken))

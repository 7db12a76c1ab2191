"""What the demo's cooperatives expect to harvest: some are right, some aren't, one says nothing."""

from datetime import datetime, timedelta

from catalog.expectations.queries import sum_harvested
from catalog.expectations.rules import Week, coming_weeks, week_of, weeks_from
from catalog.expectations.services import Said, expect
from catalog.products.models import Product
from catalog.products.queries import own_products
from catalog.products.rules import in_season
from shop import clock
from shop.db import db, transaction
from shop.demo.people import Seller

# How far back cooperatives have been saying, and over how many weeks a harvest is averaged.
SAID_BEFORE, AVERAGED = 4, 8
# What they expect, in percent of that average: as years go, not as one likes.
SHARES = (105, 80, 130, 95, 60, 115, 90, 150)
# A week of a product of which nothing was harvested lately, in grams.
FIRST_GUESS = 200_000
STEP = 5_000
# Every so many products are forgotten, and of every so many only the nearest weeks are known.
FORGOTTEN, SHORT_SIGHTED, NEAREST = 5, 3, 4


def announce(sellers: list[Seller], at: datetime) -> None:
    """All but the last cooperative say what they expect, week after week."""
    present = week_of(clock.day_of(at))
    for seller in sellers[:-1]:
        with transaction():
            query = own_products(seller.cooperative_id).where(Product.delisted_at.is_(None))
            for place, product in enumerate(db.session.scalars(query).all(), start=1):
                if place % FORGOTTEN:
                    _say(seller, product, place, present, at)


def _say(seller: Seller, product: Product, place: int, present: Week, at: datetime) -> None:
    harvested = sum_harvested(product.id, weeks_from(present.after(-AVERAGED), AVERAGED))
    usual = sum(harvested.values()) // AVERAGED or FIRST_GUESS
    given = {"by": seller.manager_id}
    for week in weeks_from(present.after(-SAID_BEFORE), SAID_BEFORE):
        said = [Said(week, _expected(product, week, usual, place), 0)]
        on_monday = clock.start_of(week.since) + timedelta(hours=8, minutes=place)
        expect(seller.cooperative_id, product.id, said, at=on_monday, **given)
    ahead = coming_weeks(clock.day_of(at))
    known = ahead if place % SHORT_SIGHTED else ahead[:NEAREST]
    said = [Said(week, _expected(product, week, usual, place), 0) for week in known]
    # Early on a Monday, hours ago was another week, from which the last of these was too far off.
    lately = max(at - timedelta(hours=place), clock.start_of(present.since))
    expect(seller.cooperative_id, product.id, said, at=lately, **given)


def _expected(product: Product, week: Week, usual: int, place: int) -> int:
    if not in_season(product.season_mask, week.until.month):
        return 0
    share = SHARES[(place * 3 + week.number) % len(SHARES)]
    return max(STEP, usual * share // 100 // STEP * STEP)

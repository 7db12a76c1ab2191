"""What tests of the shop window share: a few products of two towns, and a stranger."""

from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from catalog.products.models import Measure
from catalog.search.handlers import current_index
from catalog.search.services import rebuild
from shop import clock
from shop.db import db
from tests.factories.catalog import make_draft, make_product
from tests.factories.people import OTHER_TOWN, make_cooperative


@pytest.fixture
def this_month() -> int:
    return clock.day_of(clock.now()).month


@pytest.fixture
def stall(act, app, this_month) -> SimpleNamespace:
    """Four products: three can be bought, one is seasonal now, one out of season and sold out."""
    half_a_year_on = (this_month + 5) % 12 + 1

    def make() -> SimpleNamespace:
        inland = make_cooperative(name="示例石鼓农民专业合作社")
        coast = make_cooperative(OTHER_TOWN, name="示例程村农民专业合作社")
        oyster = make_product(
            coast,
            name="程村蚝",
            category="aquatic",
            months=[this_month],
            drawing="oyster",
            variants=[make_draft("蚝肉 2斤装", price_fen=20_000, net_weight_g=1000)],
        )
        sizes = [make_draft("10斤装", price_fen=9000), make_draft("3斤装", price_fen=3000)]
        potato = make_product(inland, name="番薯", category="vegetable", variants=sizes, stock=12)
        bottle = make_draft("1.8升", "瓶", 1640, Measure.VOLUME, 1800, 4680, perishable=False)
        oil = make_product(inland, name="花生油", category="grain-oil", variants=[bottle])
        out = make_product(inland, name="三华李", months=[half_a_year_on], stock=0)
        return SimpleNamespace(
            oyster=oyster.id,
            potato=potato.id,
            oil=oil.id,
            plum=out.id,
            inland=inland.id,
            coast=coast.id,
        )

    made = act(make)
    with app.app_context():
        rebuild(db.session(), current_index())
    return made


@pytest.fixture
def buyer(app) -> FlaskClient:
    """Somebody who has not signed in."""
    return app.test_client()

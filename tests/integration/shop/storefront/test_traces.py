"""The page behind a QR code: fast, the same for all, and one's own order only for oneself."""

from datetime import timedelta

import pytest

from catalog.batches.services import recall
from shop import clock
from tests.factories.catalog import make_batch, make_product
from tests.factories.orders import dispatched, paid, place
from tests.factories.people import make_administrator, make_resident, sign_in
from tests.parts.queries import counted_queries

MOST_QUERIES = 6


@pytest.fixture
def product(act):
    return act(make_product, batched=False)


@pytest.fixture
def batch(act, product):
    day = clock.day_of(clock.now()) - timedelta(days=1)
    return act(lambda: make_batch(product, harvested_on=day, at=clock.now()))


def test_everybody_reads_where_it_comes_from_and_who_answers_for_it(client, product, batch):
    page = client.get(f"/trace/{batch.code}").text
    for words in ("承诺达标合格证", product.name, "石鼓镇", "上村", "质量安全控制符合要求"):
        assert words in page
    assert "您的订单" not in page


def test_an_unknown_code_is_not_found(client, batch):
    assert client.get("/trace/NOSUCHCODE").status_code == 404
    assert client.get("/trace/NOSUCHCODE/qr.svg").status_code == 404


def test_only_the_buyer_reads_of_their_own_order(act, app, product, batch):
    buyer, other = act(make_resident), act(make_resident)
    order = act(lambda: dispatched(paid(place(buyer, {product.variants[0]: 2}))))
    own, stranger, nobody = (app.test_client() for _ in range(3))
    sign_in(own, buyer)
    sign_in(stranger, other)
    assert order.number in own.get(f"/trace/{batch.code}").text
    for client in (stranger, nobody):
        assert order.number not in client.get(f"/trace/{batch.code}").text
    shown = own.get(f"/orders/{order.number}").text
    assert f"/trace/{batch.code}" in shown


def test_a_recall_is_said_in_plain_words(act, client, product, batch):
    act(recall, batch.code, "农残超标", by=act(make_administrator).id, at=clock.now())
    page = client.get(f"/trace/{batch.code}").text
    assert "这一批已经召回，请不要食用。原因：农残超标" in page
    assert "badge-good" not in page


def test_who_comes_with_nothing_gets_a_page_that_may_be_kept(act, app, product, batch):
    fresh = app.test_client(use_cookies=False)
    first = fresh.get(f"/trace/{batch.code}")
    assert first.cache_control.public
    assert first.cache_control.max_age == 60
    assert "Set-Cookie" not in first.headers
    again = fresh.get(f"/trace/{batch.code}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    known = app.test_client()
    sign_in(known, act(make_resident))
    assert not known.get(f"/trace/{batch.code}").cache_control.public


def test_it_asks_little(act, app, product, batch):
    known, fresh = app.test_client(), app.test_client()
    sign_in(known, act(make_resident))
    for client in (known, fresh):
        client.get(f"/trace/{batch.code}")
        with counted_queries(app) as queries:
            assert client.get(f"/trace/{batch.code}").status_code == 200
        assert len(queries) <= MOST_QUERIES, queries


def test_the_code_leads_to_the_page(client, batch):
    drawing = client.get(f"/trace/{batch.code}/qr.svg")
    assert drawing.mimetype == "image/svg+xml"
    assert drawing.cache_control.public
    assert "style=" not in drawing.text


def test_a_products_page_names_the_newest_harvest(act, client, product, batch):
    old = clock.day_of(clock.now()) - timedelta(days=9)
    act(lambda: make_batch(product, harvested_on=old, at=clock.now()))
    page = client.get(f"/products/{product.id}").text
    assert f"/trace/{batch.code}" in page
    assert "承诺达标合格证" in page

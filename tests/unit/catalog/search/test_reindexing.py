"""The index follows the database: what is on sale is found, what is not is gone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from catalog.categories.models import Category
from catalog.products.models import Measure, Product, Variant
from catalog.search.gateways.port import SearchQuery, Sort
from catalog.search.gateways.whoosh import WhooshIndex
from catalog.search.queries import all_documents, documents_for
from catalog.search.services import rebuild, reindex
from shop.db import db, transaction
from shop.organisations.models import Organisation, OrganisationKind
from shop.places.models import City, County, Town

AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def index(tmp_path):
    return WhooshIndex(tmp_path)


@pytest.fixture
def cooperative(context):
    """An admitted cooperative of a made-up town, with a category to list in."""
    with transaction() as session:
        session.merge(City(code="990100", name="测试市"))
        session.merge(County(code="990101", name="样例县", city_code="990100"))
        session.merge(Town(code="990101101", name="示范镇", county_code="990101"))
        session.flush()
        if session.scalar(select(Category.id).limit(1)) is None:
            session.add(Category(slug="fruit", name="水果", position=1, certificate_covered=True))
        organisation = Organisation(
            kind=OrganisationKind.COOPERATIVE,
            name="示范镇样品种植合作社",
            credit_code="93" + "0" * 16,
            phone="00000000000",
            created_at=AT,
            town_code="990101101",
            admitted_at=AT,
        )
        session.add(organisation)
    return organisation


def list_product(cooperative, name="测试荔枝", **changes):
    values = {
        "cooperative_id": cooperative.id,
        "category_id": db.session.scalar(select(Category.id).limit(1)),
        "town_code": cooperative.town_code,
        "village": "上湾村",
        "name": name,
        "description": "清甜多汁",
        "season_mask": 0b110000,
        "listed_at": AT,
        "updated_at": AT,
    }
    with transaction() as session:
        product = Product(**values | changes)
        product.variants = [
            variant("5斤装", 6000, 2500, on_hand=3, held=3),
            variant("10斤装", 11000, 5000, on_hand=2, held=1),
        ]
        session.add(product)
    return product


def variant(spec, price_fen, grams, **changes):
    values = {
        "spec": spec,
        "unit": "箱",
        "net_weight_g": grams,
        "measure": Measure.WEIGHT,
        "measure_amount": grams,
        "price_fen": price_fen,
        "perishable": True,
    }
    return Variant(**values | changes)


def found(index, text):
    return set(index.search(SearchQuery(text=text)).product_ids)


def fresh():
    """A session that has not read yet, as a job has it."""
    db.session.rollback()
    return db.session()


def test_a_product_becomes_a_document_with_its_place_price_and_stock(cooperative):
    product = list_product(cooperative)
    [document] = documents_for(fresh(), [product.id])
    assert document.name == "测试荔枝"
    assert document.specs == "5斤装 10斤装"
    assert "上湾村" in document.description
    assert (document.town_name, document.county_name, document.city_name) == (
        *("示范镇", "样例县", "测试市"),
    )
    assert document.cooperative_name == "示范镇样品种植合作社"
    assert document.lowest_price_fen == 6000
    assert document.unit_price_millifen_per_500g == 1_100_000
    assert document.in_stock
    assert document.listed_at == AT


def test_goods_not_sold_by_weight_have_no_price_per_weight(cooperative):
    product = list_product(cooperative)
    with transaction():
        for one in product.variants:
            one.measure, one.measure_amount, one.held = Measure.PIECE, 1, one.on_hand
    [document] = documents_for(fresh(), [product.id])
    assert document.unit_price_millifen_per_500g is None
    assert not document.in_stock


def test_a_withdrawn_variant_does_not_count(cooperative):
    product = list_product(cooperative)
    with transaction():
        product.variants[1].withdrawn_at = AT
    [document] = documents_for(fresh(), [product.id])
    assert document.specs == "5斤装"
    assert document.unit_price_millifen_per_500g == 1_200_000
    assert not document.in_stock


def test_a_listing_is_found_changed_and_gone(cooperative, index):
    product = list_product(cooperative)
    reindex(fresh(), index, [product.id])
    assert found(index, "荔枝") == found(index, "示范镇") == found(index, "上湾") == {product.id}
    with transaction():
        product.name = "测试山楂"
    reindex(fresh(), index, [product.id])
    assert found(index, "荔枝") == set()
    assert found(index, "山楂") == {product.id}
    with transaction():
        product.delisted_at = AT
    reindex(fresh(), index, [product.id])
    assert index.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"suspended_at": AT + timedelta(days=1)},
        {"admitted_at": None},
    ],
)
def test_a_cooperative_that_may_not_sell_has_nothing_in_the_index(change, cooperative, index):
    product = list_product(cooperative)
    rebuild(fresh(), index)
    assert index.count() == 1
    with transaction():
        for name, value in change.items():
            setattr(cooperative, name, value)
    reindex(fresh(), index, [product.id])
    assert index.count() == 0
    rebuild(fresh(), index)
    assert index.count() == 0


def test_a_product_without_anything_to_buy_is_not_in_the_index(cooperative, index):
    product = list_product(cooperative)
    with transaction():
        for one in product.variants:
            one.withdrawn_at = AT
    rebuild(fresh(), index)
    assert index.count() == 0


def test_the_first_change_builds_an_index_that_is_missing(cooperative, index):
    first, second = list_product(cooperative), list_product(cooperative, "测试山楂")
    assert not index.ready()
    reindex(fresh(), index, [second.id])
    assert set(index.search(SearchQuery(sort=Sort.NEWEST)).product_ids) == {first.id, second.id}


def test_reading_many_products_takes_as_many_statements_as_reading_one(cooperative):
    statements = []

    def count(*arguments):
        statements.append(arguments[2])

    def statements_for_all():
        session = fresh()
        statements.clear()
        documents = list(all_documents(session))
        return len(documents), len(statements)

    list_product(cooperative)
    event.listen(db.engine, "before_cursor_execute", count)
    try:
        one = statements_for_all()
        for number in range(5):
            list_product(cooperative, f"测试荔枝{number}")
        six = statements_for_all()
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert (one[0], six[0]) == (1, 6)
    assert one[1] == six[1] <= 3

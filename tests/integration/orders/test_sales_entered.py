"""Sales that were not made online: what the ledger keeps of them, and how one is taken back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from orders.records.models import BuyerType
from orders.sales.errors import AlreadyReversed, NotReversible
from orders.sales.models import Channel, EntryKind, Mode, SalesEntry
from orders.sales.services import SaleFacts, enter_sale, reverse_sale
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_category, make_product
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import make_cooperative, make_resident

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
DAY = date(2026, 11, 20)


@pytest.fixture
def facts(act):
    def run():
        return SaleFacts(
            sold_on=DAY,
            cooperative_id=make_cooperative().id,
            category_id=make_category().id,
            product_id=None,
            product_name="白糖罂荔枝",
            spec="散装",
            unit="斤",
            quantity_milli=12_500,
            unit_price_fen=1000,
            amount_fen=12_500,
            net_weight_g=None,
            channel=Channel.FAIR,
            mode=Mode.DIRECT,
            buyer_type=BuyerType.UNION,
            buyer_unit="示例工会",
            buyer_district="香洲区",
            activity_name="十一月展销会",
        )

    return act(run)


def enter(act, facts, **changes):
    return act(lambda: enter_sale(replace(facts, **changes), by=None, at=NOW))


def reverse(act, entry, **choices):
    return act(lambda: reverse_sale(entry.id, "数量填错", by=None, at=NOW, **choices))


def test_a_sale_is_kept_with_where_it_came_from_and_parts_of_a_unit(act, facts):
    entry = enter(act, facts)
    assert (entry.quantity_milli, entry.net_fen, entry.net_weight_g) == (12_500, 12_500, None)
    assert (entry.sold_on, entry.counted_on, entry.month) == (DAY, DAY, "2026-11")
    assert (entry.town_name, entry.county_name, entry.category_name) != ("", "", "")
    assert entry.accepted_on == DAY


def test_a_late_sale_counts_on_a_later_day(act, facts):
    entry = enter(act, facts, sold_on=date(2026, 8, 3), counted_on=date(2026, 10, 1), note="迟报")
    assert (entry.sold_on, entry.month) == (date(2026, 8, 3), "2026-10")
    with pytest.raises(IntegrityError):
        enter(act, facts, counted_on=DAY - timedelta(days=1))


def test_a_reversal_leaves_nothing_of_its_sale_and_comes_once(act, facts):
    entry = enter(act, facts, net_weight_g=6250)
    reversal = reverse(act, entry)
    assert (reversal.kind, reversal.corrects_id) == (EntryKind.REVERSAL, entry.id)
    assert (reversal.amount_fen, reversal.net_fen) == (-12_500, -12_500)
    assert (reversal.quantity_milli, reversal.net_weight_g) == (-12_500, -6250)
    assert reversal.counted_on == entry.counted_on
    with pytest.raises(AlreadyReversed):
        reverse(act, entry)
    with pytest.raises(NotReversible):
        reverse(act, reversal)


def test_one_sale_stands_in_the_stead_of_a_reversed_one(act, facts):
    entry = enter(act, facts)
    reverse(act, entry)
    assert enter(act, facts, corrects_id=entry.id).corrects_id == entry.id
    with pytest.raises(IntegrityError):
        enter(act, facts, corrects_id=entry.id)


def test_what_was_sold_online_is_not_reversed(act):
    def run():
        product = make_product(make_cooperative(), stock=10)
        return accepted(dispatched(paid(place(make_resident(), {product.variants[0]: 2}))))

    act(run)
    online = act(lambda: db.session.scalars(select(SalesEntry)).one())
    assert (online.quantity_milli, online.sold_on) == (2000, online.counted_on)
    with pytest.raises(NotReversible):
        reverse(act, online)


def test_flask_check_names_a_reversal_that_takes_back_other_than_its_sale(act, app, facts):
    entry = enter(act, facts)
    copied = {c.name: getattr(entry, c.name) for c in SalesEntry.__table__.columns}
    del copied["id"]
    half = copied | {
        "kind": EntryKind.REVERSAL,
        "corrects_id": entry.id,
        "amount_fen": -6000,
        "net_fen": -6000,
        "quantity_milli": -6000,
    }
    assert act(list_broken) == []
    act(lambda: db.session.add(SalesEntry(**half)))
    assert any("take back other than" in sentence for sentence in act(list_broken))

"""Which batch goods leave with, and that nothing of a covered category leaves without one."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from catalog.batches.errors import BatchMissing, BatchNotUsable
from catalog.batches.models import Basis, Batch
from catalog.batches.services import certify, close_batch, recall
from catalog.products.models import Product
from orders.deliveries.models import PickAllocation, ShipmentLine
from orders.deliveries.services import dispatch
from orders.records.models import OrderLine, SubOrder
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_batch, make_draft, make_variant
from tests.factories.orders import NOW, paid, place
from tests.factories.people import make_resident
from tests.factories.pickups import make_point
from tests.parts.together import run_together

PARCELS = [("顺丰速运", "SF1234567890")]
BOX_G = 2500
LATER = NOW + timedelta(days=1)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def variant(act):
    """Litchis in boxes, of which no batch was written down."""
    return act(make_variant, stock=100, batched=False)


def harvest(act, variant, boxes, days_ago=0, **how):
    def make():
        product = db.session.get_one(Product, variant.product_id)
        day = NOW.date() - timedelta(days=days_ago)
        return make_batch(product, quantity_g=boxes * BOX_G, harvested_on=day, **how)

    return act(make)


def order(act, buyer, variant, units):
    return act(lambda: paid(place(buyer, {variant: units})).sub_orders[0])


def send(act, part, quantities=None, allocations=None):
    return act(
        dispatch,
        part.id,
        part.cooperative_id,
        PARCELS,
        quantities,
        allocations=allocations,
        by=None,
        at=LATER,
    )


def line_id(act, part):
    return act(
        lambda: db.session.scalars(select(OrderLine.id).filter_by(sub_order_id=part.id)).one()
    )


def picked(act):
    """Units by batch, in the order in which they were picked."""
    query = select(PickAllocation.batch_id, PickAllocation.quantity).order_by(PickAllocation.id)
    return act(lambda: [tuple(row) for row in db.session.execute(query)])


def left(act, batch):
    return act(lambda: db.session.get_one(Batch, batch.id).left_g // BOX_G)


def test_covered_goods_without_a_batch_stay_where_they_are(act, buyer, variant):
    part = order(act, buyer, variant, 2)
    with pytest.raises(BatchMissing, match="白糖罂荔枝"):
        send(act, part)
    assert picked(act) == []
    assert act(lambda: db.session.get_one(SubOrder, part.id).dispatched_at) is None


def test_a_batch_without_a_certificate_is_not_enough(act, buyer, variant):
    batch, part = harvest(act, variant, 10, certified=False), order(act, buyer, variant, 2)
    with pytest.raises(BatchMissing):
        send(act, part)
    product = act(lambda: db.session.get_one(Product, variant.product_id))
    act(certify, product.cooperative_id, batch.code, Basis.SELF_TESTED, by=None, at=NOW)
    send(act, part)
    assert picked(act) == [(batch.id, 2)]


def test_goods_for_a_pick_up_point_need_their_batch_too(act, buyer, variant):
    point = act(make_point)
    part = act(lambda: paid(place(buyer, {variant: 2}, point=point)).sub_orders[0])
    with pytest.raises(BatchMissing):
        send(act, part)
    batch = harvest(act, variant, 10)
    send(act, part)
    assert picked(act) == [(batch.id, 2)]


def test_what_was_harvested_first_leaves_first(act, buyer, variant):
    new, old = harvest(act, variant, 10), harvest(act, variant, 3, days_ago=4)
    send(act, order(act, buyer, variant, 5))
    assert picked(act) == [(old.id, 3), (new.id, 2)]
    assert (left(act, old), left(act, new)) == (0, 8)
    assert act(list_broken) == []


def test_a_person_may_choose_another_batch(act, buyer, variant):
    new, old = harvest(act, variant, 10), harvest(act, variant, 10, days_ago=4)
    part = order(act, buyer, variant, 5)
    send(act, part, allocations={line_id(act, part): {new.id: 4, old.id: 1}})
    assert sorted(picked(act)) == [(new.id, 4), (old.id, 1)]
    assert act(list_broken) == []


@pytest.mark.parametrize("units", [{"small": 3}, {"plenty": 1}, {"small": 1, "plenty": -1}, {}])
def test_a_choice_that_does_not_fit_is_refused(act, buyer, variant, units):
    batches = {"small": harvest(act, variant, 2), "plenty": harvest(act, variant, 50)}
    part = order(act, buyer, variant, 3)
    chosen = {batches[name].id: count for name, count in units.items()}
    with pytest.raises(BatchNotUsable):
        send(act, part, allocations={line_id(act, part): chosen})
    assert picked(act) == []


def test_another_products_batch_can_not_be_chosen(act, buyer, variant):
    other = act(make_variant, name="桂味荔枝")
    batch_id = act(
        lambda: db.session.scalars(select(Batch.id).filter_by(product_id=other.product_id)).one()
    )
    part = order(act, buyer, variant, 1)
    with pytest.raises(BatchNotUsable):
        send(act, part, allocations={line_id(act, part): {batch_id: 1}})


def test_several_sizes_share_a_batch_by_weight(act, buyer):
    drafts = [make_draft("5斤装", net_weight_g=2500), make_draft("1斤装", net_weight_g=500)]
    big = act(make_variant, variants=drafts, batched=False)
    small = act(lambda: db.session.get_one(Product, big.product_id).variants[1])
    batch = harvest(act, big, 2)
    part = act(lambda: paid(place(buyer, {big: 1, small: 6})).sub_orders[0])
    with pytest.raises(BatchMissing) as missing:
        send(act, part)
    assert missing.value.missing == 1
    lines = {
        line.variant_id: line.id
        for line in act(lambda: db.session.get_one(SubOrder, part.id).lines)
    }
    send(act, part, quantities={lines[big.id]: 1, lines[small.id]: 5})
    assert left(act, batch) == 0
    assert act(list_broken) == []


def test_a_recalled_or_used_up_batch_gives_nothing_more(act, buyer, variant):
    gone, bad, good = (harvest(act, variant, 10, days_ago=days) for days in (5, 4, 3))
    keeper = act(make_resident)
    product = act(lambda: db.session.get_one(Product, variant.product_id))
    act(close_batch, product.cooperative_id, gone.code, by=keeper.id, at=NOW)
    part = order(act, buyer, variant, 2)
    act(recall, bad.code, "农残超标", by=keeper.id, at=NOW)
    with pytest.raises(BatchNotUsable):
        send(act, part, allocations={line_id(act, part): {bad.id: 2}})
    send(act, part)
    assert picked(act) == [(good.id, 2)]


def test_goods_that_no_certificate_is_asked_for_leave_with_what_batches_there_are(act, buyer):
    rice = act(make_variant, name="示例大米", category="grain-oil")
    send(act, order(act, buyer, rice, 2))
    assert picked(act) == []
    batch = harvest(act, rice, 1, certified=False)
    send(act, order(act, buyer, rice, 2))
    assert picked(act) == [(batch.id, 1)]
    covered = select(ShipmentLine.certificate_covered)
    assert set(act(lambda: db.session.scalars(covered).all())) == {False}
    assert act(list_broken) == []


def test_two_parts_at_once_never_pick_more_than_a_batch_has(act, buyer, variant):
    batch = harvest(act, variant, 5)
    parts = [order(act, buyer, variant, 3) for _ in range(4)]
    results = run_together(*(lambda part=part: send(act, part) for part in parts))
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert {type(r) for r in results if isinstance(r, Exception)} == {BatchMissing}
    assert picked(act) == [(batch.id, 3)]
    assert act(list_broken) == []


def test_a_recall_and_a_shipment_at_once_leave_nothing_unsaid(act, buyer, variant):
    """Either the parcel left before and its buyer is on the list, or it stays here."""
    keeper = act(make_resident)
    for _ in range(4):
        batch, part = harvest(act, variant, 5), order(act, buyer, variant, 1)
        outcome = run_together(
            lambda part=part: send(act, part),
            lambda batch=batch: act(recall, batch.code, "农残超标", by=keeper.id, at=LATER),
        )
        assert not isinstance(outcome[1], Exception)
        sent = [units for id_, units in picked(act) if id_ == batch.id]
        assert sent == ([] if isinstance(outcome[0], BatchMissing) else [1])
    assert act(list_broken) == []


def test_the_database_itself_refuses_more_than_a_batch_has(act, variant):
    batch = harvest(act, variant, 1)
    too_much = update(Batch).where(Batch.id == batch.id).values(allocated_g=BOX_G + 1)
    with pytest.raises(IntegrityError, match="allocated_is_in_it"):
        act(lambda: db.session.execute(too_much))

"""Units called off before they were sent: which stock and money go back, and who wins a race."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog.products.models import Variant
from catalog.stock.queries import list_mismatches
from orders.deliveries.errors import NotToBeSent
from orders.deliveries.services import dispatch
from orders.payments.models import Payment
from orders.records.models import Order, SubOrder
from orders.refunds.errors import AlreadySent, NothingChosen, NotWaiting
from orders.refunds.models import Cancellation, Refund, Side
from orders.refunds.services.cancellations import cancel_order, cancel_units
from shop import clock
from shop.db import db
from shop.invariants import list_broken
from shop.outbox import OutboxMessage
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, dispatched, paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_resident,
    sign_in,
)
from tests.parts.pages import see, send
from tests.parts.together import run_together


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def seller(act):
    return act(make_cooperative)


@pytest.fixture
def variants(act, seller):
    """Two of one cooperative and one of another; each part is below the free-freight amount."""
    return act(
        lambda: [
            make_variant(seller, stock=50, price_fen=1000),
            make_variant(seller, stock=50, price_fen=333),
            make_variant(make_cooperative(), stock=50, price_fen=2500),
        ]
    )


@pytest.fixture
def order(act, buyer, variants):
    wanted = dict(zip(variants, (3, 5, 2), strict=True))
    return act(lambda: paid(place(buyer, wanted, at=clock.now())))


def parts_of(act, order):
    query = select(SubOrder).where(SubOrder.order_id == order.id).order_by(SubOrder.id)

    def read():
        parts = db.session.scalars(query).all()
        for part in parts:
            assert part.lines
            assert part.order
        return parts

    return act(read)


def cancel(act, part, units, side=Side.BUYER, by=None):
    return act(
        cancel_units, part, units, side=side, reason="买家取消", by=by, at=NOW + timedelta(hours=1)
    )


def sound(act):
    return act(list_broken) == [] and act(list_mismatches) == []


def held(act, variant):
    return act(lambda: db.session.get_one(Variant, variant.id)).held


def test_some_units_of_one_line_are_called_off_and_freight_stays(act, order, variants):
    part, _ = parts_of(act, order)
    line = part.lines[0]
    refund = cancel(act, part, {line.id: 2})
    assert refund.amount_fen == 2 * line.unit_price_fen
    assert held(act, variants[0]) == 1
    part, untouched = parts_of(act, order)
    assert part.lines[0].cancelled_quantity == 2
    assert (part.freight_refunded_fen, part.cancelled_at) == (0, None)
    assert (untouched.lines[0].cancelled_quantity, untouched.cancelled_at) == (0, None)
    assert sound(act)


def test_cancelling_one_cooperatives_part_leaves_the_others_and_returns_its_freight(
    act, order, variants
):
    part, other = parts_of(act, order)
    assert part.freight_fen > 0
    refund = cancel(act, part, None)
    assert refund.amount_fen == part.goods_fen + part.freight_fen
    gone, other = parts_of(act, order)
    assert gone.cancelled_at is not None
    assert (other.cancelled_at, other.lines[0].waiting_quantity) == (None, 2)
    assert (held(act, variants[0]), held(act, variants[2])) == (0, 2)
    act(dispatch, other.id, other.cooperative_id, [("顺丰速运", "SF1234567890")], by=None, at=NOW)
    with pytest.raises(NotToBeSent):
        act(dispatch, gone.id, gone.cooperative_id, [("顺丰速运", "SF1234567891")], by=None, at=NOW)
    assert sound(act)


def test_freight_goes_back_with_the_last_line_whatever_the_order_of_cancelling(act, order):
    part, _ = parts_of(act, order)
    first = cancel(act, part, {part.lines[0].id: part.lines[0].quantity})
    second = cancel(act, part, {part.lines[1].id: part.lines[1].quantity})
    assert first.amount_fen == part.lines[0].amount_fen
    assert second.amount_fen == part.lines[1].amount_fen + part.freight_fen
    assert sound(act)


def test_calling_everything_off_part_by_part_gives_back_exactly_what_was_paid(act, order):
    for part in parts_of(act, order):
        cancel(act, part, None)
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    assert payment.refunded_fen == payment.captured_fen == order.total_fen
    sent = act(lambda: db.session.scalars(select(OutboxMessage.kind)).all())
    assert "refund" in sent
    assert sound(act)


def test_the_rest_of_an_order_is_called_off_after_a_line_was(act, order, buyer):
    part, _ = parts_of(act, order)
    cancel(act, part, {part.lines[0].id: 1})
    act(cancel_order, order.id, reason="不要了", by=buyer.id, at=NOW)
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    assert payment.refunded_fen == order.total_fen
    with pytest.raises(AlreadySent):
        act(cancel_order, order.id, reason="不要了", by=buyer.id, at=NOW)
    assert sound(act)


@pytest.mark.parametrize(("quantity", "error"), [(4, NotWaiting), (0, NothingChosen)])
def test_more_than_waits_or_nothing_is_not_called_off(act, order, quantity, error):
    part, _ = parts_of(act, order)
    with pytest.raises(error):
        cancel(act, part, {part.lines[0].id: quantity})
    assert act(lambda: db.session.scalars(select(Refund)).all()) == []


def test_a_line_of_another_part_is_not_called_off(act, order):
    part, other = parts_of(act, order)
    with pytest.raises(NotWaiting):
        cancel(act, part, {other.lines[0].id: 1})


def test_what_was_sent_or_never_paid_is_not_called_off(act, buyer, order, variants):
    act(lambda: dispatched(db.session.get_one(Order, order.id)))
    part, _ = parts_of(act, order)
    for units in (None, {part.lines[0].id: 1}):
        with pytest.raises(NotWaiting):
            cancel(act, part, units)
    unpaid = act(place, buyer, {variants[0]: 1}, at=NOW)
    (part,) = parts_of(act, unpaid)
    with pytest.raises(AlreadySent):
        cancel(act, part, None)


def test_when_some_was_sent_the_rest_is_called_off_and_the_part_counts_as_sent(act, order):
    parts = parts_of(act, order)
    first = {parts[0].lines[0].id: 3}
    parcels = [("顺丰速运", "SF1234567890")]
    act(dispatch, parts[0].id, parts[0].cooperative_id, parcels, first, by=None, at=NOW)
    refund = cancel(act, parts[0], None)
    part, _ = parts_of(act, order)
    assert refund.amount_fen == part.lines[1].amount_fen
    assert (part.cancelled_at, part.dispatched_at is not None) == (None, True)
    assert part.freight_refunded_fen == 0
    assert sound(act)


def test_each_unit_is_either_sent_or_called_off_when_both_happen_at_once(app, act, order):
    """A dispatch and two cancellations race for one part; whatever wins, the books agree."""
    part, _ = parts_of(act, order)
    how = {"side": Side.BUYER, "reason": "不要了", "by": None, "at": NOW}
    parcels = [("顺丰速运", "SF1234567890")]

    def ship():
        act(dispatch, part.id, part.cooperative_id, parcels, by=None, at=NOW)
        return "sent"

    def call_off():
        act(cancel_units, part, None, **how)
        return "cancelled"

    answers = run_together(ship, call_off, call_off)
    lost = (NotToBeSent, NotWaiting, AlreadySent)
    outcomes = ["lost" if isinstance(answer, lost) else answer for answer in answers]
    assert sorted(outcomes) in (["cancelled", "lost", "lost"], ["lost", "lost", "sent"])
    assert len(act(lambda: db.session.scalars(select(Cancellation)).all())) == outcomes.count(
        "cancelled"
    )
    assert sound(act)


# ── On the screen ───────────────────────────────────────────────────────────────────────────────


def test_a_buyer_calls_two_units_off_on_the_page(act, app, buyer, order):
    client = app.test_client()
    sign_in(client, buyer)
    page = see(client, see(client, f"/orders/{order.number}").link("取消这家"))
    assert "运费不变" in page.text
    send(client, page.form("/cancellation"), line_1="2")
    shown = see(client, f"/orders/{order.number}").text
    assert "已取消 2 箱" in shown
    cancellation = act(lambda: db.session.scalars(select(Cancellation)).one())
    assert (cancellation.side, cancellation.by_id) == (Side.BUYER, buyer.id)


@pytest.mark.parametrize("value", ["4", "-1", "x", "1.5", "1000000000"])
def test_a_number_that_cannot_be_is_explained_beside_its_field(act, client, buyer, order, value):
    sign_in(client, buyer)
    part, _ = parts_of(act, order)
    address = f"/orders/{order.number}/parts/{part.number}/cancellation"
    answer = client.post(address, data={"line_1": value})
    assert answer.status_code == 422
    assert act(lambda: db.session.scalars(select(Refund)).all()) == []


def test_nothing_chosen_is_explained(act, client, buyer, order):
    sign_in(client, buyer)
    part, _ = parts_of(act, order)
    answer = client.post(f"/orders/{order.number}/parts/{part.number}/cancellation")
    assert answer.status_code == 409
    assert "请至少选一件" in answer.text


def test_a_cooperative_that_cannot_deliver_says_why_and_the_buyer_reads_it(
    act, app, buyer, seller, order
):
    manager = app.test_client()
    sign_in(manager, act(make_cooperative_member, seller))
    part, _ = parts_of(act, order)
    page = see(manager, see(manager, f"/cooperative/orders/{part.number}").link("发不了"))
    send(manager, page.form("/cancellation"), whole="y", reason="台风，没法采摘")
    assert "台风，没法采摘" in see(manager, f"/cooperative/orders/{part.number}").text
    owner = app.test_client()
    sign_in(owner, buyer)
    assert "台风，没法采摘" in see(owner, f"/orders/{order.number}").text
    letters = act(lambda: db.session.scalars(select(OutboxMessage)).all())
    told = [letter.payload for letter in letters if "units_cancelled" in letter.key]
    assert [letter["to"] for letter in told] == [buyer.email]


def test_a_cooperative_calls_off_only_its_own(act, app, order):
    manager = app.test_client()
    sign_in(manager, act(lambda: make_cooperative_member(make_cooperative())))
    part, _ = parts_of(act, order)
    answer = manager.post(
        f"/cooperative/orders/{part.number}/cancellation", data={"whole": "y", "reason": "没有货"}
    )
    assert answer.status_code == 404

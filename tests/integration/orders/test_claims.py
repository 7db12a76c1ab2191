"""Claims: who may make them and until when, what goes back, and what they hold up."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from catalog.products.models import Variant
from catalog.stock.queries import list_mismatches
from orders.claims import services
from orders.claims.errors import (
    ClaimOpen,
    NoReturn,
    NothingClaimed,
    NotYourTurn,
    OwnClaim,
    TooLate,
    TooLittleForReturn,
    WrongAmount,
)
from orders.claims.handlers import let_claims_run_out
from orders.claims.models import Claim, ClaimStep, Fault, StepKind
from orders.claims.queries import get_claim
from orders.claims.rules import ClaimState, claim_state
from orders.claims.services import Answer, ClaimDraft
from orders.deliveries.errors import NotToBeAccepted
from orders.deliveries.handlers import accept_unasked
from orders.deliveries.services import accept
from orders.payments.models import Payment
from orders.records.models import AcceptedBy, OrderLine, SubOrder
from orders.refunds.models import Refund, RefundItem, Side
from orders.refunds.services.cancellations import cancel_units
from orders.sales.models import EntryKind, SalesEntry
from shop import clock
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, accepted, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_resident,
)
from tests.parts.together import run_together

ARRIVED = NOW + timedelta(days=3)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def seller(act):
    return act(make_cooperative)


@pytest.fixture
def office(act):
    return act(make_administrator)


@pytest.fixture
def variants(act, seller):
    """Below the free-freight amount together, so that there is freight to give back."""
    return act(
        lambda: [
            make_variant(seller, stock=50, price_fen=1000),
            make_variant(seller, stock=50, price_fen=333, perishable=False),
        ]
    )


@pytest.fixture
def sent(act, buyer, variants):
    """The only part of an order that is on its way."""
    wanted = dict(zip(variants, (3, 5), strict=True))
    return part_of(act, act(lambda: dispatched(paid(place(buyer, wanted)))))


@pytest.fixture
def received(act, buyer, variants):
    """The only part of an order that the buyer confirmed at ARRIVED."""
    wanted = dict(zip(variants, (3, 5), strict=True))
    return part_of(act, act(lambda: accepted(dispatched(paid(place(buyer, wanted))), at=ARRIVED)))


def part_of(act, order):
    def read():
        part = db.session.scalars(
            select(SubOrder)
            .where(SubOrder.order_id == order.id)
            .execution_options(populate_existing=True)
        ).one()
        assert part.lines
        assert part.order
        return part

    return act(read)


def whole(part):
    return {line.id: line.quantity - line.cancelled_quantity for line in part.lines}


def claim_about(act, part, units=None, at=ARRIVED, by=None):
    draft = ClaimDraft(units or whole(part), Fault.SPOILED, "有三个是坏的")
    return act(services.open_claim, part.id, draft, by=by or part.order.account_id, at=at)


def answer(act, claim, goods_fen, at=ARRIVED, **how):
    act(services.answer, claim.id, Answer(goods_fen, "抱歉", **how), by=None, at=at)


def look(act, claim):
    return act(lambda: get_claim(claim.id))


def state(act, claim):
    return claim_state(look(act, claim))


def refunds(act):
    return [refund.amount_fen for refund in act(lambda: db.session.scalars(select(Refund)).all())]


def entries(act):
    query = select(SalesEntry).order_by(SalesEntry.id)
    return act(lambda: db.session.scalars(query).all())


def sound(act):
    return act(list_broken) == [] and act(list_mismatches) == []


# ── When ────────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_can_be_made_until_48_hours_after_arrival_and_not_a_second_longer(act, received):
    last = ARRIVED + timedelta(hours=48)
    with pytest.raises(TooLate):
        claim_about(act, received, at=last + timedelta(seconds=1))
    assert claim_about(act, received, at=last).due_at == last + timedelta(hours=24)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "Asia/Shanghai"])
def test_a_clock_in_another_zone_makes_the_window_neither_longer_nor_shorter(act, received, zone):
    last = (ARRIVED + timedelta(hours=48)).astimezone(ZoneInfo(zone))
    with pytest.raises(TooLate):
        claim_about(act, received, at=last + timedelta(minutes=1))
    claim = claim_about(act, received, at=last)
    assert look(act, claim).opened_at == last
    assert look(act, claim).opened_at.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_no_moment(act, received):
    with pytest.raises(TypeError):
        claim_about(act, received, at=datetime(2026, 11, 26, 2))  # noqa: DTZ001


def test_what_is_on_its_way_can_be_claimed_and_what_waits_cannot(act, buyer, variants, sent):
    claim_about(act, sent)
    waiting = part_of(act, act(lambda: paid(place(buyer, {variants[0]: 1}))))
    with pytest.raises(TooLate):
        claim_about(act, waiting)


def test_one_claim_about_a_part_is_open_at_a_time(act, sent):
    claim = claim_about(act, sent)
    with pytest.raises(ClaimOpen):
        claim_about(act, sent)
    act(services.withdraw, claim.id, by=sent.order.account_id, at=ARRIVED)
    claim_about(act, sent)


def test_two_claims_at_once_become_one(act, sent):
    def make():
        try:
            claim_about(act, sent)
        except ClaimOpen:
            return "refused"
        return "made"

    assert sorted(run_together(make, make)) == ["made", "refused"]


@pytest.mark.parametrize("quantity", [0, -1, 4, 10**9])
def test_units_that_were_not_received_cannot_be_claimed(act, sent, quantity):
    with pytest.raises(NothingClaimed):
        claim_about(act, sent, {sent.lines[0].id: quantity})


def test_a_line_of_another_order_cannot_be_claimed(act, sent, received):
    with pytest.raises(NothingClaimed):
        claim_about(act, sent, {received.lines[0].id: 1})


# ── What goes back ──────────────────────────────────────────────────────────────────────────────


def test_half_is_offered_and_taken(act, sent, buyer):
    claim = claim_about(act, sent, {sent.lines[0].id: 2})
    assert (claim.goods_fen, claim.freight_fen) == (2000, 0)
    answer(act, claim, 1000)
    assert state(act, claim) is ClaimState.OFFERED
    act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    assert state(act, claim) is ClaimState.REFUNDED
    assert refunds(act) == [1000]
    with pytest.raises(NotYourTurn):
        act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    assert refunds(act) == [1000]
    assert sound(act)


def test_all_of_a_part_goes_back_with_its_freight_and_some_of_it_without(act, sent, buyer):
    claim = claim_about(act, sent)
    assert claim.freight_fen == sent.freight_fen > 0
    answer(act, claim, claim.goods_fen)
    act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    assert refunds(act) == [sent.goods_fen + sent.freight_fen]
    assert sound(act)


def test_a_remainder_goes_to_a_line_and_never_above_what_was_paid_for_it(act, sent, buyer):
    """Partial refunds that sum above the capture by rounding: three claims of a third."""
    for part_of_it in (1555, 1555, 1555):
        claim = claim_about(act, sent)
        answer(act, claim, min(part_of_it, claim.goods_fen))
        act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    with pytest.raises(TooLate):
        claim_about(act, sent)
    lines = act(lambda: db.session.scalars(select(OrderLine)).all())
    assert all(line.refunded_fen == line.amount_fen for line in lines)
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    assert payment.refunded_fen == payment.captured_fen
    assert sum(refunds(act)) == payment.captured_fen
    assert sound(act)


@pytest.mark.parametrize("goods_fen", [-1, 2001, 10**12])
def test_more_than_was_claimed_is_not_offered(act, sent, goods_fen):
    claim = claim_about(act, sent, {sent.lines[0].id: 2})
    with pytest.raises(WrongAmount):
        answer(act, claim, goods_fen)


def test_a_refund_of_what_was_accepted_is_a_negative_in_its_own_month(act, received, buyer):
    at = ARRIVED + timedelta(hours=40)
    claim = claim_about(act, received, {received.lines[0].id: 2}, at=at)
    answer(act, claim, 1500, at=at)
    december = datetime(2026, 12, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    act(services.agree, claim.id, by=buyer.id, at=december)
    *sales, negative = entries(act)
    assert [sale.kind for sale in sales] == [EntryKind.SALE] * 2
    assert negative.corrects_id == sales[0].id
    assert (negative.kind, negative.month, negative.net_fen) == (
        EntryKind.REFUND,
        "2026-12",
        -1500,
    )
    assert (negative.quantity_milli, negative.net_weight_g) == (0, 0)
    assert sound(act)


def test_a_refund_before_acceptance_never_was_a_sale(act, sent, buyer):
    claim = claim_about(act, sent, {sent.lines[0].id: 2})
    answer(act, claim, 1500)
    act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    act(accept, sent.id, account_id=buyer.id, accepted_by=AcceptedBy.BUYER, at=ARRIVED)
    assert [entry.kind for entry in entries(act)] == [EntryKind.SALE] * 2
    assert entries(act)[0].net_fen == 1500
    assert sound(act)


# ── Goods that come back ────────────────────────────────────────────────────────────────────────


def test_sealed_goods_are_paid_back_when_they_have_come_back_and_are_in_stock_once(
    act, received, variants, buyer
):
    sealed = received.lines[1]
    claim = claim_about(act, received, {sealed.id: 2})
    answer(act, claim, claim.goods_fen, with_return=True)
    act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    assert state(act, claim) is ClaimState.TO_RETURN
    assert refunds(act) == []
    before = on_hand(act, variants[1])
    act(services.confirm_return, claim.id, by=None, at=ARRIVED)
    with pytest.raises(NotYourTurn):
        act(services.confirm_return, claim.id, by=None, at=ARRIVED)
    assert on_hand(act, variants[1]) == before + 2
    assert refunds(act) == [666]
    assert entries(act)[-1].quantity_milli == -2000
    assert entries(act)[-1].net_weight_g == -2 * sealed.net_weight_g
    assert sound(act)


def test_stock_comes_back_once_by_cancelling_and_once_by_returning_never_twice(
    act, buyer, variants
):
    """Two units called off, three sent and sent back: five in stock again, not more."""
    order = act(lambda: paid(place(buyer, {variants[1]: 5})))
    part = part_of(act, order)
    line_id = part.lines[0].id
    how = {"side": Side.BUYER, "reason": "不要了", "by": None, "at": NOW}
    act(cancel_units, part, {line_id: 2}, **how)
    act(lambda: dispatched(order_again(order)))
    assert on_hand(act, variants[1]) == 47
    part = part_of(act, order)
    with pytest.raises(NothingClaimed):
        claim_about(act, part, {line_id: 4})
    claim = claim_about(act, part, {line_id: 3})
    answer(act, claim, claim.goods_fen, with_return=True)
    act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    act(services.confirm_return, claim.id, by=None, at=ARRIVED)
    assert on_hand(act, variants[1]) == 50
    with pytest.raises(TooLate):
        claim_about(act, part, {line_id: 1})
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    assert payment.refunded_fen == payment.captured_fen
    assert sound(act)


@pytest.mark.parametrize("is_accepted", [False, True])
def test_goods_that_come_back_for_a_fen_each_are_in_the_books(act, buyer, seller, is_accepted):
    """The dearer line would take both fen by its share; the cheaper one's unit came back too."""
    cheap, dear = act(
        lambda: [make_variant(seller, price_fen=fen, perishable=False) for fen in (1, 9000)]
    )
    order = act(lambda: dispatched(paid(place(buyer, {cheap: 1, dear: 1}))))
    if is_accepted:
        act(lambda: accepted(order_again(order), at=ARRIVED))
    claim = claim_about(act, part_of(act, order))
    with pytest.raises(TooLittleForReturn):
        answer(act, claim, 1, with_return=True)
    answer(act, claim, 2, with_return=True)
    act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    act(services.confirm_return, claim.id, by=None, at=ARRIVED)
    items = act(lambda: db.session.scalars(select(RefundItem)).all())
    assert [(item.quantity, item.amount_fen) for item in items] == [(1, 1), (1, 1)]
    assert sound(act)


def test_perishables_are_never_asked_back(act, sent, variants):
    before = on_hand(act, variants[0])
    claim = claim_about(act, sent, {sent.lines[0].id: 1})
    with pytest.raises(NoReturn):
        answer(act, claim, 1000, with_return=True)
    answer(act, claim, 1000)
    act(services.agree, claim.id, by=None, at=ARRIVED)
    assert on_hand(act, variants[0]) == before
    items = act(lambda: db.session.scalars(select(RefundItem)).all())
    assert [item.quantity for item in items] == [0]


def order_again(order):
    return db.session.get_one(type(order), order.id)


def on_hand(act, variant):
    return act(lambda: db.session.get_one(Variant, variant.id)).on_hand


# ── Whose turn it is ────────────────────────────────────────────────────────────────────────────


def test_a_refusal_goes_to_the_platform_which_decides(act, sent, buyer, office):
    claim = claim_about(act, sent, {sent.lines[0].id: 2})
    answer(act, claim, 0)
    assert state(act, claim) is ClaimState.REFUSED
    act(services.escalate, claim.id, "照片看得很清楚", by=buyer.id, at=ARRIVED)
    assert state(act, claim) is ClaimState.ESCALATED
    act(services.decide, claim.id, Answer(700, "退一部分"), by=office.id, at=ARRIVED)
    assert state(act, claim) is ClaimState.REFUNDED
    assert refunds(act) == [700]
    with pytest.raises(NotYourTurn):
        act(services.decide, claim.id, Answer(700, "再退"), by=office.id, at=ARRIVED)
    assert sound(act)


def test_the_platform_may_refuse_too(act, sent, buyer, office):
    claim = claim_about(act, sent)
    answer(act, claim, 0)
    act(services.escalate, claim.id, "", by=buyer.id, at=ARRIVED)
    act(services.decide, claim.id, Answer(0, "没有问题"), by=office.id, at=ARRIVED)
    assert state(act, claim) is ClaimState.REJECTED
    assert refunds(act) == []


def test_nobody_decides_a_claim_to_which_they_are_a_party(act, sent, seller):
    manager = act(make_cooperative_member, seller)
    claim = claim_about(act, sent)
    act(services.escalate, claim.id, "", by=None, at=ARRIVED)
    for party in (manager, sent.order.account_id):
        with pytest.raises(OwnClaim):
            act(
                services.decide,
                claim.id,
                Answer(0, "没有问题"),
                by=getattr(party, "id", party),
                at=ARRIVED,
            )


def test_a_claim_that_nobody_answers_goes_to_the_platform_by_itself(act, app, sent):
    claim = claim_about(act, sent)
    with app.app_context():
        assert let_claims_run_out(ARRIVED + timedelta(hours=24)) == 0
        assert let_claims_run_out(ARRIVED + timedelta(hours=24, seconds=1)) == 1
        assert let_claims_run_out(ARRIVED + timedelta(hours=25)) == 0
    assert state(act, claim) is ClaimState.ESCALATED
    assert look(act, claim).steps[-1].by_id is None


def test_silence_takes_an_offer_and_lets_a_refusal_rest(act, app, sent, received):
    offered, refused = claim_about(act, sent), claim_about(act, received)
    answer(act, offered, 500)
    answer(act, refused, 0)
    with app.app_context():
        assert let_claims_run_out(ARRIVED + timedelta(hours=72, seconds=1)) == 2
    assert state(act, offered) is ClaimState.REFUNDED
    assert state(act, refused) is ClaimState.LAPSED
    assert refunds(act) == [500]
    assert sound(act)


def test_goods_that_never_come_back_bring_the_platform_in(act, app, received, buyer):
    claim = claim_about(act, received, {received.lines[1].id: 1})
    answer(act, claim, claim.goods_fen, with_return=True)
    act(services.agree, claim.id, by=buyer.id, at=ARRIVED)
    with app.app_context():
        assert let_claims_run_out(ARRIVED + timedelta(days=10, seconds=1)) == 1
    assert state(act, claim) is ClaimState.ESCALATED


def test_out_of_turn_nothing_happens(act, sent, buyer, office):
    claim = claim_about(act, sent)
    for service, given in (
        (services.agree, ()),
        (services.confirm_return, ()),
        (services.escalate, ("",)),
        (services.decide, (Answer(1, ""),)),
    ):
        with pytest.raises(NotYourTurn):
            act(service, claim.id, *given, by=office.id, at=ARRIVED)
    answer(act, claim, 100)
    with pytest.raises(NotYourTurn):
        answer(act, claim, 100)
    kinds = act(lambda: db.session.scalars(select(ClaimStep.kind)).all())
    assert kinds == [StepKind.MADE, StepKind.OFFERED]


# ── Acceptance ──────────────────────────────────────────────────────────────────────────────────


def test_an_open_claim_stops_acceptance_until_it_is_settled(act, app, sent, buyer):
    claim = claim_about(act, sent)
    day = clock.start_of(sent.promised_on + timedelta(days=9))
    with app.app_context():
        assert accept_unasked(day) == 0
    with pytest.raises(NotToBeAccepted):
        act(accept, sent.id, account_id=buyer.id, accepted_by=AcceptedBy.BUYER, at=day)
    act(services.withdraw, claim.id, by=buyer.id, at=day)
    with app.app_context():
        assert accept_unasked(day) == 1


def test_of_auto_acceptance_and_a_claim_at_once_the_books_tell_one_story(act, sent, buyer):
    """Whichever is first: an open claim about what was not accepted, or one about a sale."""
    day = clock.start_of(sent.promised_on + timedelta(days=9))

    def accept_by_itself():
        try:
            act(accept, sent.id, account_id=None, accepted_by=AcceptedBy.SYSTEM, at=day)
        except NotToBeAccepted:
            return "held back"
        return "accepted"

    outcome, claim = run_together(accept_by_itself, lambda: claim_about(act, sent, at=day))
    answer(act, claim, 1000, at=day)
    act(services.agree, claim.id, by=buyer.id, at=day)
    kinds = [entry.kind for entry in entries(act)]
    if outcome == "accepted":
        assert kinds.count(EntryKind.REFUND) >= 1
    else:
        assert kinds == []
        act(accept, sent.id, account_id=None, accepted_by=AcceptedBy.SYSTEM, at=day)
    kept = sent.goods_fen - 1000
    assert sum(entry.net_fen for entry in entries(act)) == kept
    assert act(lambda: db.session.scalars(select(Claim)).one()).closed_at is not None
    assert sound(act)

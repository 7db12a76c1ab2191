"""Settlement statements: what is ripe, once, frozen, and never above what was received."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from catalog.batches.models import Batch
from catalog.batches.services import recall
from catalog.products.models import Variant
from catalog.stock.services import receive
from orders.claims import services as claims
from orders.claims.models import Fault
from orders.commissions.services import set_rate
from orders.payments.models import Payment
from orders.records.models import Order, SubOrder
from orders.transfers.services.matches import confirm_match, propose_match
from shop.accounts.people.models import Account
from shop.clock import day_of
from shop.db import db, transaction
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from suppliers.settlements.errors import AboveReceived
from suppliers.settlements.handlers import make_statements
from suppliers.settlements.models import SettlementStatement
from suppliers.settlements.queries.ledger import payable_fen
from suppliers.settlements.services.payouts import prepare_batch, release_batch
from tests.factories.catalog import NOW, make_variant
from tests.factories.orders import accepted, dispatched, place
from tests.factories.people import make_enterprise_member, make_finance, make_resident
from tests.factories.settlements import (
    ARRANGEMENT,
    SETTLED,
    bank_account,
    refund_line,
    sell,
    settle,
)
from tests.factories.transfers import received
from tests.parts.together import run_together

HALF_A_MONTH = timedelta(days=15)
TODAY = day_of(NOW)


@pytest.fixture
def market(act):
    """A buyer and a variant at 100.00 with a freight of 10.00, at a commission of 5 %."""

    def run() -> dict[str, int]:
        set_rate(None, 500, TODAY, "开业费率", by=None, at=NOW)
        variant, buyer = make_variant(price_fen=9000), make_resident()
        seller = variant.product.cooperative_id
        return {"variant": variant.id, "buyer": buyer.id, "seller": seller}

    return act(run)


def buy(market, units=1, *, at=NOW):
    variant = db.session.get_one(Variant, market["variant"])
    return sell(db.session.get_one(Account, market["buyer"]), {variant: units}, at=at)


def sums(statement):
    names = "opening_fen paid_fen goods_fen freight_fen refunds_fen commission_fen closing_fen"
    return [getattr(statement, name) for name in names.split()]


def sound(app):
    with app.app_context():
        assert list_broken() == []


def test_a_statement_holds_what_was_accepted_less_the_commission(app, act, market):
    act(buy, market)
    statement = act(settle, market["seller"])
    assert sums(statement) == [0, 0, 9000, 1000, 0, -450, 9550]
    assert (str(statement.period_from), str(statement.period_until)) == ("2026-11-16", "2026-11-30")
    assert act(payable_fen, market["seller"]) == 9550
    sound(app)


def test_a_statement_that_is_run_twice_is_made_once(app, act, market):
    act(buy, market)
    with app.app_context():
        assert [make_statements(SETTLED) for _ in range(3)] == [1, 0, 0]
    assert act(settle, market["seller"]) is None
    assert act(lambda: db.session.scalar(select(func.count(SettlementStatement.id)))) == 1
    sound(app)


def test_two_workers_at_once_make_one_statement(app, act, market):
    for _ in range(3):
        act(buy, market)

    def run():
        with app.app_context(), transaction():
            statement = settle(market["seller"])
            return None if statement is None else statement.id

    made = run_together(run, run, run)
    assert len([each for each in made if isinstance(each, int)]) == 1
    assert all(each is None or isinstance(each, int | IntegrityError) for each in made)
    assert act(payable_fen, market["seller"]) > 0
    sound(app)


def test_what_can_still_be_claimed_about_waits_for_the_next_period(app, act, market):
    """The second arrived on 29 November: its window ends on 1 December."""
    act(buy, market, at=NOW + timedelta(days=2))
    act(buy, market, at=NOW + timedelta(days=3))
    assert sums(act(settle, market["seller"]))[2] == 9000
    assert sums(act(settle, market["seller"], at=SETTLED + HALF_A_MONTH))[2] == 9000
    sound(app)


def test_what_a_claim_is_open_about_is_held_until_it_is_settled(app, act, market):
    order_id = act(lambda: buy(market).id)
    claim_id = act(_complain, order_id)
    assert act(settle, market["seller"]) is None
    act(claims.escalate, claim_id, "", by=None, at=SETTLED)
    act(claims.decide, claim_id, claims.Answer(2000), by=_stranger(act), at=SETTLED)
    # Decided after the period was over: the period's statement does not change any more.
    assert act(settle, market["seller"]) is None
    statement = act(settle, market["seller"], at=SETTLED + HALF_A_MONTH)
    assert sums(statement) == [0, 0, 9000, 1000, -2000, -350, 7650]
    sound(app)


def test_what_is_called_back_after_it_was_settled_is_taken_back_next_time(app, act, market):
    order_id = act(lambda: buy(market).id)
    assert sums(act(settle, market["seller"]))[-1] == 9550
    later = SETTLED + timedelta(days=2)
    by = _stranger(act)
    act(lambda: recall(db.session.scalars(select(Batch.code)).one(), "农残超标", by=by, at=later))
    claim_id = act(_complain, order_id, later + timedelta(hours=1))
    sound(app)
    act(claims.escalate, claim_id, "", by=None, at=later + timedelta(days=2))
    act(claims.decide, claim_id, claims.Answer(9000), by=by, at=later + timedelta(days=2))
    statement = act(settle, market["seller"], at=SETTLED + HALF_A_MONTH)
    assert sums(statement)[0] == 9550
    assert statement.refunds_fen == -10000
    sound(app)


def test_a_refund_after_the_settlement_is_a_clawback_in_the_next_one(app, act, market):
    order_id = act(lambda: buy(market).id)
    act(settle, market["seller"])
    act(_refund, order_id, 9000, 1000)
    assert act(payable_fen, market["seller"]) == 0
    statement = act(settle, market["seller"], at=SETTLED + HALF_A_MONTH)
    assert sums(statement) == [9550, 0, 0, 0, -10000, 450, 0]
    sound(app)


def test_who_owes_more_than_they_gained_carries_it_into_the_next_statement(app, act, market):
    order_id = act(lambda: buy(market).id)
    act(settle, market["seller"])
    act(_pay_out_all, market["seller"])
    act(_refund, order_id, 9000, 0, days=9)
    second = act(settle, market["seller"], at=SETTLED + HALF_A_MONTH)
    assert sums(second) == [9550, -9550, 0, 0, -9000, 450, -8550]
    assert act(payable_fen, market["seller"]) == -8550
    act(buy, market, at=SETTLED + HALF_A_MONTH)
    third = act(settle, market["seller"], at=SETTLED + timedelta(days=32))
    assert sums(third) == [-8550, 0, 9000, 1000, 0, -450, 1000]
    sound(app)


def test_a_rate_that_changes_in_the_middle_of_a_period_holds_for_later_orders_only(
    app, act, market
):
    act(set_rate, market["seller"], 1000, TODAY + timedelta(days=2), "新合同", by=None, at=NOW)
    for days in (0, 1, 2):
        act(buy, market, at=NOW + timedelta(days=days))
    assert sums(act(settle, market["seller"]))[5] == -450 - 450 - 900
    sound(app)


def test_nothing_is_settled_above_what_was_received(act, market):
    """Even if somebody mends the books by hand: the service refuses, and the table behind it."""
    order_id = act(lambda: buy(market).id)
    update_line = "UPDATE order_line SET refunded_fen = 5000"
    act(lambda: db.session.execute(text(update_line)))
    with pytest.raises(AboveReceived):
        act(settle, market["seller"])
    act(lambda: db.session.execute(text(update_line.replace("5000", "0"))))
    act(settle, market["seller"])
    above = (
        "INSERT INTO settled_part (sub_order_id, statement_id, received_fen, refunded_fen,"
        " settled_fen) VALUES (99, 1, 100, 1, 100)"
    )
    with pytest.raises(IntegrityError):
        act(lambda: db.session.execute(text(above)))
    assert act(lambda: db.session.get_one(Order, order_id).paid_at) is not None


def test_one_cooperative_that_cannot_be_settled_keeps_no_other_waiting(app, act, market):
    act(buy, market)
    other = act(lambda: _sell_elsewhere(market))
    spoil = f"UPDATE order_line SET refunded_fen = 5000 WHERE cooperative_id = {market['seller']}"
    act(lambda: db.session.execute(text(spoil)))
    with app.app_context():
        assert make_statements(SETTLED) == 1
    settled = act(lambda: db.session.scalars(select(SettlementStatement.cooperative_id)).one())
    assert settled == other


def test_a_statement_is_frozen(act, market):
    act(buy, market)
    act(settle, market["seller"])
    for table in ("settlement_statement", "statement_entry", "settled_part"):
        with pytest.raises(DBAPIError, match="append-only"):
            act(lambda table=table: db.session.execute(text(f"DELETE FROM {table}")))


def test_a_refund_and_a_settlement_at_once_count_each_fen_once(app, act, market):
    """Whichever comes first: the statement holds the refund, or the next one claws it back."""
    order_id = act(lambda: buy(market, 3).id)

    def refund():
        with app.app_context(), transaction():
            order = db.session.get_one(Order, order_id)
            return refund_line(order, 10_000, at=SETTLED).id

    def run():
        with app.app_context(), transaction():
            return settle(market["seller"]) and "settled"

    results = run_together(refund, run)
    assert [type(each) for each in results] == [int, str]
    sound(app)
    act(settle, market["seller"], at=SETTLED + HALF_A_MONTH)
    assert act(payable_fen, market["seller"]) == 27_000 + _freight(act) - 10_000 - 850
    sound(app)


def test_transfers_and_harvests_sold_in_advance_are_settled_like_everything_else(app, act, market):
    """Money that came by bank transfer is received, and a pre-sold part is a part."""

    def run():
        variant = db.session.get_one(Variant, market["variant"])
        variant.presale_ships_on, variant.presale_cap = TODAY + timedelta(days=1), 500
        member = make_enterprise_member()
        db.session.flush()
        order = place(member, {variant: 101}, for_unit=True, transfer_days=5)
        assert order.sub_orders[0].lines[0].is_presold
        payment = db.session.scalars(select(Payment).filter_by(order_id=order.id)).one()
        first, second = make_finance(), make_finance()
        db.session.flush()
        receipt = received(order.total_fen, "货款", by=first.id)
        match = propose_match([receipt.id], payment.id, "电话核对", by=first.id, at=NOW)
        confirm_match(match.id, by=second.id, at=NOW)
        receive(variant.id, 200, by=None, at=NOW)
        db.session.refresh(order)
        accepted(dispatched(order))

    act(run)
    statement = act(settle, market["seller"])
    assert statement.goods_fen == 101 * 9000
    assert statement.commission_fen == -101 * 450
    sound(app)


def _complain(order_id, at=None):
    order = db.session.get_one(Order, order_id)
    part = order.sub_orders[0]
    draft = claims.ClaimDraft({part.lines[0].id: 1}, Fault.SPOILED, "有坏的")
    at = at or part.arrived_at + timedelta(hours=1)
    return claims.open_claim(part.id, draft, by=order.account_id, at=at).id


def _stranger(act):
    return act(lambda: make_resident().id)


def _refund(order_id, goods_fen, freight_fen, *, days=8):
    order = db.session.get_one(Order, order_id)
    refund_line(order, goods_fen, freight_fen, at=NOW + timedelta(days=days, hours=1))


def _pay_out_all(cooperative_id):
    first, second = make_finance(), make_finance()
    db.session.flush()
    bank_account(db.session.get_one(Organisation, cooperative_id), first)
    batch = prepare_batch(ARRANGEMENT, by=first.id, at=SETTLED)
    assert release_batch(batch.id, ARRANGEMENT, by=second.id, at=SETTLED) == 0


def _sell_elsewhere(market):
    variant = make_variant()
    sell(db.session.get_one(Account, market["buyer"]), {variant: 1})
    return variant.product.cooperative_id


def _freight(act):
    return act(lambda: db.session.scalars(select(SubOrder.freight_fen)).one())

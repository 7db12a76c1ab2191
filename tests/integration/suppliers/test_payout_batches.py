"""Payouts: prepared by one, released by another, answered by the bank; no fen is paid twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from catalog.products.models import Variant
from orders.commissions.services import set_rate
from orders.records.models import Order
from shop.accounts.people.models import Account
from shop.clock import day_of
from shop.db import db, transaction
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from suppliers.settlements.errors import (
    BatchDecided,
    NoArrangement,
    NothingLeftToPay,
    NothingToPay,
    RowAnswered,
    SamePerson,
)
from suppliers.settlements.models import Outcome, PayableEntry, PayoutBatch, PayoutRow
from suppliers.settlements.queries.ledger import payable_fen
from suppliers.settlements.services.payouts import (
    mark_paid,
    mark_returned,
    prepare_batch,
    reject_batch,
    release_batch,
)
from tests.factories.catalog import NOW, make_variant
from tests.factories.people import make_finance, make_resident
from tests.factories.settlements import (
    ARRANGEMENT,
    SETTLED,
    bank_account,
    refund_line,
    sell,
    settle,
)
from tests.parts.together import run_together

# What each of the two cooperatives was settled: 90.00 of goods, 10.00 of freight, 5 % of the goods.
EACH = 9550


@pytest.fixture
def owed(act):
    """Two cooperatives that were settled, and two people of finance."""

    def run() -> dict[str, int]:
        set_rate(None, 500, day_of(NOW), "开业费率", by=None, at=NOW)
        buyer, first, second = make_resident(), make_finance(), make_finance()
        things = {"buyer": buyer.id, "first": first.id, "second": second.id}
        for name in ("one", "two"):
            variant = make_variant(price_fen=9000)
            seller = db.session.get_one(Organisation, variant.product.cooperative_id)
            bank_account(seller, first)
            things |= {name: seller.id, f"{name}_variant": variant.id}
            things[f"{name}_order"] = sell(buyer, {variant: 1}).id
        db.session.flush()
        things |= {"first": first.id, "second": second.id, "buyer": buyer.id}
        for name in ("one", "two"):
            settle(things[name])
        return things

    return act(run)


def prepare(act, owed, by="first"):
    return act(lambda: prepare_batch(ARRANGEMENT, by=owed[by], at=SETTLED).id)


def release(act, owed, batch_id, by="second"):
    return act(release_batch, batch_id, ARRANGEMENT, by=owed[by], at=SETTLED)


def outcomes(act):
    query = select(PayoutRow.outcome).order_by(PayoutRow.id)
    return act(lambda: db.session.scalars(query).all())


def rows_of(act, batch_id):
    query = select(PayoutRow.id).filter_by(batch_id=batch_id).order_by(PayoutRow.id)
    return act(lambda: db.session.scalars(query).all())


def sound(app):
    with app.app_context():
        assert list_broken() == []


def test_what_one_prepares_another_releases(app, act, owed):
    batch_id = prepare(act, owed)
    assert act(payable_fen, owed["one"]) == EACH
    assert release(act, owed, batch_id) == 0
    assert act(payable_fen, owed["one"]) == 0
    assert outcomes(act) == [Outcome.RELEASED, Outcome.RELEASED]
    sound(app)


def test_nobody_releases_their_own_batch(act, owed):
    batch_id = prepare(act, owed)
    with pytest.raises(SamePerson):
        release(act, owed, batch_id, by="first")
    by_hand = update(PayoutBatch).values(
        decision="released", decided_by_id=owed["first"], decided_at=SETTLED
    )
    with pytest.raises(IntegrityError):
        act(lambda: db.session.execute(by_hand))


def test_without_a_licensed_arrangement_nothing_is_prepared_or_released(act, owed):
    with pytest.raises(NoArrangement):
        act(prepare_batch, "", by=owed["first"], at=SETTLED)
    batch_id = prepare(act, owed)
    with pytest.raises(NoArrangement):
        act(release_batch, batch_id, "", by=owed["second"], at=SETTLED)


def test_what_waits_in_one_batch_is_not_prepared_in_another(act, owed):
    prepare(act, owed)
    with pytest.raises(NothingToPay):
        prepare(act, owed, by="second")


def test_a_cooperative_without_a_bank_account_waits(act, owed):
    act(lambda: db.session.execute(text("UPDATE bank_account SET replaced_at = consented_at")))
    with pytest.raises(NothingToPay):
        prepare(act, owed)


def test_two_people_who_prepare_at_once_prepare_one_batch(app, act, owed):
    def run(by):
        def prepare_one():
            with app.app_context(), transaction():
                return prepare_batch(ARRANGEMENT, by=owed[by], at=SETTLED).id

        return prepare_one

    results = run_together(run("first"), run("second"))
    made = [each for each in results if isinstance(each, int)]
    assert len(made) == 1
    assert all(isinstance(e, int | IntegrityError | NothingToPay) for e in results)
    assert len(rows_of(act, made[0])) == 2


def test_two_people_who_release_at_once_pay_once(app, act, owed):
    third = act(lambda: make_finance().id)
    batch_id = prepare(act, owed)

    def run(by):
        def release_one():
            with app.app_context(), transaction():
                return release_batch(batch_id, ARRANGEMENT, by=by, at=SETTLED)

        return release_one

    results = run_together(run(owed["second"]), run(third))
    assert results.count(0) == 1
    assert len([each for each in results if isinstance(each, BatchDecided)]) == 1
    entries = select(PayableEntry.amount_fen).where(PayableEntry.kind == "payout")
    assert act(lambda: db.session.scalars(entries).all()) == [-EACH, -EACH]
    sound(app)


def test_released_and_sent_back_at_once_it_is_one_of_both(app, act, owed):
    batch_id = prepare(act, owed)

    def let_go():
        with app.app_context(), transaction():
            release_batch(batch_id, ARRANGEMENT, by=owed["second"], at=SETTLED)
            return Outcome.RELEASED

    def send_back():
        with app.app_context(), transaction():
            reject_batch(batch_id, "金额不对", by=owed["first"], at=SETTLED)
            return Outcome.REJECTED

    done = [each for each in run_together(let_go, send_back) if isinstance(each, Outcome)]
    assert len(done) == 1
    assert outcomes(act) == done * 2
    assert act(payable_fen, owed["one"]) == (0 if done == [Outcome.RELEASED] else EACH)
    sound(app)


def test_a_refund_between_preparing_and_releasing_leaves_its_row_behind(app, act, owed):
    batch_id = prepare(act, owed)
    act(_refund, owed["one_order"], 1000)
    assert release(act, owed, batch_id) == 1
    assert outcomes(act) == [Outcome.LEFT_OUT, Outcome.RELEASED]
    # It is prepared anew with what is left, and the next statement counts the refund once.
    again = prepare(act, owed)
    assert release(act, owed, again) == 0
    left = act(lambda: db.session.scalars(select(PayoutRow.amount_fen).filter_by(batch_id=again)))
    assert list(left) == [EACH - 950]
    statement = act(settle, owed["one"], at=SETTLED + timedelta(days=15))
    assert statement.closing_fen == 0
    sound(app)


def test_a_refund_and_a_release_at_once_never_pay_what_is_not_owed(app, act, owed):
    batch_id = prepare(act, owed)

    def refund():
        with app.app_context(), transaction():
            _refund(owed["one_order"], 1000)
            return "refunded"

    def let_go():
        with app.app_context(), transaction():
            return release_batch(batch_id, ARRANGEMENT, by=owed["second"], at=SETTLED)

    refunded, left_out = run_together(refund, let_go)
    assert refunded == "refunded"
    # The refund came first and held the row back, or it came later and is clawed back.
    assert act(payable_fen, owed["one"]) == (EACH - 950 if left_out else -950)
    sound(app)


def test_an_account_that_changed_in_between_is_not_paid(app, act, owed):
    batch_id = prepare(act, owed)

    def change():
        first = db.session.get_one(Account, owed["first"])
        bank_account(db.session.get_one(Organisation, owed["one"]), first, "6222020000000009999")

    act(change)
    assert release(act, owed, batch_id) == 1
    assert outcomes(act) == [Outcome.LEFT_OUT, Outcome.RELEASED]
    sound(app)


def test_a_batch_of_which_nothing_is_left_is_not_released(act, owed):
    batch_id = prepare(act, owed)
    for name in ("one", "two"):
        act(_refund, owed[f"{name}_order"], 1000)
    with pytest.raises(NothingLeftToPay):
        release(act, owed, batch_id)
    act(reject_batch, batch_id, "有退款，重新制单", by=owed["second"], at=SETTLED)
    assert outcomes(act) == [Outcome.REJECTED, Outcome.REJECTED]


def test_what_the_bank_sends_back_is_owed_again(app, act, owed):
    batch_id = prepare(act, owed)
    release(act, owed, batch_id)
    one, two = rows_of(act, batch_id)
    given = {"by": owed["first"], "at": SETTLED}
    act(mark_paid, batch_id, one, **given)
    act(mark_returned, batch_id, two, "户名不符", **given)
    assert (act(payable_fen, owed["one"]), act(payable_fen, owed["two"])) == (0, EACH)
    for answer in (
        lambda: act(mark_paid, batch_id, two, **given),
        lambda: act(mark_paid, batch_id, one, **given),
        lambda: act(mark_returned, batch_id, two, "再退", **given),
    ):
        with pytest.raises(RowAnswered):
            answer()
    assert release(act, owed, prepare(act, owed)) == 0
    assert act(payable_fen, owed["two"]) == 0
    sound(app)


def test_nothing_is_answered_before_it_is_released(act, owed):
    batch_id = prepare(act, owed)
    with pytest.raises(RowAnswered):
        act(mark_paid, batch_id, rows_of(act, batch_id)[0], by=owed["first"], at=SETTLED)
    by_hand = update(PayoutRow).values(paid_at=SETTLED, paid_by_id=owed["first"])
    with pytest.raises(IntegrityError):
        act(lambda: db.session.execute(by_hand))


def test_what_was_paid_is_in_the_next_statement(app, act, owed):
    release(act, owed, prepare(act, owed))

    def sell_more():
        buyer = db.session.get_one(Account, owed["buyer"])
        variant = db.session.get_one(Variant, owed["one_variant"])
        sell(buyer, {variant: 1}, at=SETTLED)

    act(sell_more)
    statement = act(settle, owed["one"], at=SETTLED + timedelta(days=15))
    assert (statement.opening_fen, statement.paid_fen, statement.closing_fen) == (EACH, -EACH, EACH)
    sound(app)


def test_the_sealed_number_goes_with_the_row_and_no_digit_of_it_lies_readable(act, owed):
    prepare(act, owed)
    rows = act(lambda: db.session.execute(text("SELECT * FROM payout_row")).all())
    assert not any("622202" in str(value) for row in rows for value in row)


def test_the_ledger_refuses_to_forget_a_payout(act, owed):
    release(act, owed, prepare(act, owed))
    with pytest.raises(DBAPIError, match="append-only"):
        act(lambda: db.session.execute(text("DELETE FROM payable_entry WHERE kind = 'payout'")))


def _refund(order_id, goods_fen):
    refund_line(db.session.get_one(Order, order_id), goods_fen, at=SETTLED)

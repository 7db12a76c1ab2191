"""The ledger of what the shop owes each cooperative: written with each acceptance and refund."""

from collections import Counter
from datetime import timedelta
from runpy import run_path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from orders.claims import services as claims
from orders.claims.models import Claim, Fault
from orders.commissions.errors import RateInThePast
from orders.commissions.queries import find_rate
from orders.commissions.services import set_rate
from orders.records.models import Order, SubOrder
from orders.refunds.models import Refund, Side
from orders.refunds.services.cancellations import cancel_units
from orders.refunds.services.grants import Item, grant_items
from shop.append_only import create_triggers, drop_triggers
from shop.clock import day_of
from shop.config import ROOT
from shop.db import db
from shop.invariants import list_broken
from suppliers.settlements.models import EntryKind, PayableEntry
from suppliers.settlements.services import ledger
from tests.factories.catalog import NOW, make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import make_cooperative, make_resident
from tests.parts.queries import counted_queries

RATE = 333
TODAY = day_of(NOW)
# What the migration that made the ledger fills it with.
(MIGRATION,) = (ROOT / "migrations" / "versions").glob("*_settlements.py")
CARRIED = [
    run_path(str(MIGRATION))[name] for name in "GOODS FREIGHT GOODS_REFUNDS FREIGHT_REFUNDS".split()
]


@pytest.fixture
def sold(act):
    """An order of three units at 19.99 and freight, accepted, at a commission of 3.33 %."""

    def run() -> int:
        set_rate(None, RATE, TODAY, "开业费率", by=None, at=NOW)
        variant = make_variant(price_fen=1999)
        return accepted(dispatched(paid(place(make_resident(), {variant: 3})))).id

    return act(run)


def owed(app) -> Counter[str]:
    """What the ledger says, by kind."""
    with app.app_context():
        query = select(PayableEntry.kind, func.sum(PayableEntry.amount_fen))
        rows = db.session.execute(query.group_by(PayableEntry.kind))
        assert list_broken() == []
        return Counter({kind.value: int(fen) for kind, fen in rows})


def test_accepting_a_part_owes_its_goods_and_freight_less_the_commission(app, sold):
    assert owed(app) == {"goods": 5997, "freight": 2000, "commission": -200}


def test_nothing_is_owed_before_acceptance(app, act):
    act(lambda: dispatched(paid(place(make_resident(), {make_variant(): 1}))).id)
    assert owed(app) == {}


def test_what_was_called_off_before_never_is_owed(app, act):
    def run() -> None:
        set_rate(None, RATE, TODAY, "开业费率", by=None, at=NOW)
        order = paid(place(make_resident(), {make_variant(price_fen=1999): 3}))
        part = order.sub_orders[0]
        given = {"side": Side.BUYER, "reason": "多买了", "by": order.account_id, "at": NOW}
        cancel_units(part, {part.lines[0].id: 1}, **given)
        accepted(dispatched(order))

    act(run)
    assert owed(app) == {"goods": 3998, "freight": 2000, "commission": -133}


def test_a_refund_of_an_accepted_line_is_taken_off_and_its_commission_given_back(app, act, sold):
    act(_refund, sold, 1000, 0)
    act(_refund, sold, 4997, 2000)
    assert owed(app) == {
        "goods": 5997,
        "freight": 2000,
        "commission": -200,
        "goods_refund": -5997,
        "freight_refund": -2000,
        "commission_back": 200,
    }


def test_writing_the_same_twice_writes_once(app, act, sold):
    act(_refund, sold, 999, 500)
    before = owed(app)
    part_id = act(lambda: db.session.scalars(select(SubOrder.id)).one())
    refund_id = act(lambda: db.session.scalars(select(Refund.id)).one())
    act(ledger.owe_for, part_id, at=NOW)
    act(ledger.take_back, refund_id, at=NOW)
    assert owed(app) == before


def test_nothing_in_the_ledger_is_changed_or_deleted_and_no_cause_counts_twice(act, sold):
    for change in ("UPDATE payable_entry SET amount_fen = 1", "DELETE FROM payable_entry"):
        with pytest.raises(DBAPIError, match="append-only"):
            act(lambda change=change: db.session.execute(text(change)))
    again = (
        "INSERT INTO payable_entry (cooperative_id, kind, amount_fen, at, cause, sub_order_id)"
        " SELECT cooperative_id, kind, amount_fen, at, cause, sub_order_id FROM payable_entry"
        " WHERE kind = 'freight'"
    )
    with pytest.raises(IntegrityError):
        act(lambda: db.session.execute(text(again)))


def test_a_rate_holds_from_its_day_on_and_never_for_what_was_ordered_before(app, act):
    """Changed in the middle of a period: each order keeps the rate of its own day."""

    def run() -> list[int]:
        variant = make_variant(price_fen=10_000)
        seller, buyer = variant.product.cooperative_id, make_resident()
        set_rate(None, 100, TODAY, "统一费率", by=None, at=NOW)
        set_rate(seller, 500, TODAY + timedelta(days=1), "合同约定", by=None, at=NOW)
        set_rate(seller, None, TODAY + timedelta(days=2), "合同到期", by=None, at=NOW)
        orders = [place(buyer, {variant: 1}, at=NOW + timedelta(days=days)) for days in (0, 1, 2)]
        for order in orders:
            accepted(dispatched(paid(order)), at=NOW + timedelta(days=9))
        return [order.sub_orders[0].commission_bp for order in orders]

    assert act(run) == [100, 500, 100]
    assert owed(app)["commission"] == -700


def test_a_rate_is_not_set_for_days_that_are_over(act):
    with pytest.raises(RateInThePast):
        act(set_rate, None, 100, TODAY - timedelta(days=1), "晚了", by=None, at=NOW)


def test_without_any_rate_the_shop_keeps_nothing(act):
    assert act(lambda: find_rate(make_cooperative().id, TODAY)) == 0


def test_freezing_the_rate_asks_the_database_nothing_of_its_own(app, act):
    """The rate is read by the statement that writes the part."""

    def order() -> None:
        place(make_resident(), {make_variant(): 1})

    with counted_queries(app) as asked:
        act(order)
    assert not [statement for statement in asked if "commission_rate" in statement]


def test_a_claim_that_is_granted_after_acceptance_takes_off_what_it_grants(app, act, sold):
    def complain() -> None:
        order = db.session.get_one(Order, sold)
        part = order.sub_orders[0]
        draft = claims.ClaimDraft({part.lines[0].id: 1}, Fault.SPOILED, "有坏的")
        at = part.arrived_at + timedelta(hours=1)
        claim = claims.open_claim(part.id, draft, by=order.account_id, at=at)
        claims.answer(claim.id, claims.Answer(1000), by=order.account_id, at=at)
        claims.agree(claim.id, by=order.account_id, at=at)

    act(complain)
    assert act(lambda: db.session.scalars(select(Claim.refund_id)).one()) is not None
    assert owed(app)["goods_refund"] == -1000
    assert owed(app)["commission_back"] == 200 - 166


def _refund(order_id: int, goods_fen: int, freight_fen: int) -> None:
    order = db.session.get_one(Order, order_id)
    part = order.sub_orders[0]
    items = [Item(part.id, part.lines[0].id, 0, goods_fen)]
    if freight_fen:
        items.append(Item(part.id, None, 0, freight_fen))
    grant_items(order.id, items, "质量售后", by=None, at=NOW + timedelta(days=4))


def test_every_entry_says_which_part_it_is_about(act, sold):
    kinds = act(lambda: db.session.scalars(select(PayableEntry.kind)).all())
    assert set(kinds) == {EntryKind.GOODS, EntryKind.FREIGHT, EntryKind.COMMISSION}


def test_what_was_accepted_before_the_ledger_was_there_is_carried_into_it(app, act):
    """The migration writes of old orders what acceptance and refunds would have written."""

    def trade() -> None:
        variant, buyer = make_variant(price_fen=1999), make_resident()
        for units in (1, 3):
            accepted(dispatched(paid(place(buyer, {variant: units}))))
        called_off = paid(place(buyer, {variant: 2}))
        part = called_off.sub_orders[0]
        given = {"side": Side.BUYER, "reason": "多买了", "by": buyer.id, "at": NOW}
        cancel_units(part, {part.lines[0].id: 1}, **given)
        accepted(dispatched(called_off))
        paid(place(buyer, {variant: 1}))

    def forget_and_carry() -> None:
        dialect = db.engine.dialect.name
        for statement in drop_triggers("payable_entry", dialect):
            db.session.execute(text(statement))
        db.session.execute(text("DELETE FROM payable_entry"))
        for statement in create_triggers("payable_entry", dialect):
            db.session.execute(text(statement))
        for statement in CARRIED:
            db.session.execute(text(statement.replace(":'", "\\:'")))

    act(trade)
    first, second = act(lambda: db.session.scalars(select(Order.id).order_by(Order.id)).all()[:2])
    act(_refund, first, 500, 0)
    act(_refund, second, 5997, 2000)
    written = act(_all_entries)
    act(forget_and_carry)
    assert act(_all_entries) == written
    assert owed(app)["goods_refund"] == -6497


def _all_entries() -> set[tuple[object, ...]]:
    names = "cooperative_id kind amount_fen at cause sub_order_id order_line_id refund_item_id"
    columns = [getattr(PayableEntry, name) for name in names.split()]
    return {tuple(row) for row in db.session.execute(select(*columns))}

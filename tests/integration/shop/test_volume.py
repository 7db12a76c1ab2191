"""Volume for measuring: it keeps the rules, and the check of the rules finds what breaks them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text

from catalog.products.models import Variant
from orders.deliveries.services import accept
from orders.records.models import AcceptedBy, Order, OrderLine, SubOrder
from orders.refunds.models import Refund
from orders.sales.models import SalesEntry
from shop import invariants
from shop.accounts.people.models import Account
from shop.basics import load_basics
from shop.db import db, transaction
from shop.demo import accounts, volume
from shop.organisations.models import Organisation
from shop.organisations.rules import is_credit_code
from tests.factories.orders import place
from tests.factories.people import make_account

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
# What the complaint says, and how to bring it about.
_OWED_TWICE = (
    "INSERT INTO payable_entry (cooperative_id, kind, amount_fen, at, cause, sub_order_id,"
    " order_line_id) SELECT cooperative_id, kind, amount_fen, at, 'twice', sub_order_id,"
    " order_line_id FROM payable_entry WHERE id ="
    " (SELECT min(id) FROM payable_entry WHERE kind = '{}')"
)
_A_STATEMENT_OF_NOTHING = (
    "INSERT INTO settlement_statement (cooperative_id, cooperative_name, period_from, period_until,"
    " made_at, opening_fen, paid_fen, goods_fen, freight_fen, refunds_fen, commission_fen,"
    " closing_fen) SELECT min(cooperative_id), '示例', '2026-11-01', '2026-11-15',"
    " '2026-11-16 00:00:00', 5, 0, 0, 0, 0, 0, 5 FROM payable_entry"
)
BREAKAGES = {
    "lines are owed for other than was accepted": _OWED_TWICE.format("goods"),
    "cooperatives are settled and owed other than": _OWED_TWICE.format("goods"),
    "freight is owed for other than was kept": _OWED_TWICE.format("freight"),
    "commission is other than their rate says": "UPDATE sub_order SET commission_bp = 100"
    " WHERE id = (SELECT min(id) FROM sub_order WHERE accepted_at IS NOT NULL)",
    "statements are not the sum of their entries": _A_STATEMENT_OF_NOTHING,
    "open with other than the last one closed with": _A_STATEMENT_OF_NOTHING,
    "sum of its movements": "UPDATE variant SET on_hand = on_hand + 1 WHERE id = 3",
    "waits to be sent": "UPDATE variant SET held = held + 1 WHERE id = 3",
    "sold in advance": "UPDATE variant SET promised = promised + 1 WHERE id = 3",
    "moved otherwise than the lines say": "UPDATE order_line SET"
    " dispatched_quantity = dispatched_quantity - 1, cancelled_quantity = cancelled_quantity + 1"
    " WHERE id = (SELECT min(id) FROM order_line WHERE dispatched_quantity > 0)",
    "sum of their parts": "UPDATE purchase_order SET goods_fen = goods_fen + 1,"
    " total_fen = total_fen + 1 WHERE id = 7",
    "sum of their lines": "UPDATE sub_order SET weight_g = weight_g + 1 WHERE id = 5",
    "though nobody paid": "UPDATE purchase_order SET paid_at = NULL WHERE id ="
    " (SELECT min(order_id) FROM sub_order WHERE dispatched_at IS NOT NULL)",
    "another amount": "UPDATE payment SET due_fen = due_fen + 1 WHERE id = 9",
    "captured other than": "UPDATE payment_attempt SET state = 'failed', received_fen = 0"
    " WHERE id = (SELECT min(id) FROM payment_attempt"
    " WHERE state = 'succeeded' AND refunded_fen = 0)",
    "nobody will ask": "UPDATE payment_attempt SET state = 'open' WHERE id ="
    " (SELECT min(id) FROM payment_attempt WHERE state = 'failed')",
    "not kept aside": "UPDATE payment_attempt SET state = 'quarantined' WHERE id ="
    " (SELECT min(id) FROM payment_attempt WHERE state = 'failed')",
    "attempts gave back": "UPDATE payment_attempt SET refunded_fen = 0 WHERE id ="
    " (SELECT min(id) FROM payment_attempt WHERE refunded_fen > 0)",
    "gave back other than": "UPDATE refund SET amount_fen = amount_fen + 1 WHERE id = 1",
    "not the sum of their items": "UPDATE refund SET amount_fen = amount_fen + 1 WHERE id = 1",
    "lines gave back other": "UPDATE refund_item SET amount_fen = amount_fen + 1 WHERE id ="
    " (SELECT min(id) FROM refund_item WHERE order_line_id IS NOT NULL)",
    "gave back other freight": "UPDATE sub_order SET freight_fen = freight_fen + 1,"
    " freight_refunded_fen = freight_refunded_fen + 1 WHERE id = 1",
    "still hold units": "UPDATE order_line SET dispatched_quantity = dispatched_quantity - 1"
    " WHERE id = (SELECT min(id) FROM order_line WHERE dispatched_quantity > 0)",
    "without a refund": "UPDATE cancellation SET refund_id = NULL WHERE id = 1",
    "count for other": "UPDATE sub_order SET accepted_at = dispatched_at, accepted_by = 'system'"
    " WHERE id = (SELECT max(id) FROM sub_order"
    " WHERE dispatched_at IS NOT NULL AND accepted_at IS NULL)",
    "differ from what was accepted": "UPDATE order_line SET town_name = '别处' WHERE id ="
    " (SELECT min(order_line_id) FROM sales_entry)",
}


@pytest.fixture
def volume_shop(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        load_basics(volume.beginning(NOW))
        volume.fill(90, 500, NOW)
        yield app


@pytest.mark.usefixtures("volume_shop")
def test_volume_is_as_much_as_was_asked_for_and_breaks_no_rule() -> None:
    count = db.session.scalar(select(func.count(Order.id)))
    first, last = db.session.execute(
        select(func.min(Order.placed_at), func.max(Order.placed_at))
    ).one()
    assert count == 500
    assert 728 <= (last - first).days <= 731
    assert last < NOW
    assert invariants.list_broken() == []


@pytest.mark.usefixtures("volume_shop")
def test_some_orders_in_volume_were_never_paid_and_some_were_refunded() -> None:
    closed = db.session.scalar(select(func.count()).where(Order.closed_at.is_not(None)))
    refunded = db.session.scalar(select(func.count(Refund.id)))
    assert closed
    assert refunded


@pytest.mark.usefixtures("volume_shop")
def test_organisations_in_volume_say_that_they_are_made_up_and_have_codes_that_pass() -> None:
    for organisation in db.session.scalars(select(Organisation)):
        assert "演示" in organisation.name
        assert is_credit_code(organisation.credit_code)


@pytest.mark.usefixtures("volume_shop")
def test_the_ledger_in_volume_says_what_acceptance_itself_would_have_written() -> None:
    waiting = select(SubOrder.id).where(
        SubOrder.dispatched_at.is_not(None), SubOrder.accepted_at.is_(None)
    )
    part_id = db.session.scalars(waiting.order_by(SubOrder.id.desc())).first()
    assert part_id is not None
    with transaction():
        accept(part_id, account_id=None, accepted_by=AcceptedBy.SYSTEM, at=NOW)
    lines = select(OrderLine.id).where(OrderLine.sub_order_id == part_id)
    by_service = db.session.scalars(
        select(SalesEntry).where(SalesEntry.order_line_id.in_(lines))
    ).first()
    in_bulk = db.session.scalars(select(SalesEntry).order_by(SalesEntry.id)).first()
    assert by_service is not None
    assert in_bulk is not None
    assert _filled_columns(by_service) == _filled_columns(in_bulk)
    assert invariants.list_broken() == []


@pytest.mark.usefixtures("volume_shop")
def test_trade_goes_on_where_the_volume_ends() -> None:
    with transaction() as session:
        available = select(Variant).where(Variant.on_hand - Variant.held >= 2)
        variant = session.scalars(available.order_by(Variant.id)).first()
        assert variant is not None
        place(make_account(), {variant: 2}, at=NOW)
    assert db.session.scalar(select(func.count(Order.id))) == 501
    assert invariants.list_broken() == []


@pytest.mark.usefixtures("volume_shop")
def test_the_demos_people_can_be_found_in_volume_too() -> None:
    """But for those who stand for a cooperative's way into the shop, or out of it."""
    emails = set(db.session.scalars(select(Account.email)))
    absent = {sign_in.identifier for sign_in in accounts.SIGN_INS} - emails
    assert absent == {"apply@demo.example", "returned@demo.example", accounts.SUSPENDED}


@pytest.mark.usefixtures("volume_shop")
def test_each_broken_rule_is_named() -> None:
    for complaint, breakage in BREAKAGES.items():
        assert db.session.execute(text(breakage)).rowcount == 1
        broken = invariants.list_broken()
        db.session.rollback()
        assert any(complaint in sentence for sentence in broken), complaint


def _filled_columns(entry: SalesEntry) -> set[str]:
    names = inspect(SalesEntry).column_attrs.keys()
    return {name for name in names if getattr(entry, name) is not None}

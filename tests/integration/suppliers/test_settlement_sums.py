"""Invariant 3, whatever happens in whatever order: settled + payable = accepted goods + freight -
refunds - commission, and nobody is ever paid what is not theirs."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, func, select, true

from catalog.products.models import Variant
from orders.commissions.services import set_rate
from orders.records.models import Order, OrderLine, SubOrder
from shop.accounts.people.models import Account
from shop.clock import day_of
from shop.db import db, total
from shop.errors import DomainError
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from suppliers.settlements.handlers import make_statements
from suppliers.settlements.models import (
    PAYOUT_KINDS,
    PayableEntry,
    PayoutBatch,
    PayoutRow,
    SettledPart,
)
from suppliers.settlements.queries.ledger import payable_fen
from suppliers.settlements.services import payouts
from tests.factories.catalog import NOW, make_variant
from tests.factories.people import make_finance, make_resident
from tests.factories.settlements import ARRANGEMENT, bank_account, refund_line, sell

pytestmark = pytest.mark.both_engines

ACTS = st.one_of(
    st.tuples(st.just("sell"), st.integers(1, 4)),
    st.tuples(st.just("refund"), st.integers(1, 9999)),
    st.tuples(st.just("rate"), st.integers(0, 3000)),
    st.tuples(st.just("wait"), st.integers(1, 16)),
    st.tuples(st.just("settle"), st.integers(1, 2)),
    st.tuples(st.just("prepare"), st.integers(0, 1)),
    st.tuples(st.just("release"), st.integers(0, 1)),
    st.tuples(st.just("answer"), st.integers(0, 2)),
)


@pytest.fixture
def people(act: Callable[..., Any]) -> dict[str, int]:
    def run() -> dict[str, int]:
        buyer, first, second = make_resident(), make_finance(), make_finance()
        variant = make_variant(price_fen=1999, stock=5000)
        seller = db.session.get_one(Organisation, variant.product.cooperative_id)
        db.session.flush()
        bank_account(seller, first)
        ids = {"buyer": buyer, "first": first, "second": second, "variant": variant}
        return {name: thing.id for name, thing in ids.items()} | {"seller": seller.id}

    return act(run)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=st.lists(ACTS, min_size=4, max_size=25))
def test_what_is_settled_and_what_is_owed_is_always_what_was_accepted_and_kept(
    app: Flask,
    act: Callable[..., Any],
    people: dict[str, int],
    acts: list[tuple[str, int]],
) -> None:
    """Each example goes on where the last one ended: the sums hold all the same."""
    started = act(lambda: db.session.scalar(select(func.max(SubOrder.accepted_at))))
    now = max(started or NOW, NOW) + timedelta(hours=1)
    for what, number in acts:
        now += timedelta(hours=number * 24 if what == "wait" else 1)
        with app.app_context():
            if what == "settle":
                [make_statements(now) for _ in range(number)]
        if what not in ("settle", "wait"):
            with suppress(DomainError):  # What can't be done now changes nothing.
                act(DEEDS[what], people, number, now)
        act(require_sums, people["seller"])
    assert act(list_broken) == []


def require_sums(seller: int) -> None:
    """The ledger against what the orders' own tables say, part by part and line by line."""
    entries = select(total(PayableEntry.amount_fen))
    owed_fen = db.session.scalar(entries.where(PayableEntry.kind.not_in(PAYOUT_KINDS)))
    paid_fen = -(db.session.scalar(entries.where(PayableEntry.kind.in_(PAYOUT_KINDS))) or 0)
    assert owed_fen == _worth(true())
    was_settled = SubOrder.id.in_(select(SettledPart.sub_order_id))
    assert payable_fen(seller) == _worth(was_settled) - paid_fen
    assert paid_fen >= 0


def _worth(these: ColumnElement[bool]) -> int:
    """Accepted goods and freight less refunds, and less the commission on each line, half up."""
    accepted = SubOrder.accepted_at.is_not(None) & these
    kept = OrderLine.amount_fen - OrderLine.refunded_fen
    freight = select(total(SubOrder.freight_fen - SubOrder.freight_refunded_fen)).where(accepted)
    lines = select(kept, SubOrder.commission_bp).join(OrderLine.sub_order).where(accepted)
    goods = [fen - (fen * rate * 2 + 10_000) // 20_000 for fen, rate in db.session.execute(lines)]
    return (db.session.scalar(freight) or 0) + sum(goods)


def _sell(people: dict[str, int], units: int, now: Any) -> None:
    buyer = db.session.get_one(Account, people["buyer"])
    variant = db.session.get_one(Variant, people["variant"])
    sell(buyer, {variant: units}, at=now - timedelta(days=3))


def _refund(people: dict[str, int], fen: int, now: Any) -> None:
    query = select(Order).join(Order.sub_orders).where(SubOrder.accepted_at.is_not(None))
    order = db.session.scalars(query.order_by(Order.id.desc()).limit(1)).first()
    if order is not None:
        line = order.sub_orders[0].lines[0]
        refund_line(order, max(1, min(fen, line.amount_fen - line.refunded_fen)), at=now)


def _rate(people: dict[str, int], basis_points: int, now: Any) -> None:
    set_rate(people["seller"], basis_points, day_of(now), "新合同", by=people["first"], at=now)


def _prepare(people: dict[str, int], who: int, now: Any) -> None:
    payouts.prepare_batch(ARRANGEMENT, by=_clerk(people, who), at=now)


def _release(people: dict[str, int], who: int, now: Any) -> None:
    batch = db.session.scalars(select(PayoutBatch).order_by(PayoutBatch.id.desc())).first()
    if batch is not None:
        payouts.release_batch(batch.id, ARRANGEMENT, by=_clerk(people, who), at=now)


def _answer(people: dict[str, int], how: int, now: Any) -> None:
    row = db.session.scalars(select(PayoutRow).order_by(PayoutRow.id.desc())).first()
    given: Any = {"by": people["first"], "at": now}
    if row is None:
        return
    if how == 0:
        payouts.mark_returned(row.batch_id, row.id, "户名不符", **given)
    elif how == 1:
        payouts.mark_paid(row.batch_id, row.id, **given)
    else:
        payouts.reject_batch(row.batch_id, "重做", **given)


def _clerk(people: dict[str, int], who: int) -> int:
    return people["second" if who else "first"]


DEEDS: dict[str, Callable[[dict[str, int], int, Any], None]] = {
    "sell": _sell,
    "refund": _refund,
    "rate": _rate,
    "prepare": _prepare,
    "release": _release,
    "answer": _answer,
}

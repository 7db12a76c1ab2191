"""How a claim's money is split, and which freight goes with it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.claims import rules
from orders.claims.models import Claim, ClaimLine
from orders.records.models import OrderLine, SubOrder

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def line(id_=1, quantity=3, price=1000, **counts):
    given = {
        "cancelled_quantity": 0,
        "dispatched_quantity": quantity,
        "returned_quantity": 0,
        "refunded_fen": 0,
    }
    amount_fen = quantity * price
    return OrderLine(
        id=id_, quantity=quantity, unit_price_fen=price, amount_fen=amount_fen, **given | counts
    )


amounts = st.lists(st.integers(1, 10**7), min_size=1, max_size=8)


@given(amounts, st.integers(0, 10**5), st.booleans(), st.data())
def test_shares_sum_exactly_and_no_line_gets_more_than_was_claimed_for_it(
    paid, freight, returned, data
):
    claim = Claim(
        goods_fen=sum(paid),
        freight_fen=freight,
        lines=[
            ClaimLine(order_line_id=place, quantity=1, amount_fen=amount)
            for place, amount in enumerate(paid)
        ],
    )
    goods = st.integers(0, claim.goods_fen)
    if returned:
        goods = st.integers(len(paid), claim.goods_fen)
    total = rules.refund_fen(claim, data.draw(goods))
    shares, freight_fen = rules.shares_of(claim, total, returned=returned)
    assert sum(share.amount_fen for share in shares) + freight_fen == total
    assert all(0 < share.amount_fen <= paid[share.order_line_id] for share in shares)
    assert freight_fen in (0, freight)
    assert total <= sum(paid) + freight
    assert not returned or [share.quantity for share in shares] == [1] * len(paid)


@given(st.integers(1, 9), st.integers(1, 10**6), st.data())
def test_repeated_part_refunds_never_sum_above_what_was_paid(quantity, price, data):
    """Each claim is refunded by some share; the next one can ask only for what is left."""
    bought = line(quantity=quantity, price=price)
    for _ in range(6):
        if rules.claimable(bought) is None:
            break
        units = data.draw(st.integers(1, quantity))
        most = rules.amount_of(bought, units)
        bought.refunded_fen += data.draw(st.integers(1, most))
        assert bought.refunded_fen <= bought.amount_fen


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, (3, 3000)),
        ({"dispatched_quantity": 0}, None),
        ({"dispatched_quantity": 1}, (1, 1000)),
        ({"dispatched_quantity": 2, "cancelled_quantity": 1, "refunded_fen": 1000}, (2, 2000)),
        ({"refunded_fen": 2500}, (3, 500)),
        ({"refunded_fen": 3000}, None),
        ({"returned_quantity": 1, "refunded_fen": 1000}, (2, 2000)),
        ({"returned_quantity": 3, "refunded_fen": 3000}, None),
    ],
)
def test_what_was_sent_kept_and_not_paid_back_can_be_claimed(counts, expected):
    found = rules.claimable(line(**counts))
    assert (found and (found.units, found.amount_fen)) == expected


@pytest.mark.parametrize(
    ("units", "freight_fen"),
    [({1: 3, 2: 2}, 900), ({1: 3, 2: 1}, 0), ({1: 3}, 0), ({}, 0)],
)
def test_freight_goes_with_everything_that_came_and_with_nothing_less(units, freight_fen):
    part = SubOrder(freight_fen=1000, freight_refunded_fen=100)
    part.lines = [line(1), line(2, quantity=3, cancelled_quantity=1, dispatched_quantity=2)]
    assert rules.freight_of(part, units) == freight_fen


@pytest.mark.parametrize(
    ("arrived_at", "at", "expected"),
    [
        (None, NOW + timedelta(days=90), True),
        (NOW, NOW, True),
        (NOW, NOW + timedelta(hours=48), True),
        (NOW, NOW + timedelta(hours=48, microseconds=1), False),
    ],
)
def test_the_window_is_48_hours_from_arrival(arrived_at, at, expected):
    part = SubOrder(arrived_at=arrived_at)
    part.lines = [line()]
    assert rules.may_claim(part, at, {}) is expected


def test_every_word_is_written():
    assert all(state.label and state.mood for state in rules.ClaimState)
    assert set(rules.FAULTS) == set(rules.Fault)

"""The one word for an order."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.records.rules import (
    Axes,
    OrderState,
    PartState,
    RefundState,
    may_cancel,
    order_state,
)

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
W, S, A, C = PartState.WAITING, PartState.SENT, PartState.ACCEPTED, PartState.CANCELLED


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        ([W], OrderState.TO_SEND),
        ([W, W], OrderState.TO_SEND),
        ([W, S], OrderState.PARTLY_SENT),
        ([W, A], OrderState.PARTLY_SENT),
        ([S], OrderState.SENT),
        ([S, A], OrderState.SENT),
        ([A, A], OrderState.DONE),
        ([A, C], OrderState.DONE),
        ([W, C], OrderState.TO_SEND),
        ([C, C], OrderState.CANCELLED),
    ],
)
def test_a_paid_order_is_called_after_what_its_parts_wait_for(parts, state):
    assert order_state(Axes(NOW, None, tuple(parts))) is state


@pytest.mark.parametrize(
    ("closed_at", "refund", "state"),
    [
        (None, RefundState.NONE, OrderState.UNPAID),
        (NOW, RefundState.NONE, OrderState.CLOSED),
        (NOW, RefundState.GRANTED, OrderState.REFUNDING),
        (NOW, RefundState.MOVED, OrderState.REFUNDED),
    ],
)
def test_an_order_without_payment_waits_or_is_closed(closed_at, refund, state):
    assert order_state(Axes(None, closed_at, (W,), refund)) is state


@pytest.mark.parametrize(
    ("refund", "state"),
    [(RefundState.GRANTED, OrderState.REFUNDING), (RefundState.MOVED, OrderState.REFUNDED)],
)
def test_a_cancelled_order_tells_where_the_money_is(refund, state):
    assert order_state(Axes(NOW, None, (C, C), refund)) is state


@given(
    st.sampled_from([None, NOW]),
    st.sampled_from([None, NOW]),
    st.lists(st.sampled_from(PartState), min_size=1, max_size=4),
    st.sampled_from(RefundState),
)
def test_every_order_has_a_word_and_only_whole_unsent_ones_can_be_cancelled(
    paid_at, closed_at, parts, refund
):
    axes = Axes(paid_at, closed_at, tuple(parts), refund)
    assert order_state(axes) in OrderState
    assert may_cancel(axes) == (paid_at is not None and set(parts) == {W})


def test_every_word_is_written():
    assert all(state.label for state in OrderState)
    assert all(state.label for state in PartState)

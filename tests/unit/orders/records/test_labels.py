"""The one word for an order."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.records.rules import (
    Axes,
    OrderState,
    PartState,
    PaymentState,
    RefundState,
    may_cancel,
    may_confirm,
    order_state,
    payment_state,
)

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
W, S, A, C = PartState.WAITING, PartState.SENT, PartState.ACCEPTED, PartState.CANCELLED
P, U, R = PartState.PARTLY_SENT, PartState.AT_PICK_UP, PartState.ARRIVED


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
        ([P], OrderState.PARTLY_SENT),
        ([P, S], OrderState.PARTLY_SENT),
        ([P, C], OrderState.PARTLY_SENT),
        ([S, U], OrderState.SENT),
        ([U, R], OrderState.SENT),
        ([R, A], OrderState.SENT),
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
    [
        (RefundState.NONE, OrderState.CANCELLED),
        (RefundState.GRANTED, OrderState.REFUNDING),
        (RefundState.FAILED, OrderState.REFUNDING),
        (RefundState.MOVED, OrderState.REFUNDED),
    ],
)
def test_a_cancelled_order_tells_where_the_money_is(refund, state):
    assert order_state(Axes(NOW, None, (C, C), refund)) is state


@pytest.mark.parametrize(
    ("paid_at", "closed_at", "refunded_fen", "state"),
    [
        (None, None, 0, PaymentState.UNPAID),
        (None, NOW, 0, PaymentState.CLOSED),
        (NOW, None, 0, PaymentState.PAID),
        (NOW, None, 1, PaymentState.PARTLY_REFUNDED),
        (NOW, None, 99, PaymentState.PARTLY_REFUNDED),
        (NOW, None, 100, PaymentState.REFUNDED),
    ],
)
def test_the_money_has_a_word_of_its_own(paid_at, closed_at, refunded_fen, state):
    axes = Axes(paid_at, closed_at, (S,), RefundState.NONE, refunded_fen, 100)
    assert payment_state(axes) is state


@given(
    st.lists(st.sampled_from(PartState), min_size=1, max_size=4),
    st.sampled_from([RefundState.GRANTED, RefundState.FAILED, RefundState.MOVED]),
)
def test_a_refunded_order_never_reads_as_paid(parts, refund):
    """Wherever its parcels are: the word tells of the money."""
    axes = Axes(NOW, None, tuple(parts), refund, 100, 100)
    moved = refund is RefundState.MOVED
    assert order_state(axes) is (OrderState.REFUNDED if moved else OrderState.REFUNDING)
    assert payment_state(axes) is PaymentState.REFUNDED


@given(st.lists(st.sampled_from(PartState), min_size=1, max_size=4), st.integers(0, 99))
def test_a_part_refund_changes_the_word_for_money_and_not_the_one_for_delivery(parts, fen):
    refund = RefundState.MOVED if fen else RefundState.NONE
    partly = Axes(NOW, None, tuple(parts), refund, fen, 100)
    if set(parts) != {C}:
        assert order_state(partly) is order_state(Axes(NOW, None, tuple(parts)))


@pytest.mark.parametrize(
    ("state", "expected"),
    [(W, False), (P, False), (S, True), (U, True), (R, True), (A, False), (C, False)],
)
def test_what_is_on_its_way_or_there_can_be_confirmed(state, expected):
    assert may_confirm(state) is expected


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
    assert may_cancel(axes) == (paid_at is not None and W in parts and set(parts) <= {W, C})


def test_every_word_is_written():
    assert all(state.label for state in OrderState)
    assert all(state.label for state in PartState)
    assert all(state.label for state in PaymentState)

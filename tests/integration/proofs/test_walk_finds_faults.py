"""A proof that can't fail proves nothing: each guard of the shop is taken out in turn, and the walk
has to notice before it has gone far."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import false

from catalog.batches import queries as batch_queries
from catalog.batches import services as batches
from catalog.stock import services as stock
from orders.checkout import services as checkout
from orders.payments import rules as payment_rules
from orders.payments import services as payments
from orders.payments.models import Payment
from orders.payments.rules import Verdict
from orders.refunds.services import cancellations, grants
from orders.sales import services as sales
from orders.transfers.services import matches as transfers
from shop.db import db
from tests.walk.run import walk
from tests.walk.stage import Stage

pytestmark = pytest.mark.sqlite_only

# The same for each fault, so that a fault that is found is found each time.
SEED = 1
FAR = 1500

Patch = pytest.MonkeyPatch


def sell_what_is_not_there(patch: Patch) -> None:
    """A hold that looks at nothing but what was there a moment ago: peers oversell by this."""
    change = stock._change

    def without_guard(
        *args: Any, guard: Any = None, quantity: int = 0, ships_on: Any = None, **moved: Any
    ) -> bool:
        return change(*args, **moved)

    patch.setattr(stock, "_change", without_guard)


def release_twice(patch: Patch) -> None:
    give_up = checkout.give_up_line

    def twice(*args: Any, **kwargs: Any) -> None:
        give_up(*args, **kwargs)
        give_up(*args, **kwargs)

    patch.setattr(checkout, "give_up_line", twice)


def forget_to_note_a_movement(patch: Patch) -> None:
    note = stock._note

    def sometimes(kind: Any, *args: Any, **kwargs: Any) -> None:
        if kind is not stock.MovementKind.SELL:
            note(kind, *args, **kwargs)

    patch.setattr(stock, "_note", sometimes)


def capture_twice(patch: Patch) -> None:
    def judge(intent: Any, state: Any, due_fen: int) -> Verdict:
        paid = intent.state == "succeeded" and payment_rules.misfit_of(intent, due_fen) is None
        return Verdict.CAPTURE if paid else Verdict.IGNORE

    patch.setattr(payments.rules, "judge", judge)


def apply_an_event_twice(patch: Patch) -> None:
    """Every webhook counts, whether it came before or not."""
    capture = payments._capture

    def again(order_id: int, payment_id: int, attempt_id: int, fen: int, at: Any) -> None:
        capture(order_id, payment_id, attempt_id, fen, at)
        db.session.get_one(Payment, payment_id).captured_fen += fen

    patch.setattr(payments, "_capture", again)


def keep_late_money(patch: Patch) -> None:
    patch.setattr(checkout, "honour_late_money", lambda *args, **kwargs: None)
    patch.setattr("orders.checkout.handlers.honour_late_money", lambda *args, **kwargs: None)


def honour_without_stock(patch: Patch) -> None:
    patch.setattr(checkout, "_hold_line_again", lambda *args: None)


def refund_without_counting(patch: Patch) -> None:
    patch.setattr(grants, "_require_paid", lambda item: None)


def refund_freight_always(patch: Patch) -> None:
    patch.setattr(cancellations, "freight_of_cancellation_fen", lambda part: part.freight_fen)


def count_what_was_given_back(patch: Patch) -> None:
    entry = sales._entry

    def whole(order: Any, line: Any, at: Any) -> Any:
        row = entry(order, line, at)
        row.amount_fen = row.net_fen = line.amount_fen
        return row

    patch.setattr(sales, "_entry", whole)


def order_twice_by_one_form(patch: Patch) -> None:
    patch.setattr(checkout, "_placed_before", lambda key, account_id: None)


def order_at_yesterdays_price(patch: Patch) -> None:
    quote = checkout.get_quote

    def stale(*args: Any, **kwargs: Any) -> Any:
        class Unchanged:
            """Agrees to whatever the form says."""

            def __init__(self, inner: Any) -> None:
                self.inner = inner

            def __getattr__(self, name: str) -> Any:
                return getattr(self.inner, name)

            fingerprint = type("Any", (), {"__ne__": lambda *_: False})()

        return Unchanged(quote(*args, **kwargs))

    patch.setattr(checkout, "get_quote", stale)


def keep_what_was_too_much(patch: Patch) -> None:
    patch.setattr(transfers, "grant", lambda *args, **kwargs: None)


def match_what_is_paid(patch: Patch) -> None:
    patch.setattr(transfers, "_is_paid", lambda payment: False)


def send_what_was_called_back(patch: Patch) -> None:
    patch.setattr(batch_queries, "IS_RECALLED", false())


def pick_without_counting(patch: Patch) -> None:
    patch.setattr(batches, "_take", lambda *args: None)


def leave_it_in_the_store(patch: Patch) -> None:
    """What lies there of a batch that was called back can still be sold."""
    patch.setattr(batches, "_write_off_rest", lambda *args: 0)


@pytest.mark.whole_only
def test_with_all_guards_in_place_the_same_walk_finds_nothing(stage: Stage) -> None:
    walk(stage, FAR, SEED)


# These are noticed only after several walks.
DEEP = [
    capture_twice,
    count_what_was_given_back,
    keep_what_was_too_much,
    match_what_is_paid,
    order_at_yesterdays_price,
    order_twice_by_one_form,
    refund_freight_always,
]
SOON = [
    sell_what_is_not_there,
    release_twice,
    forget_to_note_a_movement,
    apply_an_event_twice,
    keep_late_money,
    honour_without_stock,
    refund_without_counting,
    send_what_was_called_back,
    pick_without_counting,
    leave_it_in_the_store,
]


@pytest.mark.parametrize(
    "fault",
    [*SOON, *(pytest.param(fault, marks=pytest.mark.whole_only) for fault in DEEP)],
    ids=lambda fault: fault.__name__,
)
def test_the_walk_finds(
    fault: Callable[[Patch], None], stage: Stage, monkeypatch: Patch, tell: Callable[[str], None]
) -> None:
    fault(monkeypatch)
    with pytest.raises(BaseException) as found:  # noqa: PT011  (whatever breaks first)
        walk(stage, FAR, SEED)
    print(type(found.value).__name__, stage.tally["steps"])
    assert not isinstance(found.value, TypeError), "the fault does not fit where it was planted"

from dataclasses import replace

import pytest

from orders.payments.gateways.port import Intent, IntentState
from orders.payments.models import AttemptState
from orders.payments.rules import Verdict, judge

PAID = Intent(
    id="pi_1",
    client_secret="",
    state=IntentState.SUCCEEDED,
    amount_fen=5000,
    received_fen=5000,
    currency="cny",
    attempt_key="k",
    failure="",
)
UNFINISHED = [AttemptState.PENDING, AttemptState.OPEN]


@pytest.mark.parametrize("state", [*UNFINISHED, AttemptState.FAILED])
def test_success_counts_even_after_a_failure(state: AttemptState) -> None:
    assert judge(PAID, state, 5000) is Verdict.CAPTURE


def test_success_counts_once() -> None:
    assert judge(PAID, AttemptState.SUCCEEDED, 5000) is Verdict.IGNORE


@pytest.mark.parametrize(
    "intent", [replace(PAID, received_fen=4999), replace(PAID, currency="usd")], ids=str
)
def test_a_wrong_amount_or_currency_is_for_people_to_decide(intent: Intent) -> None:
    assert judge(intent, AttemptState.OPEN, 5000) is Verdict.QUARANTINE


@pytest.mark.parametrize("state", UNFINISHED)
def test_a_failure_ends_an_attempt(state: AttemptState) -> None:
    assert judge(replace(PAID, state=IntentState.FAILED), state, 5000) is Verdict.FAIL


def test_a_late_failure_does_not_undo_a_success() -> None:
    failed = replace(PAID, state=IntentState.FAILED)
    assert judge(failed, AttemptState.SUCCEEDED, 5000) is Verdict.IGNORE


def test_an_intent_that_waits_changes_nothing() -> None:
    waiting = replace(PAID, state=IntentState.WAITING)
    assert judge(waiting, AttemptState.OPEN, 5000) is Verdict.IGNORE

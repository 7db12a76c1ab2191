from dataclasses import replace

import pytest

from orders.payments.gateways.port import Intent, IntentState
from orders.payments.models import AttemptState
from orders.payments.rules import Verdict, dispute_word, furthest, is_news, judge

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


@pytest.mark.parametrize(
    ("happened", "status", "word"),
    [
        ("created", "needs_response", "needs_response"),
        ("funds_withdrawn", "needs_response", "funds_withdrawn"),
        ("funds_withdrawn", "lost", "lost"),
        ("funds_reinstated", "won", "won"),
        ("funds_reinstated", "lost", "funds_reinstated"),
        ("closed", "prevented", "prevented"),
    ],
)
def test_that_money_moved_is_said_of_a_dispute_where_its_status_does_not_say_so(
    happened: str, status: str, word: str
) -> None:
    assert dispute_word(f"charge.dispute.{happened}", status) == word


@pytest.mark.parametrize(
    ("heard", "word", "is_new"),
    [
        (["warning_closed"], "needs_response", True),
        (["warning_needs_response"], "warning_closed", True),
        (["needs_response"], "warning_closed", False),
        (["needs_response"], "under_review", False),
        (["needs_response"], "funds_withdrawn", True),
        (["lost"], "funds_withdrawn", False),
        (["lost"], "lost", False),
        (["lost"], "won", True),
        (["won", "lost"], "won", False),
        (["lost"], "a_word_of_tomorrow", True),
    ],
)
def test_only_what_is_further_than_all_that_was_heard_of_a_dispute_is_news(
    heard: list[str], word: str, is_new: bool
) -> None:
    assert is_news(word, heard) is is_new


def test_of_two_decisions_about_a_dispute_the_later_stands() -> None:
    assert furthest(["lost", "needs_response", "won", "funds_withdrawn"]) == "won"
    assert furthest([]) == ""

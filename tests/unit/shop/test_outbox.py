"""How long a message waits for its next try."""

from datetime import timedelta

from hypothesis import given
from hypothesis.strategies import integers, text

from shop.outbox import MAX_ATTEMPTS, wait_after


@given(attempt=integers(1, MAX_ATTEMPTS), key=text(max_size=20))
def test_each_wait_is_about_twice_the_one_before(attempt: int, key: str) -> None:
    least = timedelta(minutes=2**attempt)
    assert least <= wait_after(attempt, key) < least * 5 / 4


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({wait_after(3, f"mail:{number}") for number in range(100)}) > 50

"""How often a password may be guessed."""

from datetime import UTC, datetime, timedelta

from shop.accounts.sessions.rules import PER_PERSON, WINDOW, caller, retry_at

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def test_fewer_failures_than_allowed_need_no_waiting():
    assert retry_at([NOW] * (PER_PERSON - 1), PER_PERSON) is None


def test_waiting_ends_when_enough_failures_are_old():
    failures = [NOW - timedelta(minutes=n) for n in range(PER_PERSON)]
    assert retry_at(failures, PER_PERSON) == failures[-1] + WINDOW


def test_a_caller_is_recognised_but_not_readable():
    one = caller("13812345678", "203.0.113.7", "secret")
    assert one == caller("13812345678", "203.0.113.7", "secret")
    assert one.who_hash != caller("13812345678", "203.0.113.7", "another").who_hash
    assert "13812345678" not in repr(one)


def test_a_household_with_many_addresses_is_one_caller():
    one = caller("x", "2001:db8:1:2::1", "secret").address_hash
    assert one == caller("x", "2001:db8:1:2:ffff::9", "secret").address_hash
    assert one != caller("x", "2001:db8:1:3::1", "secret").address_hash

from datetime import UTC, date, datetime

from shop import clock


def test_a_day_begins_at_midnight_in_zhuhai() -> None:
    assert clock.day_of(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert clock.day_of(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)


def test_a_day_lasts_from_its_start_to_its_end() -> None:
    day = date(2026, 12, 31)
    assert clock.day_of(clock.start_of(day)) == day
    assert clock.day_of(clock.end_of(day)) == date(2027, 1, 1)


def test_months_are_written_as_the_ledgers_write_them() -> None:
    assert clock.month_of(date(2026, 3, 1)) == "2026-03"

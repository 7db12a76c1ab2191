"""How days and moments are worded."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from shop.web.filters import day, near_day

LATE_IN_LONDON = datetime(2026, 11, 28, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize("value", [LATE_IN_LONDON, LATE_IN_LONDON.isoformat(), date(2026, 11, 29)])
def test_a_moment_is_on_the_day_that_it_is_in_zhuhai(app: Flask, value: date | str) -> None:
    with app.test_request_context():
        assert (day(value), near_day(value)) == ("2026年11月29日", "11月29日")

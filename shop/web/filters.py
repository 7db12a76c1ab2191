"""How figures, days and weights are written on every page."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from flask import Flask
from flask_babel import get_locale, gettext

from shop import clock, money


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        money=money.yuan,
        wan=money.wan,
        day=day,
        near_day=near_day,
        moment=moment,
        month=month,
        months=months,
        weight=weight,
        thousandths=thousandths,
    )


def day(value: date | datetime | str) -> str:
    """A day in full, of a moment the day in Zhuhai: 2026年11月23日.

    Letters carry days and moments as ISO texts, so that they are worded for who reads them.
    """
    if isinstance(value, str):
        return _worded(day, value)
    if isinstance(value, datetime):
        value = clock.day_of(value)
    if _speaks_english():
        return f"{value.day} {value:%b} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


def near_day(value: date | datetime | str) -> str:
    """A day of which everybody knows the year, of a moment the day in Zhuhai: 12月5日, or 5 Dec."""
    if isinstance(value, str):
        return _worded(near_day, value)
    if isinstance(value, datetime):
        value = clock.day_of(value)
    if _speaks_english():
        return f"{value.day} {value:%b}"
    return f"{value.month}月{value.day}日"


def moment(value: datetime | str) -> str:
    """A moment on a clock in Zhuhai: 11-23 14:05."""
    if isinstance(value, str):
        return _worded(moment, value)
    return f"{clock.local(value):%m-%d %H:%M}"


def _worded(say: Callable[[datetime], str], text: str) -> str:
    """What an ISO text says; older letters carry words instead, which are left as they are."""
    try:
        return say(datetime.fromisoformat(text))
    except ValueError:
        return text


def weight(grams: int) -> str:
    """Grams in the unit people read: 500 g, 2.5 kg."""
    return f"{grams} g" if grams < 1000 else f"{thousandths(grams)} kg"


def thousandths(number: int) -> str:
    """So many thousandths as a decimal without needless zeros: 12500 is 12.5, 3000 is 3."""
    return f"{Decimal(number).scaleb(-3):.3f}".rstrip("0").rstrip(".")


def month(number: int) -> str:
    """A month of the year, 1 to 12, by its name: 5月, or May."""
    return f"{date(2000, number, 1):%b}" if _speaks_english() else f"{number}月"


def months(mask: int) -> str:
    """The months of a season mask (bit 0 is January), as spans that may pass new year."""
    inside = [bool(mask >> each & 1) for each in range(12)]
    if all(inside):
        return gettext("全年")
    starts = [m for m in range(12) if inside[m] and not inside[m - 1]]
    return gettext("、").join(_span(start, inside) for start in starts)


def _span(start: int, inside: list[bool]) -> str:
    end = start
    while inside[(end + 1) % 12]:
        end = (end + 1) % 12
    if start == end:
        return month(start + 1)
    if _speaks_english():
        return f"{month(start + 1)}–{month(end + 1)}"
    return f"{start + 1}–{end + 1}月"


def _speaks_english() -> bool:
    return str(get_locale()) == "en"

"""When a month can be closed. Source: rule 6 of docs/counting.md."""

from datetime import date


def month_after(month: str) -> str:
    """``2027-01`` after ``2026-12``."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year}-{number + 1:02}" if number < 12 else f"{year + 1}-01"


def first_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)

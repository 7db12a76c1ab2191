"""Moments and days. Moments are aware UTC; days and months are those of Asia/Shanghai."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This moment, aware UTC. Called by views, jobs and commands; services are told the time."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Zhuhai."""
    return moment.astimezone(SHANGHAI)


def day_of(moment: datetime) -> date:
    """The Asia/Shanghai calendar day that a moment falls on."""
    return local(moment).date()


def month_of(day: date) -> str:
    """The month of a day as the ledgers write it: ``2026-11``."""
    return f"{day:%Y-%m}"


def start_of(day: date) -> datetime:
    """The first moment of an Asia/Shanghai day, as aware UTC."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first moment after an Asia/Shanghai day, as aware UTC."""
    return start_of(day + timedelta(days=1))

"""Months that were closed, by the services that officials use. Call them inside an act."""

from datetime import datetime, timedelta

from orders.closing.models import MonthClose
from orders.closing.rules import last_day
from orders.closing.services import file_month, lock_months, return_month, review_months
from shop import clock
from shop.accounts.people.models import Account, ScopeLevel
from tests.factories.people import make_official


class Officials:
    """One official each of a town, its county and its city."""

    def __init__(self, town_code: str) -> None:
        self.town_code = town_code
        self.town = make_official(ScopeLevel.TOWN, town_code)
        self.county = make_official(ScopeLevel.COUNTY, town_code[:6])
        self.city = make_official(ScopeLevel.CITY, f"{town_code[:4]}00")

    def file(self, month: str, at: datetime | None = None, seen: int = 1) -> MonthClose:
        at = at or days_after(month, 1)
        return file_month(self.town_code, month, seen, "", by=self.town.id, at=at)

    def review(self, month: str, at: datetime | None = None, seen: int = 2) -> list[MonthClose]:
        at = at or days_after(month, 2)
        return review_months(month, {self.town_code: seen}, "", by=self.county.id, at=at)

    def lock(self, month: str, at: datetime | None = None, seen: int = 3) -> list[MonthClose]:
        at = at or days_after(month, 3)
        return lock_months(month, {self.town_code: seen}, "", by=self.city.id, at=at)

    def give_back(self, month: str, by: Account, seen: int, reason: str = "请补佐证") -> MonthClose:
        given = {"by": by.id, "at": days_after(month, 3)}
        return return_month(self.town_code, month, seen, reason, **given)

    def close(self, month: str) -> None:
        """Through all three."""
        self.file(month)
        self.review(month)
        self.lock(month)


def days_after(month: str, days: int) -> datetime:
    """Noon in Zhuhai, so many days after a month's last."""
    return clock.start_of(last_day(month) + timedelta(days=days)) + timedelta(hours=12)

"""The monthly pack: who wants it, and what is made for them."""

from datetime import date, datetime

from sqlalchemy import delete

from orders.exports.models import PackIssue, PackSubscription
from orders.exports.queries.register import find_subscription
from shop.accounts.audit.services import record
from shop.db import db, insert_once


def subscribe(account_id: int, day: int, *, at: datetime) -> None:
    """Have the pack of each month made from a day of the next one on. Again changes the day."""
    insert_once(PackSubscription, "account_id", account_id=account_id, day=day, since=at)
    subscription = find_subscription(account_id)
    assert subscription is not None
    subscription.day = day
    record("subscribe_pack", "account", account_id, by=account_id, at=at, day=day)


def unsubscribe(account_id: int, *, at: datetime) -> None:
    """Have no more of them made. Twice is once."""
    statement = delete(PackSubscription).where(PackSubscription.account_id == account_id)
    gone = db.session.execute(statement.returning(PackSubscription.id)).all()
    if gone:
        record("unsubscribe_pack", "account", account_id, by=account_id, at=at)


def issue(account_id: int, month: str, *, at: datetime) -> int | None:
    """Note that somebody's pack of a month is being made; None if it was before."""
    return insert_once(
        PackIssue, "account_id", "month", account_id=account_id, month=month, made_at=at
    )


def last_month(day: date) -> date:
    """The first day of the month before a day's."""
    return date(day.year - 1, 12, 1) if day.month == 1 else date(day.year, day.month - 1, 1)

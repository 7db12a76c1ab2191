"""The cooperative whose sign-in is printed lets its town's team act for it."""

from datetime import datetime, timedelta

from sqlalchemy import select

from shop import clock
from shop.accounts.mandates.services import give
from shop.accounts.people.models import Account
from shop.db import db, transaction
from shop.demo.applications import TEAM
from shop.demo.people import Seller

GIVEN_BEFORE = timedelta(days=10)
HOLDS = timedelta(days=90)


def lend(sellers: list[Seller], at: datetime) -> None:
    given_at = at - GIVEN_BEFORE
    first = clock.day_of(given_at)
    seller = next(each for each in sellers if each.entry.email)
    with transaction():
        official = db.session.scalars(select(Account).filter_by(email=TEAM)).one()
        appointment = official.official_appointment
        assert appointment is not None
        give(
            seller.cooperative_id,
            appointment.id,
            first,
            first + HOLDS,
            by=seller.manager_id,
            at=given_at,
        )

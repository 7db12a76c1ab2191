"""Whom to tell of a month, and where there is somebody."""

from sqlalchemy import ColumnElement, select

from shop.accounts.notices.rules import Contact
from shop.accounts.people.models import Account, Appointment, Office, ScopeLevel
from shop.db import db


def list_contacts(level: ScopeLevel, code: str | None) -> list[Contact]:
    """The officials who answer for a place."""
    query = (
        select(Account.id, Account.name, Account.email, Account.phone, Account.language)
        .join(Appointment, Appointment.account_id == Account.id)
        .where(_officials(level, code))
        .order_by(Account.id)
    )
    return [Contact(*row) for row in db.session.execute(query)]


def list_staffed(level: ScopeLevel) -> set[str]:
    """The codes of the places of a level that have officials of their own."""
    query = (
        select(Appointment.scope_code)
        .join(Account, Account.id == Appointment.account_id)
        .where(_of_level(level))
    )
    return {code for code in db.session.scalars(query) if code}


def _officials(level: ScopeLevel, code: str | None) -> ColumnElement[bool]:
    place = Appointment.scope_code == code if code is not None else Appointment.scope_code.is_(None)
    return _of_level(level) & place


def _of_level(level: ScopeLevel) -> ColumnElement[bool]:
    return (
        (Appointment.office == Office.OFFICIAL)
        & (Appointment.scope_level == level)
        & Appointment.ended_at.is_(None)
        & Account.closed_at.is_(None)
    )

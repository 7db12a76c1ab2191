"""Who holds which office, and who is invited."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop.accounts.people.models import Account, Appointment, Invitation, Office
from shop.accounts.sessions.services import hash_of
from shop.db import db
from shop.errors import NotFound
from shop.places.queries import find_place


class Holder(NamedTuple):
    """A person in an office; ``place`` is empty where an office has no place."""

    account: Account
    appointment: Appointment
    place: str


class OpenInvitation(NamedTuple):
    """An invitation that nobody has taken up yet."""

    invitation: Invitation
    place: str


def list_holders() -> list[Holder]:
    """Everybody who holds an office now, by office and place."""
    query = (
        select(Account, Appointment)
        .join(Appointment, Appointment.account_id == Account.id)
        .where(Appointment.ended_at.is_(None))
        .order_by(Appointment.office, Appointment.scope_code, Account.id)
    )
    found = db.session.execute(query).all()
    return [Holder(person, held, place_name(held.scope_code)) for person, held in found]


def get_holding(appointment_id: int) -> Appointment:
    """An appointment that has not ended. Raises NotFound."""
    found = db.session.get(Appointment, appointment_id)
    if found is None or found.ended_at is not None:
        raise NotFound
    return found


def list_open_invitations(at: datetime) -> list[OpenInvitation]:
    """All invitations that can still be accepted, the newest first."""
    query = (
        select(Invitation)
        .where(Invitation.accepted_at.is_(None), Invitation.expires_at > at)
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.id.desc())
    )
    return [OpenInvitation(each, place_name(each.scope_code)) for each in db.session.scalars(query)]


def find_invitation(token: str, at: datetime) -> Invitation | None:
    """The invitation that a link leads to, while it can be accepted."""
    query = select(Invitation).where(
        Invitation.token_hash == hash_of(token),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > at,
    )
    return db.session.scalar(query)


def get_open_invitation(invitation_id: int, at: datetime) -> Invitation:
    """Raises NotFound for one that was accepted or ran out."""
    found = db.session.get(Invitation, invitation_id)
    if found is None or found.accepted_at is not None or found.expires_at <= at:
        raise NotFound
    return found


def count_open_invitations_by(account_id: int, at: datetime) -> int:
    """How many invitations of one person wait for an answer."""
    query = select(func.count(Invitation.id)).where(
        Invitation.invited_by_id == account_id,
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > at,
    )
    return db.session.scalar(query) or 0


def list_open_invitations_to(identifier: str, at: datetime) -> Sequence[Invitation]:
    """What a person is invited to, by e-mail or phone, and has not answered."""
    query = select(Invitation).where(
        (Invitation.email == identifier) | (Invitation.phone == identifier),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > at,
    )
    return db.session.scalars(query).all()


def list_open_invitations_of(organisation_id: int, at: datetime) -> Sequence[Invitation]:
    """Who is asked to join an organisation and has not answered, the newest first."""
    query = select(Invitation).where(
        Invitation.organisation_id == organisation_id,
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > at,
    )
    return db.session.scalars(query.order_by(Invitation.id.desc())).all()


def is_administrator(account_id: int) -> bool:
    query = select(Appointment.id).where(
        Appointment.account_id == account_id,
        Appointment.office == Office.ADMINISTRATOR,
        Appointment.ended_at.is_(None),
    )
    return db.session.scalar(query) is not None


def place_name(code: str | None) -> str:
    """The full name of the place with this code; empty for none."""
    place = find_place(code) if code else None
    return place.full_name if place else ""

"""Invite people to offices and organisations; take offices back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from shop import mail, sms
from shop.accounts.administration.errors import (
    AlreadyInvited,
    BodyDoesNotFit,
    InvitationGone,
    NotTheInvited,
    TooManyInvitations,
)
from shop.accounts.administration.queries import (
    count_open_invitations_by,
    find_invitation,
    get_holding,
    get_open_invitation,
    is_administrator,
    list_open_invitations_to,
    place_name,
)
from shop.accounts.audit.services import record
from shop.accounts.people import services as people
from shop.accounts.people.models import Account, Body, Invitation, MemberRole, Office
from shop.accounts.people.rules import Scope, body_fits
from shop.accounts.people.services import Newcomer
from shop.accounts.policies.services import give_consents
from shop.accounts.sessions.services import hash_of
from shop.db import db
from shop.organisations.models import Organisation

VALID = timedelta(days=7)
MOST_OPEN = 20


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What somebody is invited to: an office, an official's with its scope, or a membership."""

    email: str | None = None
    phone: str | None = None
    office: Office | None = None
    scope: Scope | None = None
    body: Body | None = None
    organisation: Organisation | None = None
    # The part in the organisation; that of its first members unless another is named.
    member_role: MemberRole | None = None


def invite(offer: Offer, *, by: int, at: datetime) -> Invitation:
    """Send somebody a link that works once, for seven days.

    Raises BodyDoesNotFit, AlreadyInvited or TooManyInvitations.
    """
    if offer.scope and offer.body and not body_fits(offer.body, offer.scope.level):
        raise BodyDoesNotFit
    if not is_administrator(by) and count_open_invitations_by(by, at) >= MOST_OPEN:
        raise TooManyInvitations
    if any(_is_same(offer, earlier) for earlier in _earlier_ones(offer, at)):
        raise AlreadyInvited
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=offer.email,
        phone=offer.phone,
        token_hash=hash_of(token),
        office=offer.office,
        scope_level=offer.scope.level if offer.scope else None,
        scope_code=offer.scope.code if offer.scope else None,
        body=offer.body,
        organisation_id=offer.organisation.id if offer.organisation else None,
        member_role=_member_role(offer),
        invited_by_id=by,
        created_at=at,
        expires_at=at + VALID,
    )
    db.session.add(invitation)
    db.session.flush()
    _send(invitation, offer, token, at=at)
    record("invite", "invitation", invitation.id, by=by, at=at, **_detail(invitation))
    return invitation


def withdraw_invitation(invitation_id: int, *, by: int, at: datetime) -> None:
    """Make a link worth nothing. Raises NotFound."""
    get_open_invitation(invitation_id, at).expires_at = at
    record("withdraw_invitation", "invitation", invitation_id, by=by, at=at)


def accept_as_newcomer(token: str, newcomer_name: str, password_hash: str, *, at: datetime) -> int:
    """Open an account for the invited address and give it what was offered.

    Return the account's id. Raises InvitationGone, IdentifierTaken or PoliciesMissing.
    """
    invitation = _take(token, at=at)
    account = people.open_account(
        Newcomer(name=newcomer_name, identifier=invitation.identifier, password_hash=password_hash),
        at=at,
    )
    give_consents(account.id, at=at)
    _fulfil(invitation, account, at=at)
    return account.id


def accept_as(account_id: int, token: str, *, at: datetime) -> None:
    """Give an account what it was offered. Raises InvitationGone, NotTheInvited, AlreadyHolds."""
    invitation = _take(token, at=at)
    account = db.session.get_one(Account, account_id)
    if invitation.identifier not in (account.email, account.phone):
        raise NotTheInvited
    _fulfil(invitation, account, at=at)


def end_appointment(appointment_id: int, *, by: int, at: datetime) -> None:
    """Take an office back; the person is signed out at once. Raises NotFound, LastAdministrator."""
    appointment = get_holding(appointment_id)
    people.end_appointment(appointment, at=at)
    record(
        "end_appointment",
        "appointment",
        appointment.id,
        by=by,
        at=at,
        account=appointment.account_id,
        office=appointment.office,
        scope=appointment.scope_code,
    )


def _earlier_ones(offer: Offer, at: datetime) -> Sequence[Invitation]:
    return list_open_invitations_to(offer.email or offer.phone or "", at)


def _member_role(offer: Offer) -> MemberRole | None:
    if offer.organisation is None:
        return None
    return offer.member_role or people.usual_role(offer.organisation)


def _is_same(offer: Offer, earlier: Invitation) -> bool:
    organisation_id = offer.organisation.id if offer.organisation else None
    return (offer.office, organisation_id) == (earlier.office, earlier.organisation_id)


def _send(invitation: Invitation, offer: Offer, token: str, *, at: datetime) -> None:
    context = {
        "path": f"/invitations/{token}",
        "office": offer.office,
        "place": place_name(invitation.scope_code),
        "body": offer.body,
        "organisation": offer.organisation.name if offer.organisation else "",
    }
    key = f"invitation:{invitation.id}"
    if offer.phone:
        sms.post(offer.phone, "invitation", context, key=key, at=at)
    elif offer.email:
        mail.post(offer.email, "invitation", context, key=key, at=at)


def _take(token: str, *, at: datetime) -> Invitation:
    """The invitation of a link, used up by this very act."""
    invitation = find_invitation(token, at)
    if invitation is None:
        raise InvitationGone
    taken = db.session.scalar(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.accepted_at.is_(None))
        .values(accepted_at=at)
        .returning(Invitation.id)
    )
    if taken is None:
        raise InvitationGone
    return invitation


def _fulfil(invitation: Invitation, account: Account, *, at: datetime) -> None:
    if invitation.organisation is not None:
        people.add_member(account, invitation.organisation, invitation.member_role, at=at)
    elif invitation.office is not None:
        level = invitation.scope_level
        scope = Scope(level, invitation.scope_code) if level else None
        people.appoint(account, invitation.office, scope=scope, body=invitation.body, at=at)
    detail = _detail(invitation)
    record("accept_invitation", "invitation", invitation.id, by=account.id, at=at, **detail)


def _detail(invitation: Invitation) -> dict[str, str | int | None]:
    known = {
        "email": invitation.email,
        "phone": invitation.phone,
        "office": invitation.office,
        "scope": invitation.scope_code,
        "body": invitation.body,
        "organisation": invitation.organisation_id,
        "role": invitation.member_role,
    }
    return {name: value for name, value in known.items() if value is not None}

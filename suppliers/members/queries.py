"""Read who works for a cooperative. Only its own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from shop.accounts.people.models import (
    COOPERATIVE_ROLES,
    Account,
    Invitation,
    MemberRole,
    Membership,
)
from shop.db import db
from shop.errors import NotFound


def list_parts(cooperative_id: int) -> Sequence[tuple[Membership, Account]]:
    """The members of now, managers first."""
    query = (
        select(Membership, Account)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.organisation_id == cooperative_id, Membership.ended_at.is_(None))
        .order_by(Membership.role != MemberRole.MANAGER, Membership.since, Membership.id)
    )
    return [(part, account) for part, account in db.session.execute(query)]


def get_part(cooperative_id: int, member_id: int) -> Membership:
    """The part of a member, by account. Raises NotFound for who left or is of another one."""
    query = (
        select(Membership)
        .where(
            Membership.account_id == member_id,
            Membership.organisation_id == cooperative_id,
            Membership.role.in_(COOPERATIVE_ROLES),
            Membership.ended_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def get_invitation(cooperative_id: int, invitation_id: int, at: datetime) -> Invitation:
    """An invitation into the cooperative that waits for an answer. Raises NotFound."""
    query = select(Invitation).where(
        Invitation.id == invitation_id,
        Invitation.organisation_id == cooperative_id,
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > at,
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def count_managers(cooperative_id: int) -> int:
    query = select(func.count(Membership.id)).where(
        Membership.organisation_id == cooperative_id,
        Membership.role == MemberRole.MANAGER,
        Membership.ended_at.is_(None),
    )
    return db.session.scalar(query) or 0

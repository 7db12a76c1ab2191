"""Change who does what in a cooperative; each step is written into the audit log."""

from datetime import datetime

from shop.accounts.administration.services import withdraw_invitation
from shop.accounts.audit.services import record
from shop.accounts.people.models import Account, MemberRole, Membership
from shop.accounts.people.services import add_member, end_membership
from shop.db import db
from shop.organisations.models import Organisation
from suppliers.members.errors import LastManager
from suppliers.members.queries import count_managers, get_invitation, get_part


def change_role(
    cooperative_id: int, member_id: int, role: MemberRole, *, by: int, at: datetime
) -> None:
    """Give a member another part; they are signed out, so that nothing old stays open.

    Raises NotFound or LastManager.
    """
    part = _lock(cooperative_id, member_id)
    if part.role is role:
        return
    _require_another_manager(part)
    end_membership(part, at=at)
    account = db.session.get_one(Account, part.account_id)
    add_member(account, part.organisation, role, at=at)
    record(
        "change_member_role",
        "organisation",
        cooperative_id,
        by=by,
        at=at,
        account=account.id,
        before=part.role,
        after=role,
    )


def end_part(cooperative_id: int, member_id: int, *, by: int, at: datetime) -> None:
    """A member leaves, and is signed out at once. Raises NotFound or LastManager."""
    part = _lock(cooperative_id, member_id)
    _require_another_manager(part)
    end_membership(part, at=at)
    record(
        "end_membership",
        "organisation",
        cooperative_id,
        by=by,
        at=at,
        account=part.account_id,
        role=part.role,
    )


def withdraw(cooperative_id: int, invitation_id: int, *, by: int, at: datetime) -> None:
    """Make a link into the cooperative worth nothing. Raises NotFound."""
    get_invitation(cooperative_id, invitation_id, at)
    withdraw_invitation(invitation_id, by=by, at=at)


def _lock(cooperative_id: int, member_id: int) -> Membership:
    """The membership as it is now; nobody else changes members before this act is over."""
    db.session.get_one(Organisation, cooperative_id, with_for_update=True)
    return get_part(cooperative_id, member_id)


def _require_another_manager(part: Membership) -> None:
    if part.role is MemberRole.MANAGER and count_managers(part.organisation_id) == 1:
        raise LastManager

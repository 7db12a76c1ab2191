"""The administrator's register of cooperatives: each step is written into the audit log."""

from datetime import datetime

from sqlalchemy import select

from shop.accounts.audit.services import record
from shop.accounts.people.models import Membership
from shop.accounts.sessions.services import end_all_of
from shop.db import db
from shop.organisations import services as organisations
from shop.organisations.models import Organisation
from shop.organisations.queries import get_cooperative
from shop.organisations.services import CooperativeEntry


def register(entry: CooperativeEntry, *, by: int, at: datetime) -> Organisation:
    """Write a cooperative down. Raises what ``register_cooperative`` raises."""
    cooperative = organisations.register_cooperative(entry, at=at)
    record(
        "register_cooperative",
        "organisation",
        cooperative.id,
        by=by,
        at=at,
        name=entry.name,
        credit_code=entry.credit_code,
        town=entry.town_code,
    )
    return cooperative


def revise(
    cooperative_id: int, *, village: str, phone: str, introduction: str, by: int, at: datetime
) -> None:
    """Change what may change of a cooperative; its name, code and town stay. Raises NotFound."""
    cooperative = get_cooperative(cooperative_id)
    cooperative.village, cooperative.phone = village, phone
    cooperative.introduction = introduction
    record("revise_cooperative", "organisation", cooperative_id, by=by, at=at, phone=phone)


def admit(cooperative_id: int, reason: str | None, *, by: int, at: datetime) -> None:
    """Let a cooperative sell; without the signatures of its town's two bodies for a reason, which
    is None where they signed. Raises NotFound, NotInThatState or TownNotAssisted."""
    organisations.admit(get_cooperative(cooperative_id), at=at)
    said = {} if reason is None else {"reason": reason}
    record("admit_cooperative", "organisation", cooperative_id, by=by, at=at, **said)


def suspend(cooperative_id: int, reason: str, *, by: int, at: datetime) -> None:
    """Stop a cooperative from selling and sign its people out. Raises NotFound, NotInThatState."""
    organisations.suspend(get_cooperative(cooperative_id), at=at)
    for account_id in _people_of(cooperative_id):
        end_all_of(account_id)
    record("suspend_cooperative", "organisation", cooperative_id, by=by, at=at, reason=reason)


def reinstate(cooperative_id: int, reason: str, *, by: int, at: datetime) -> None:
    """Let a suspended cooperative sell again. Raises NotFound or NotInThatState."""
    organisations.reinstate(get_cooperative(cooperative_id), at=at)
    record("reinstate_cooperative", "organisation", cooperative_id, by=by, at=at, reason=reason)


def _people_of(organisation_id: int) -> list[int]:
    query = select(Membership.account_id).where(
        Membership.organisation_id == organisation_id, Membership.ended_at.is_(None)
    )
    return list(db.session.scalars(query))

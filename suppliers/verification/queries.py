"""Read the register of cooperatives."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import Account, Membership
from shop.db import db
from shop.organisations.models import Organisation
from shop.organisations.queries import cooperatives

# What a cooperative's page tells of its past.
STEPS = (
    "register_cooperative",
    "admit_cooperative",
    "suspend_cooperative",
    "reinstate_cooperative",
)


def search(words: str) -> Select[Organisation]:
    """Cooperatives whose name or credit code holds the words; all for none."""
    query = cooperatives()
    if words:
        in_name = Organisation.name.contains(words, autoescape=True)
        query = query.where(in_name | (Organisation.credit_code == words.upper()))
    return query


def list_members(organisation_id: int) -> Sequence[Account]:
    """The people who act for an organisation now."""
    query = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .order_by(Account.id)
    )
    return db.session.scalars(query).all()


def list_steps(organisation_id: int) -> Sequence[AuditEntry]:
    """What became of a cooperative's standing, the latest first."""
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.subject == "organisation",
            AuditEntry.subject_id == str(organisation_id),
            AuditEntry.act.in_(STEPS),
        )
        .order_by(AuditEntry.id.desc())
    )
    return db.session.scalars(query).all()

"""Read the audit log."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from shop.accounts.audit.models import AuditEntry
from shop.accounts.mandates.models import Mandate
from shop.accounts.people.models import Account
from shop.db import db


def entries(act: str, subject: str, subject_id: str, person: str) -> Select[AuditEntry]:
    """The entries that fit, the newest first; an empty value fits all.

    ``person`` is a part of a name, or a whole e-mail address or phone number.
    """
    query = select(AuditEntry).options(
        joinedload(AuditEntry.account).lazyload("*"),
        joinedload(AuditEntry.mandate).joinedload(Mandate.organisation),
    )
    for column, value in (
        (AuditEntry.act, act),
        (AuditEntry.subject, subject),
        (AuditEntry.subject_id, subject_id),
    ):
        if value:
            query = query.where(column == value)
    if person:
        query = query.join(AuditEntry.account).where(
            or_(
                Account.name.contains(person, autoescape=True),
                Account.email == person.lower(),
                Account.phone == person,
            )
        )
    return query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())


def done_on_behalf(organisation_id: int) -> Select[AuditEntry]:
    """What officials did in a cooperative's name, the newest first."""
    return (
        select(AuditEntry)
        .join(AuditEntry.mandate)
        .where(Mandate.organisation_id == organisation_id)
        .options(joinedload(AuditEntry.account).lazyload("*"))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )


def find_mandate_of(act: str, subject: str, subject_id: object) -> int | None:
    """Under which mandate something was done the last time; None for in one's own name."""
    query = select(AuditEntry.mandate_id).filter_by(
        act=act, subject=subject, subject_id=str(subject_id)
    )
    return db.session.scalar(query.order_by(AuditEntry.id.desc()).limit(1))


def list_acts() -> Sequence[str]:
    """The acts that were ever recorded."""
    return db.session.scalars(select(AuditEntry.act).distinct().order_by(AuditEntry.act)).all()


def list_subjects() -> Sequence[str]:
    """The kinds of things that were ever acted upon."""
    query = select(AuditEntry.subject).distinct().order_by(AuditEntry.subject)
    return db.session.scalars(query).all()

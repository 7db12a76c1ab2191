"""Read the agreement and the privacy text as they hold on a day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from shop.accounts.policies.models import Consent, PolicyKind, PolicyText
from shop.db import db
from shop.errors import NotFound


def find_in_force(kind: PolicyKind, day: date) -> PolicyText | None:
    """The version that holds on a day."""
    query = (
        select(PolicyText)
        .where(PolicyText.kind == kind, PolicyText.effective_on <= day)
        .order_by(PolicyText.version.desc())
    )
    return db.session.scalars(query.limit(1)).first()


def find_latest(kind: PolicyKind) -> PolicyText | None:
    """The version published last, in force or announced."""
    query = select(PolicyText).where(PolicyText.kind == kind).order_by(PolicyText.version.desc())
    return db.session.scalars(query.limit(1)).first()


def get_version(kind: PolicyKind, version: int) -> PolicyText:
    """Raises NotFound."""
    query = select(PolicyText).where(PolicyText.kind == kind, PolicyText.version == version)
    text = db.session.scalar(query)
    if text is None:
        raise NotFound
    return text


def list_versions(kind: PolicyKind) -> Sequence[PolicyText]:
    """All versions, the newest first."""
    query = select(PolicyText).where(PolicyText.kind == kind).order_by(PolicyText.version.desc())
    return db.session.scalars(query).all()


def list_consents(account_id: int) -> Sequence[tuple[Consent, PolicyText]]:
    """What a person agreed to, and when."""
    query = (
        select(Consent, PolicyText)
        .join(PolicyText, PolicyText.id == Consent.policy_text_id)
        .where(Consent.account_id == account_id)
        .order_by(Consent.id)
    )
    return [(consent, text) for consent, text in db.session.execute(query)]

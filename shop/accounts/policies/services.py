"""Publish new versions of the texts, and write down who agreed to which."""

from datetime import date, datetime
from pathlib import Path

from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.policies.errors import AnnouncedTooLate, OutOfOrder, PoliciesMissing
from shop.accounts.policies.models import Consent, PolicyKind, PolicyText
from shop.accounts.policies.queries import find_in_force, find_latest
from shop.accounts.policies.rules import earliest_effect
from shop.db import db

DRAFTS = Path(__file__).parent


def publish(
    kind: PolicyKind, body: str, effective_on: date, *, by: int | None, at: datetime
) -> PolicyText:
    """Announce a new version. Raises AnnouncedTooLate or OutOfOrder."""
    latest = find_latest(kind)
    if effective_on < earliest_effect(clock.day_of(at), latest is None):
        raise AnnouncedTooLate
    if latest is not None and effective_on < latest.effective_on:
        raise OutOfOrder
    text = PolicyText(
        kind=kind,
        version=latest.version + 1 if latest else 1,
        body=body,
        published_at=at,
        effective_on=effective_on,
    )
    db.session.add(text)
    db.session.flush()
    record(
        "publish_policy",
        "policy_text",
        text.id,
        by=by,
        at=at,
        kind=kind,
        version=text.version,
        effective_on=effective_on.isoformat(),
    )
    return text


def publish_drafts(*, at: datetime) -> None:
    """Put the drafts beside this file into force where no text was ever published."""
    for kind in PolicyKind:
        if find_latest(kind) is None:
            draft = (DRAFTS / f"{kind}.txt").read_text(encoding="utf-8")
            publish(kind, draft.strip(), clock.day_of(at), by=None, at=at)


def give_consents(account_id: int, *, at: datetime) -> None:
    """Write down that a person agreed to every text in force. Raises PoliciesMissing."""
    for kind in PolicyKind:
        text = find_in_force(kind, clock.day_of(at))
        if text is None:
            raise PoliciesMissing
        db.session.add(Consent(account_id=account_id, policy_text_id=text.id, at=at))
    db.session.flush()

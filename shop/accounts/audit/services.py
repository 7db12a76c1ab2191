"""Write down who did what."""

from datetime import datetime
from typing import Any

from shop.accounts.audit.models import AuditEntry
from shop.db import db


def record(
    act: str,
    subject: str,
    subject_id: object,
    *,
    by: int | None,
    at: datetime,
    **detail: Any,
) -> None:
    """Add an audit entry to the current transaction.

    ``by`` is the account that acted, None when the system did; ``detail`` must fit JSON and hold
    no secret.
    """
    db.session.add(
        AuditEntry(
            at=at,
            account_id=by,
            act=act,
            subject=subject,
            subject_id=str(subject_id),
            detail=detail,
        )
    )

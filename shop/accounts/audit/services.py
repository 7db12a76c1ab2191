"""Write down who did what."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shop.accounts.audit.models import AuditEntry
from shop.db import db


@dataclass
class _Acting:
    """Who acts in somebody's name while a request is answered, and by which door they came."""

    account_id: int
    mandate_id: int
    door: str
    # Whether the act that is going on has been written down.
    is_written: bool = False


_acting: ContextVar[_Acting | None] = ContextVar("acting", default=None)


def act_under(mandate_id: int, account_id: int, door: str) -> None:
    """Write into what this person does from now on, in this request, under which mandate."""
    _acting.set(_Acting(account_id, mandate_id, door))


def act_for_oneself() -> None:
    """Whatever is done from now on is done in one's own name."""
    _acting.set(None)


def write_down(*, at: datetime) -> None:
    """Before an act in somebody's name is committed: if nothing of it is in the log, enter by
    which door it came, so that there is none without a trace."""
    acting = _acting.get()
    if acting and not acting.is_written:
        record("act_at_desk", "door", acting.door, by=acting.account_id, at=at)


def begin_anew() -> None:
    """Whatever comes next is another act."""
    acting = _acting.get()
    if acting:
        acting.is_written = False


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
    acting = _acting.get()
    if acting and acting.account_id == by:
        acting.is_written, mandate_id = True, acting.mandate_id
    else:
        mandate_id = None
    db.session.add(
        AuditEntry(
            at=at,
            account_id=by,
            mandate_id=mandate_id,
            act=act,
            subject=subject,
            subject_id=str(subject_id),
            detail=detail,
        )
    )

"""Read browser sessions."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, bindparam, select
from sqlalchemy import inspect as inspect_model
from sqlalchemy.orm import Mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from shop.accounts.people.models import Account, Appointment, Membership
from shop.accounts.sessions.models import BrowserSession, KeptForm
from shop.accounts.sessions.rules import KEPT_FOR, Field
from shop.accounts.sessions.services import LIFETIME, hash_of
from shop.db import Base, attributes_of, columns_of, db, table_of
from shop.organisations.models import Organisation
from shop.secrets import open_sealed

# A session in use is prolonged at most this often, so that reading pages writes almost nothing.
PROLONG_AFTER = timedelta(hours=6)

_SESSIONS = table_of(BrowserSession)
# What is asked of a person, in the order of the columns below.
_WHO: Sequence[type[Base]] = (Account, Membership, Organisation, Appointment)
_ACCOUNTS, _PARTS, _ORGANISATIONS, _OFFICES = map(table_of, _WHO)
# Asked by every request, so it is put together once, and its rows are made objects here: reading
# them as objects took four times as long as the database.
_BY_KEY = (
    select(
        _SESSIONS.c.data,
        _SESSIONS.c.expires_at,
        _SESSIONS.c.seen_at,
        *columns_of(*_WHO),
    )
    .select_from(
        _SESSIONS.outerjoin(_ACCOUNTS, _ACCOUNTS.c.id == _SESSIONS.c.account_id)
        .outerjoin(_PARTS, _PARTS.c.account_id == _ACCOUNTS.c.id)
        .outerjoin(_ORGANISATIONS, _ORGANISATIONS.c.id == _PARTS.c.organisation_id)
        .outerjoin(_OFFICES, _OFFICES.c.account_id == _ACCOUNTS.c.id)
    )
    .where(
        _SESSIONS.c.key_hash == bindparam("key_hash"),
        _SESSIONS.c.expires_at > bindparam("at"),
    )
    .order_by(_PARTS.c.id, _OFFICES.c.id)
)
_OWN_COLUMNS = 3

Model = TypeVar("Model", bound=Base)


class Found(NamedTuple):
    """What a session holds, whether it is time to prolong it, when it was last seen (to a part of
    the idle time), and whose it is."""

    data: dict[str, Any]
    is_due: bool
    seen_at: datetime
    account: Account | None


def find_session(key: str, *, at: datetime) -> Found | None:
    """A session that has not ended, in one statement with its person."""
    rows = db.session.execute(_BY_KEY, {"key_hash": hash_of(key), "at": at}).all()
    if not rows:
        return None
    data, expires_at, seen_at = rows[0][:_OWN_COLUMNS]
    is_due = expires_at - at < LIFETIME - PROLONG_AFTER
    return Found(dict(data), is_due, seen_at, _person_of(rows))


def _person_of(rows: Sequence[Row[Any]]) -> Account | None:
    """The person with what they belong to and the offices they hold, as if read as objects."""
    person: Account | None = None
    parts: dict[int, Membership] = {}
    offices: dict[int, Appointment] = {}
    for row in rows:
        begins = _OWN_COLUMNS
        found: list[Any] = []
        for model in _WHO:
            ends = begins + len(attributes_of(model))
            found.append(_adopt(model, row[begins:ends]))
            begins = ends
        person, part, organisation, office = found
        if part is not None:
            set_committed_value(part, "organisation", organisation)
            parts[part.id] = part
        if office is not None:
            offices[office.id] = office
    if person is not None:
        set_committed_value(person, "memberships", list(parts.values()))
        set_committed_value(person, "appointments", list(offices.values()))
    return person


def _adopt(model: type[Model], values: Sequence[Any]) -> Model | None:
    """A row of a model's table, its id first, as the session's object of it; None for a row that
    isn't there."""
    if values[0] is None:
        return None
    mapper: Mapper[Model] = inspect_model(model)
    session = db.session()
    key = mapper.identity_key_from_primary_key((values[0],))
    present: Model | None = session.identity_map.get(key)
    if present is not None:
        return present
    adopted: Model = mapper.class_manager.new_instance()
    adopted.__dict__.update(zip(attributes_of(model), values, strict=True))
    make_transient_to_detached(adopted)
    session.add(adopted)
    return adopted


def find_kept_form(account_id: int, *, at: datetime) -> tuple[str, list[Field]] | None:
    """The path and the fields of what a person sent after their session had ended."""
    query = select(KeptForm).where(KeptForm.account_id == account_id, KeptForm.at > at - KEPT_FOR)
    kept = db.session.scalar(query)
    if kept is None:
        return None
    return kept.path, [(name, value) for name, value in json.loads(open_sealed(kept.sealed_fields))]

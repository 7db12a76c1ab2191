"""Read which licences hold, and which run out."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload

from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate
from suppliers.licences.models import LicenceRenewal
from suppliers.licences.rules import FOOD_KINDS
from suppliers.verification.models import Document, Photo

PER_PAGE = 20
# So many of its former licences a cooperative's page tells of.
MOST_FORMER = 20

_WHOLE = (
    joinedload(LicenceRenewal.organisation),
    joinedload(LicenceRenewal.photo),
    joinedload(LicenceRenewal.submitted_by).lazyload("*"),
)


def may_make_food(cooperative_id: int, today: date) -> bool:
    """Whether a licence to make food, of this cooperative's, holds on that day."""
    holds = select(Document.id).where(
        Document.organisation_id == cooperative_id,
        Document.kind.in_(FOOD_KINDS),
        Document.replaced_at.is_(None),
        or_(Document.open_ended, Document.expires_on >= today),
    )
    return bool(db.session.scalar(select(exists(holds))))


def list_licences(organisation_id: int) -> Sequence[Document]:
    """The papers of a cooperative that no newer one replaced, the next to expire first."""
    query = (
        select(Document)
        .where(Document.organisation_id == organisation_id, Document.replaced_at.is_(None))
        .order_by(Document.expires_on.is_(None), Document.expires_on, Document.id)
    )
    return db.session.scalars(query).all()


def list_former(organisation_id: int) -> Sequence[Document]:
    """The papers that newer ones took the place of, the last first."""
    query = (
        select(Document)
        .where(Document.organisation_id == organisation_id, Document.replaced_at.is_not(None))
        .order_by(Document.replaced_at.desc(), Document.id.desc())
        .limit(MOST_FORMER)
    )
    return db.session.scalars(query).all()


def list_waiting(organisation_id: int) -> Sequence[LicenceRenewal]:
    """What a cooperative brought and nobody has answered."""
    query = select(LicenceRenewal).options(*_WHOLE)
    mine = (LicenceRenewal.organisation_id == organisation_id) & LicenceRenewal.answer.is_(None)
    return db.session.scalars(query.where(mine).order_by(LicenceRenewal.id)).all()


def find_last_refused(organisation_id: int) -> LicenceRenewal | None:
    """What the office said last, if it was a refusal."""
    query = (
        select(LicenceRenewal)
        .where(LicenceRenewal.organisation_id == organisation_id)
        .order_by(LicenceRenewal.id.desc())
        .limit(1)
    )
    last = db.session.scalars(query).one_or_none()
    return last if last and last.reason else None


def list_renewals(number: int, *, waiting: bool) -> Page[LicenceRenewal]:
    """Those that wait for the office, the longest waiting first; else all, the newest first."""
    query = select(LicenceRenewal).options(*_WHOLE)
    if waiting:
        query = query.where(LicenceRenewal.answer.is_(None)).order_by(
            LicenceRenewal.submitted_at, LicenceRenewal.id
        )
    else:
        query = query.order_by(LicenceRenewal.id.desc())
    return paginate(query, number, PER_PAGE)


def get_renewal(renewal_id: int) -> LicenceRenewal:
    """One as it is now. Raises NotFound."""
    return _get(LicenceRenewal.id == renewal_id)


def get_own_renewal(organisation_id: int, renewal_id: int) -> LicenceRenewal:
    """One of a cooperative's, as it is now. Raises NotFound."""
    own = LicenceRenewal.organisation_id == organisation_id
    return _get(own & (LicenceRenewal.id == renewal_id))


def is_own_photo(photo_id: int, account_id: int) -> bool:
    """Whether somebody uploaded a photo."""
    query = select(Photo.id).where(Photo.id == photo_id, Photo.uploaded_by_id == account_id)
    return db.session.scalar(query) is not None


def list_expiring(until: date) -> Sequence[int]:
    """The cooperatives with a licence that runs out by a day, or has."""
    query = (
        select(Document.organisation_id)
        .where(
            Document.organisation_id.is_not(None),
            Document.replaced_at.is_(None),
            Document.expires_on <= until,
        )
        .distinct()
        .order_by(Document.organisation_id)
    )
    return [found for found in db.session.scalars(query) if found is not None]


def _get(which: ColumnElement[bool]) -> LicenceRenewal:
    query = select(LicenceRenewal).where(which).options(*_WHOLE)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found

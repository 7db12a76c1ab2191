"""Read which licences hold, and which run out."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, or_, select

from shop.db import db
from suppliers.licences.rules import FOOD_KINDS
from suppliers.verification.models import Document


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

"""Read which licences hold."""

from datetime import date

from sqlalchemy import exists, or_, select

from shop.db import db
from suppliers.verification.models import Document, DocumentKind

TO_MAKE_FOOD = (DocumentKind.FOOD_PRODUCTION, DocumentKind.FOOD_WORKSHOP)


def may_make_food(cooperative_id: int, today: date) -> bool:
    """Whether a licence to make food, of this cooperative's, holds on that day."""
    holds = select(Document.id).where(
        Document.organisation_id == cooperative_id,
        Document.kind.in_(TO_MAKE_FOOD),
        Document.replaced_at.is_(None),
        or_(Document.open_ended, Document.expires_on >= today),
    )
    return bool(db.session.scalar(select(exists(holds))))

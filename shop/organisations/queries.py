"""Find organisations."""

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind


def get_cooperative(organisation_id: int) -> Organisation:
    """Raises NotFound."""
    found = db.session.scalar(cooperatives().where(Organisation.id == organisation_id))
    if found is None:
        raise NotFound
    return found


def cooperatives() -> Select[Organisation]:
    """All cooperatives with their towns, by name."""
    return (
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.COOPERATIVE)
        .options(joinedload(Organisation.town))
        .order_by(Organisation.name)
    )

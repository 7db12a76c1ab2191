"""Rules of licences: who may not sell for want of one, and who may."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Exists, Select, exists, or_, select

from shop import clock
from shop.organisations.models import Organisation
from suppliers.licences.rules import FOOD_KINDS
from suppliers.verification.models import Document, DocumentKind

# A night's work that did not come about is done the next.
NIGHTS = timedelta(days=2)
_BUSINESS = (DocumentKind.BUSINESS_LICENCE,)


def wrongly_lapsed() -> Select[Any]:
    """Stopped for want of a licence, though one holds or none was ever asked for."""
    return (
        select(Organisation.id)
        .where(
            or_(
                Organisation.licence_lapsed_at.is_not(None)
                & (_one_holds(_BUSINESS) | ~_is_there(_BUSINESS)),
                Organisation.food_licence_lapsed_at.is_not(None)
                & (_one_holds(FOOD_KINDS) | ~_is_there(FOOD_KINDS)),
            )
        )
        .order_by(Organisation.id)
    )


def wrongly_holding() -> Select[Any]:
    """Not stopped, though the last licence of a kind ran out days ago."""
    return (
        select(Organisation.id)
        .where(
            or_(
                Organisation.licence_lapsed_at.is_(None) & _all_ran_out(_BUSINESS),
                Organisation.food_licence_lapsed_at.is_(None) & _all_ran_out(FOOD_KINDS),
            )
        )
        .order_by(Organisation.id)
    )


def _all_ran_out(kinds: Collection[DocumentKind]) -> ColumnElement[bool]:
    return _is_there(kinds) & ~_one_holds(kinds, NIGHTS)


def _one_holds(kinds: Collection[DocumentKind], since: timedelta = timedelta()) -> Exists:
    """One holds today, or held until so long ago; its last day still counts."""
    day = clock.day_of(clock.now()) - since
    return _is_there(kinds, Document.expires_on.is_(None) | (Document.expires_on >= day))


def _is_there(kinds: Collection[DocumentKind], *conditions: ColumnElement[bool]) -> Exists:
    return exists().where(
        Document.organisation_id == Organisation.id,
        Document.replaced_at.is_(None),
        Document.kind.in_(kinds),
        *conditions,
    )

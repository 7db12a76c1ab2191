"""Names for the codes that the index counts by."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from shop.db import db
from shop.places.models import Town


def names_of_towns(codes: Iterable[str]) -> Mapping[str, str]:
    """The towns' names by code."""
    query = select(Town).where(Town.code.in_(list(codes))).options(lazyload(Town.county))
    return {town.code: town.name for town in db.session.scalars(query)}

"""Read sheets of targets, and what their rows are compared with."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from catalog.categories.queries import list_categories
from orders.target_sheets.models import TargetImport, TargetImportRow
from orders.target_sheets.rules.columns import RowState
from orders.target_sheets.rules.judging import Holding, Known, Part, Place
from orders.targets.models import Target
from shop.db import db
from shop.errors import NotFound
from shop.places.models import TownDesignation
from shop.places.queries import select_towns
from shop.places.rules import may_be_assisted, overlap
from shop.web.paging import Page, paginate

PER_PAGE = 100


def list_imports(number: int) -> Page[TargetImport]:
    """The newest first."""
    query = (
        select(TargetImport)
        .options(joinedload(TargetImport.uploaded_by, innerjoin=True))
        .order_by(TargetImport.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_import(import_id: int) -> TargetImport:
    """Raises NotFound."""
    query = (
        select(TargetImport)
        .options(joinedload(TargetImport.ended_by))
        .where(TargetImport.id == import_id)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def count_waiting() -> int:
    """How many sheets nobody has decided about."""
    query = select(func.count(TargetImport.id)).where(
        TargetImport.applied_at.is_(None), TargetImport.discarded_at.is_(None)
    )
    return db.session.scalar(query) or 0


def list_rows(import_id: int, number: int, state: RowState | None) -> Page[TargetImportRow]:
    """A sheet's rows in their order; only those of one state if it is given."""
    query = select(TargetImportRow).where(TargetImportRow.import_id == import_id)
    if state is not None:
        query = query.where(TargetImportRow.state == state)
    return paginate(query.order_by(TargetImportRow.number), number, PER_PAGE)


def list_all_rows(import_id: int) -> Sequence[TargetImportRow]:
    query = select(TargetImportRow).where(TargetImportRow.import_id == import_id)
    return db.session.scalars(query.order_by(TargetImportRow.number)).all()


def count_without_reason(import_id: int) -> int:
    """How many rows change a target and don't say why."""
    rows = db.session.scalars(
        select(TargetImportRow.values).where(
            TargetImportRow.import_id == import_id, TargetImportRow.state == RowState.CHANGED
        )
    )
    return sum(not values["reason"] for values in rows)


def find_known(years: Collection[int]) -> Known:
    """What rows about some years are compared with."""
    by_name: dict[str, list[Place]] = defaultdict(list)
    by_code: dict[str, Place] = {}
    for town in db.session.scalars(select_towns()):
        if may_be_assisted(town.code):
            place = Place(town.code, town.name, town.county.name)
            by_name[town.name].append(place)
            by_code[town.code] = place
    spans: dict[str, list[tuple[date, date | None]]] = defaultdict(list)
    designations = select(TownDesignation.town_code, TownDesignation.since, TownDesignation.until)
    for code, since, until in db.session.execute(designations):
        spans[code].append((since, until))

    def is_assisted(code: str, year: int) -> bool:
        begins, ends = date(year, 1, 1), date(year, 12, 31)
        return any(overlap(since, until, begins, ends) for since, until in spans.get(code, ()))

    return Known(
        places=by_name,
        by_code=by_code,
        is_assisted=is_assisted,
        categories={category.name: category.id for category in list_categories()},
        holding=_holding(years),
    )


def _holding(years: Collection[int]) -> dict[Part, Holding]:
    """The newest version of every target of some years, whole or part."""
    # The whole comes with its parts: a later version replaces an earlier one.
    query = select(Target).where(Target.year.in_(years)).order_by(Target.version)
    return {
        (each.town_code, each.year, each.category_id, each.buyer_type): Holding(
            each.version, each.amount_fen, each.spread, each.months
        )
        for each in db.session.scalars(query)
    }

"""Read sheets of sales, and what their rows are compared with."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from catalog.categories.models import Category
from catalog.products.models import Product, Variant
from orders.fairs.queries.naming import list_named
from orders.offline.models import (
    EvidenceLink,
    OfflineHead,
    OfflineImport,
    OfflineImportRow,
    OfflineSale,
)
from orders.offline.queries.sales import is_reversed
from orders.offline.rules.columns import Column, RowState
from orders.offline.rules.judging import Goods, Known, Seller
from orders.sales.models import SalesEntry
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind
from shop.places.models import Town
from shop.web.paging import Page, paginate

PER_PAGE = 50
# How many values one statement names.
AT_A_TIME = 400


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the check of a sheet has come."""

    checked: int
    rows: int

    @property
    def percent(self) -> int:
        return self.checked * 100 // self.rows if self.rows else 100


def list_imports(scope: Scope, number: int) -> Page[OfflineImport]:
    """The sheets of a scope's offices, the newest first."""
    query = (
        select(OfflineImport)
        .where(OfflineImport.scope_code.startswith(scope.prefix))
        .options(joinedload(OfflineImport.uploaded_by, innerjoin=True))
        .order_by(OfflineImport.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_import(import_id: int, scope: Scope) -> OfflineImport:
    """Raises NotFound for one of an office outside the scope."""
    query = select(OfflineImport).where(
        OfflineImport.id == import_id, OfflineImport.scope_code.startswith(scope.prefix)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def count_waiting(scope_code: str) -> int:
    """How many sheets of an office nobody has decided about."""
    query = select(func.count(OfflineImport.id)).where(
        OfflineImport.scope_code == scope_code,
        OfflineImport.applied_at.is_(None),
        OfflineImport.discarded_at.is_(None),
    )
    return db.session.scalar(query) or 0


def find_earlier(found: OfflineImport) -> OfflineImport | None:
    """The same file, if it was taken over before."""
    query = (
        select(OfflineImport)
        .where(
            OfflineImport.sha256 == found.sha256,
            OfflineImport.scope_code == found.scope_code,
            OfflineImport.id < found.id,
            OfflineImport.applied_at.is_not(None),
        )
        .order_by(OfflineImport.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def list_working() -> Sequence[tuple[int, bool]]:
    """The sheets with which the worker has something to do, the oldest first, and whether each is
    to be taken over."""
    query = (
        select(OfflineImport.id, OfflineImport.confirmed_at.is_not(None))
        .where(
            OfflineImport.named_at.is_not(None),
            OfflineImport.applied_at.is_(None),
            OfflineImport.discarded_at.is_(None),
            or_(OfflineImport.checked_at.is_(None), OfflineImport.confirmed_at.is_not(None)),
        )
        .order_by(OfflineImport.id)
    )
    return [(id_, bool(confirmed)) for id_, confirmed in db.session.execute(query)]


def get_progress(found: OfflineImport) -> Progress:
    query = select(func.count(OfflineImportRow.id)).where(
        OfflineImportRow.import_id == found.id, OfflineImportRow.state.is_not(None)
    )
    return Progress(db.session.scalar(query) or 0, found.row_count)


def count_states(import_id: int) -> dict[str, int]:
    """How many rows there are of each state."""
    query = (
        select(OfflineImportRow.state, func.count(OfflineImportRow.id))
        .where(OfflineImportRow.import_id == import_id, OfflineImportRow.state.is_not(None))
        .group_by(OfflineImportRow.state)
    )
    counted = dict(iter(db.session.execute(query)))
    return {state.value: counted.get(state, 0) for state in RowState}


def list_rows(import_id: int, number: int, state: RowState | None) -> Page[OfflineImportRow]:
    """A sheet's rows in their order; only those of one state if it is given."""
    query = select(OfflineImportRow).where(OfflineImportRow.import_id == import_id)
    if state is not None:
        query = query.where(OfflineImportRow.state == state)
    return paginate(query.order_by(OfflineImportRow.number), number, PER_PAGE)


def list_first_rows(import_id: int, limit: int) -> Sequence[OfflineImportRow]:
    query = select(OfflineImportRow).where(OfflineImportRow.import_id == import_id)
    return db.session.scalars(query.order_by(OfflineImportRow.number).limit(limit)).all()


def stream_wrong_rows(import_id: int) -> Iterator[OfflineImportRow]:
    """The rows that can't be taken over, or not without a note."""
    query = (
        select(OfflineImportRow)
        .where(
            OfflineImportRow.import_id == import_id,
            OfflineImportRow.state.in_((RowState.WRONG, RowState.SUSPECT)),
        )
        .order_by(OfflineImportRow.number)
        .execution_options(yield_per=AT_A_TIME)
    )
    yield from db.session.scalars(query)


def list_bundle(import_id: int) -> Sequence[EvidenceLink]:
    """What proves every sale of a sheet."""
    query = (
        select(EvidenceLink)
        .where(EvidenceLink.import_id == import_id)
        .options(joinedload(EvidenceLink.evidence))
        .order_by(EvidenceLink.id)
        .limit(100)
    )
    return db.session.scalars(query).all()


def list_naming(import_id: int, file_name: str) -> Sequence[OfflineSale]:
    """The sales of a sheet whose rows name a file, with or without its ending."""
    stem = file_name.rpartition(".")[0] or file_name
    query = select(OfflineSale).where(
        OfflineSale.import_id == import_id,
        OfflineSale.evidence_named.contains(stem, autoescape=True),
    )
    wanted = {file_name, stem}
    return [
        sale
        for sale in db.session.scalars(query.order_by(OfflineSale.id))
        if wanted & set(_names(sale.evidence_named))
    ]


def get_known_heads(scope_code: str) -> dict[str, str]:
    """What this office said of its own heads."""
    query = select(OfflineHead.head, OfflineHead.column).where(OfflineHead.scope_code == scope_code)
    return dict(iter(db.session.execute(query)))


def find_known(
    scope_code: str,
    rows: Collection[Mapping[str, Any]],
    today: date,
    month_for: Callable[[str, date], str],
) -> Known:
    """What the shop knows of the things that rows with these values name."""
    sellers = list(_sellers(scope_code, rows))
    ids = [seller.id for _, _, seller in sellers]
    names = {str(row[Column.PRODUCT]) for row in rows if Column.PRODUCT in row}
    activities = {str(row[Column.ACTIVITY]) for row in rows if Column.ACTIVITY in row}
    categories = select(Category.name, Category.id).order_by(Category.position, Category.id)
    return Known(
        today=today,
        by_code={code: seller for code, _, seller in sellers},
        by_name={name: seller for _, name, seller in sellers},
        categories=dict(iter(db.session.execute(categories))),
        goods=_goods(ids, names),
        month_for=month_for,
        activities=list_named(activities),
    )


def find_counted(fingerprints: Collection[str]) -> tuple[set[str], dict[str, int]]:
    """Which of some rows are in the ledger, and how often each was there and was reversed."""
    counted: set[str] = set()
    reversed_: dict[str, int] = {}
    for some in _parts(fingerprints):
        query = (
            select(OfflineSale.fingerprint, is_reversed())
            .join(SalesEntry, SalesEntry.id == OfflineSale.entry_id)
            .where(OfflineSale.fingerprint.in_(some))
        )
        for found, is_back in db.session.execute(query):
            fingerprint = str(found)
            if is_back:
                reversed_[fingerprint] = reversed_.get(fingerprint, 0) + 1
            else:
                counted.add(fingerprint)
    return counted, reversed_


def count_contents(import_id: int, contents: Collection[str], before: int) -> dict[str, int]:
    """How often the rows above one say each of these things."""
    counted: dict[str, int] = {}
    for some in _parts(contents):
        query = (
            select(OfflineImportRow.content, func.count())
            .where(
                OfflineImportRow.import_id == import_id,
                OfflineImportRow.content.in_(some),
                OfflineImportRow.number < before,
            )
            .group_by(OfflineImportRow.content)
        )
        counted |= {str(content): count for content, count in db.session.execute(query)}
    return counted


def _sellers(
    scope_code: str, rows: Collection[Mapping[str, Any]]
) -> Iterator[tuple[str, str, Seller]]:
    codes = {str(row[Column.CREDIT_CODE]).upper() for row in rows if Column.CREDIT_CODE in row}
    names = {str(row[Column.COOPERATIVE]) for row in rows if Column.COOPERATIVE in row}
    for column, values in ((Organisation.credit_code, codes), (Organisation.name, names)):
        for some in _parts(values):
            query = (
                select(
                    Organisation.credit_code,
                    Organisation.name,
                    Organisation.id,
                    Town.code,
                    Town.name,
                )
                .join(Town, Town.code == Organisation.town_code)
                .where(Organisation.kind == OrganisationKind.COOPERATIVE, column.in_(some))
            )
            for code, name, id_, town_code, town in db.session.execute(query):
                yield code, name, Seller(id_, town_code, town, town_code.startswith(scope_code))


def _goods(
    cooperative_ids: Collection[int], names: Collection[str]
) -> dict[tuple[int, str], Goods]:
    found: dict[tuple[int, str], Goods] = {}
    for some in _parts(names):
        query = (
            select(
                Product.cooperative_id,
                Product.name,
                Product.id,
                Product.category_id,
                Variant.spec,
                Variant.unit,
                Variant.net_weight_g,
            )
            .join(Variant, Variant.product_id == Product.id)
            .where(Product.cooperative_id.in_(cooperative_ids), Product.name.in_(some))
            # Of several products of one name the one that is on sale, else the newest.
            .order_by(Product.delisted_at.is_not(None), Product.id.desc(), Variant.id)
        )
        for own, name, id_, category_id, spec, unit, weight in db.session.execute(query):
            goods = found.setdefault((own, name), Goods(id_, category_id, {}))
            if goods.product_id == id_ and isinstance(goods.variants, dict):
                goods.variants.setdefault((spec, unit), weight)
    return found


def _names(text: str) -> list[str]:
    """The files that a cell names."""
    plain = text
    for between in "；;、，,|/":
        plain = plain.replace(between, " ")
    return [*plain.split(), text.strip()]


def _parts(values: Collection[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), AT_A_TIME):
        yield ordered[start : start + AT_A_TIME]

"""Whatever becomes of a sheet of sales on its way: it never raises, is never half counted, and
bringing it again doubles nothing."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from catalog.categories.services import load_categories
from orders.exports.rules.detail import COLUMNS
from orders.offline.handlers import stage_file, work_on_imports
from orders.offline.models import OfflineImport, OfflineImportRow, OfflineSale
from orders.offline.queries.imports import get_import
from orders.offline.rules.columns import Column, RowState
from orders.offline.services import imports
from orders.sales.models import SalesEntry
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db, transaction
from shop.errors import DomainError
from shop.sheets.errors import FileRefused
from tests.factories.offline import HEAD, sale_row
from tests.factories.people import TOWN, make_cooperative, make_official
from tests.parts.mutations import KINDS, NASTY, encodings, file_of, mutated

SCOPE = Scope(ScopeLevel.TOWN, TOWN)
NAME = "石鼓示例合作社"
GOODS = ["水果", "2026-11-01", "线上", "展销会", "市民", "12.5", NAME, "万元", "合计", "0.001"]
cells = st.sampled_from([*NASTY, *GOODS, *HEAD]) | st.text(max_size=12)
# Rows 0 to 5, and the places that the ledger's columns have.
changes = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), cells), max_size=8)
SHEET = [
    HEAD,
    *(
        sale_row(NAME, accepted_on=date(2026, 3, day).isoformat(), quantity=str(day), amount="")
        for day in (1, 2, 3)
    ),
    sale_row(NAME, accepted_on="2026-03-03", quantity="3", amount=""),
]


@pytest.fixture
def office(context: None) -> SimpleNamespace:
    with transaction():
        load_categories()
        make_cooperative(name=NAME)
        return SimpleNamespace(by=make_official(ScopeLevel.TOWN, TOWN).id)


def bring(office: SimpleNamespace, name: str, content: bytes) -> int | None:
    """Bring a sheet, name its columns if need be, and have it counted with whatever looks like
    another sale; its id if it was readable."""
    now = clock.now()
    try:
        import_id = stage_file(TOWN, name, content, by=office.by, at=now)
    except FileRefused:
        db.session.rollback()
        return None
    _name_columns(office, import_id)
    work_on_imports(now)
    before, effective = _all_there_is(), _count(import_id, RowState.GOOD, RowState.SUSPECT)
    try:
        with transaction():
            imports.confirm(get_import(import_id, SCOPE), "两车", by=office.by, at=now)
    except DomainError:
        assert effective == 0 or db.session.get_one(OfflineImport, import_id).named_at is None
        with transaction():
            imports.discard(get_import(import_id, SCOPE), by=office.by, at=now)
        assert _all_there_is() == before
        return import_id
    work_on_imports(now)
    db.session.expire_all()
    assert db.session.get_one(OfflineImport, import_id).applied_at is not None
    assert len(_all_there_is()) == len(before) + effective
    return import_id


def _name_columns(office: SimpleNamespace, import_id: int) -> None:
    """As somebody would who takes what the shop has recognised and ignores the rest."""
    heads = imports.heads_of(get_import(import_id, SCOPE))
    columns = [head.column or "" for head in heads]
    try:
        with transaction():
            imports.name_columns(
                get_import(import_id, SCOPE), columns, by=office.by, at=clock.now()
            )
    except DomainError:
        return


def _count(import_id: int, *states: RowState) -> int:
    query = select(func.count(OfflineImportRow.id)).where(
        OfflineImportRow.import_id == import_id, OfflineImportRow.state.in_(states)
    )
    return db.session.scalar(query) or 0


def _all_there_is() -> list[tuple[Any, ...]]:
    columns = (SalesEntry.id, SalesEntry.month, SalesEntry.net_fen, OfflineSale.row_number)
    query = select(*columns).outerjoin(OfflineSale, OfflineSale.entry_id == SalesEntry.id)
    return [tuple(row) for row in db.session.execute(query.order_by(SalesEntry.id))]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes, encodings, st.sampled_from(KINDS), st.data())
def test_a_mutated_sheet_never_raises_is_never_half_counted_and_doubles_nothing(
    context: None,
    office: SimpleNamespace,
    some: list[tuple[int, int, str]],
    encoding: str,
    kind: str,
    data: st.DataObject,
) -> None:
    ending, content = file_of(mutated(SHEET, some), kind, encoding, data)
    first = bring(office, f"台账.{ending}", content)
    after = _all_there_is()
    if first is not None:
        second = bring(office, f"台账.{ending}", content)
        assert second is not None
        assert _all_there_is() == after
        assert _count(second, RowState.GOOD, RowState.SUSPECT) == 0
        assert _count(second, RowState.WRONG) == _count(first, RowState.WRONG)


def test_the_columns_of_a_sheet_are_those_of_the_ledger() -> None:
    assert [column.name for column in COLUMNS] == [column.value for column in Column][:37]

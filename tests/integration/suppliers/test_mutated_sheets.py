"""Whatever becomes of a sheet on its way: it never raises, is never half taken over, and bringing
it again doubles nothing."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from catalog.categories.services import load_categories
from catalog.products.models import Product, Variant
from catalog.stock.queries import list_mismatches
from shop import clock
from shop.db import db, transaction
from shop.errors import DomainError
from shop.sheets.errors import FileRefused
from suppliers.sheets import services
from suppliers.sheets.handlers import check_imports, stage_file
from suppliers.sheets.models import ImportRow, ListingImport
from suppliers.sheets.rules.columns import Column
from suppliers.sheets.rules.comparing import EFFECTIVE, RowState
from tests.factories.catalog import make_product
from tests.factories.people import make_cooperative_member
from tests.factories.sheets import HEAD, new_row
from tests.parts.mutations import KINDS, NASTY, changes_of, encodings, file_of, mutated

GOODS = ["治癌", "全年", "13月", "5斤", "白糖罂荔枝", "水果"]
cells = st.sampled_from([*NASTY, *GOODS, *HEAD, *new_row()]) | st.text(max_size=12)
SHEET = [
    [*HEAD, "规格编号", "下架"],
    *([*new_row(f"番薯{n // 2}", f"{n % 2}斤装"), "", ""] for n in range(4)),
]


@pytest.fixture
def seller(context: None) -> SimpleNamespace:
    with transaction():
        load_categories()
        account = make_cooperative_member()
        assert account.cooperative
        make_product(account.cooperative, batched=False)
        return SimpleNamespace(id=account.cooperative.id, by=account.id)


def bring(seller: SimpleNamespace, name: str, content: bytes) -> int | None:
    """Bring a sheet, name its columns if need be, and take it over; its id if it was readable."""
    now = clock.now()
    try:
        import_id = stage_file(seller.id, name, content, by=seller.by, at=now)
    except FileRefused:
        db.session.rollback()
        return None
    _name_columns(seller, import_id)
    check_imports(now)
    before = _all_there_is()
    effective = _count(import_id, *EFFECTIVE)
    try:
        with transaction():
            applied = services.apply(seller.id, import_id, by=seller.by, at=now, review_above=30)
        assert (applied.rows, applied.stale) == (effective, 0)
    except DomainError:
        assert _all_there_is() == before
        with transaction():
            services.discard(seller.id, import_id, by=seller.by, at=now)
    return import_id


def _name_columns(seller: SimpleNamespace, import_id: int) -> None:
    """As somebody would who takes what the shop has recognised and ignores the rest."""
    heads = services.heads_of(db.session.get_one(ListingImport, import_id))
    columns = [head.column or "" for head in heads]
    if Column.NAME not in columns:
        columns[0] = Column.NAME.value
    try:
        with transaction():
            services.name_columns(seller.id, import_id, columns, by=seller.by, at=clock.now())
    except DomainError:
        return


def _count(import_id: int, *states: RowState) -> int:
    query = select(func.count(ImportRow.id)).where(
        ImportRow.import_id == import_id, ImportRow.state.in_(states)
    )
    return db.session.scalar(query) or 0


def _all_there_is() -> list[tuple[Any, ...]]:
    query = select(
        Product.id,
        Product.name,
        Product.category_id,
        Product.season_mask,
        Product.delisted_at,
        Variant.spec,
        Variant.price_fen,
        Variant.net_weight_g,
        Variant.on_hand,
    ).join(Variant.product)
    return [tuple(row) for row in db.session.execute(query.order_by(Variant.id))]


def require_sound(seller: SimpleNamespace, name: str, content: bytes) -> None:
    """Bring it twice: the second time there is nothing left to do."""
    first = bring(seller, name, content)
    after = _all_there_is()
    assert list_mismatches() == []
    if first is not None:
        wrong = _count(first, RowState.WRONG)
        second = bring(seller, name, content)
        assert second is not None
        assert _all_there_is() == after
        assert _count(second, *EFFECTIVE) == 0
        assert _count(second, RowState.WRONG) >= wrong


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes_of(cells), encodings, st.sampled_from(KINDS), st.data())
def test_a_mutated_sheet_never_raises_is_never_half_saved_and_doubles_nothing(
    context: None,
    seller: SimpleNamespace,
    some: list[tuple[int, int, str]],
    encoding: str,
    kind: str,
    data: st.DataObject,
) -> None:
    ending, content = file_of(mutated(SHEET, some), kind, encoding, data)
    require_sound(seller, f"商品.{ending}", content)

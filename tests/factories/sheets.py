"""Sheets of listings as cooperatives bring them, and as they take them home."""

from io import BytesIO
from typing import Any

from python_calamine import load_workbook

from shop import clock
from suppliers.sheets.handlers import check_imports, stage_file
from tests.factories.transfers import as_csv, as_xlsx

HEAD = [
    "商品名称",
    "类别",
    "规格",
    "单位",
    "净重（公斤）",
    "价格（元）",
    "可卖库存",
    "上市月份",
    "生鲜",
]
__all__ = ["HEAD", "as_csv", "as_xlsx", "checked", "new_row", "table_of"]


def new_row(name: str = "冰淇淋番薯", spec: str = "5斤装", **changes: Any) -> list[Any]:
    """A row about a product that is not listed yet."""
    given = {
        "name": name,
        "category": "蔬菜",
        "spec": spec,
        "unit": "箱",
        "weight": "2.5",
        "price": "39.90",
        "stock": "20",
        "months": "10-12月",
        "perishable": "是",
    } | changes
    return list(given.values())


def checked(cooperative_id: int, rows: list[list[Any]], *, by: int, name: str = "商品.csv") -> int:
    """A sheet with these rows below its head, read and checked; call it outside of any act."""
    write = as_csv if name.endswith(".csv") else as_xlsx
    now = clock.now()
    import_id = stage_file(cooperative_id, name, write(rows), by=by, at=now)
    check_imports(now)
    return import_id


def table_of(workbook: bytes) -> list[list[str]]:
    """The first sheet of a workbook, cell by cell as text."""
    with load_workbook(BytesIO(workbook)) as book:
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return [[str(cell) for cell in row] for row in rows]

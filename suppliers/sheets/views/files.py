"""Workbooks to take home: all listings, an empty template, the rows that could not be taken."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext
from flask_login import current_user

from catalog.categories.queries import list_open_categories
from shop import clock
from shop.sheets.gateways.writing import MIME_TYPE
from shop.web.audience import Role, allow
from shop.web.downloads import send_written
from suppliers.listings.views.listings import own_cooperative_id
from suppliers.sheets.gateways.workbook import write_listings, write_rejected
from suppliers.sheets.queries import (
    category_ids,
    get_own_import,
    stream_listings,
    stream_wrong_rows,
)
from suppliers.sheets.rules.columns import Column
from suppliers.sheets.rules.faults import Fault
from suppliers.sheets.rules.writing import cells_of

blueprint = Blueprint("sheet_files", __name__, url_prefix="/cooperative/sheets")


@blueprint.get("/listings.xlsx")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def listings() -> Response:
    day = clock.day_of(clock.now())
    return _send(_cells(own_cooperative_id()), f"{current_user.cooperative.name}_商品_{day}.xlsx")


@blueprint.get("/template.xlsx")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def template() -> Response:
    return _send(iter(()), "商品模板.xlsx")


@blueprint.get("/<int:import_id>/rejected.xlsx")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def rejected(import_id: int) -> Response:
    """What is to be mended and uploaded again: each row as it was, and why it was left out."""
    found = get_own_import(own_cooperative_id(), import_id)
    heads = [str(text) for text, _ in found.heads]
    rows = ((row.cells, reasons_of(row.faults)) for row in stream_wrong_rows(import_id))
    name = gettext("有误的行_%(file)s", file=found.file_name.rpartition(".")[0])
    return send_written(partial(write_rejected, heads, rows), f"{name}.xlsx", MIME_TYPE)


def reasons_of(faults: list[Any] | None) -> str:
    """What is wrong with a row, on one line."""
    each = (Fault(*fault) for fault in faults or ())
    return " ".join(
        gettext("%(column)s：%(words)s", column=Column(fault.column).label, words=fault.words)
        for fault in each
    )


def _cells(cooperative_id: int) -> Iterator[dict[Column, str | Decimal | None]]:
    categories = {category_id: name for name, category_id in category_ids()[0].items()}
    for product in stream_listings(cooperative_id):
        for variant in product.variants:
            yield cells_of(product, variant, categories)


def _send(rows: Iterator[dict[Column, Any]], name: str) -> Response:
    categories = [category.name for category in list_open_categories()]
    return send_written(partial(write_listings, rows, categories), name, MIME_TYPE)

"""Many invoice numbers at once, from a sheet."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.invoices.errors import TooManyRows, UnreadableFile
from orders.invoices.forms import WHOLE, ImportForm
from orders.invoices.rules import ImportResult, Row, pasted_rows, rows_of
from orders.invoices.services.invoices import import_numbers
from orders.invoices.views.desk import desk, reader
from shop import clock
from shop.db import transaction
from shop.sheets.errors import FileRefused
from shop.sheets.gateways.reading import Limits, read_table
from shop.web.audience import Role, allow

blueprint = Blueprint("invoice_imports", __name__, url_prefix="/invoices/import")

MOST_ROWS = 500
# Rows about other sellers' orders may stand between them.
LIMITS = Limits(rows=5_000)


class _RefusedWhole(Exception):
    """Some rows can't be used, and whoever sent them wants all or none."""


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
def new() -> str:
    return _page(ImportForm())


@blueprint.post("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
def create() -> Response | tuple[str, int]:
    form = ImportForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        rows = _rows(form)
    except (FileRefused, UnreadableFile, TooManyRows) as error:
        form.file.errors = [str(error)]
        return _page(form), 422
    result, is_written = _import(rows, all_or_none=form.mode.data == WHOLE)
    if result.refused:
        return _page(form, result, is_written), 422
    words = gettext(
        "登记了 %(new)s 张，%(known)s 张早已登记。", new=result.issued, known=result.known
    )
    flash(words, "success")
    return redirect(url_for("invoice_desk.index", show="issued"), 303)


def _rows(form: ImportForm) -> list[Row]:
    upload = form.file.data
    if upload is not None and getattr(upload, "filename", ""):
        rows = rows_of(list(read_table(upload.filename, upload.read(), LIMITS)))
    else:
        rows = pasted_rows(form.pasted.data or "")
    if not rows:
        raise UnreadableFile
    if len(rows) > MOST_ROWS:
        raise TooManyRows
    return rows


def _import(rows: list[Row], *, all_or_none: bool) -> tuple[ImportResult, bool]:
    """What became of the rows, and whether it was kept."""
    who = reader()
    result = ImportResult()
    try:
        with transaction():
            result = import_numbers(who, rows, by=current_user.id, at=clock.now())
            if result.refused and all_or_none:
                raise _RefusedWhole
    except _RefusedWhole:
        return result, False
    return result, True


def _page(form: ImportForm, result: ImportResult | None = None, is_written: bool = False) -> str:
    return render_template(
        "orders/invoices/import.html",
        desk=desk(),
        form=form,
        result=result,
        is_written=is_written,
        most_rows=MOST_ROWS,
    )

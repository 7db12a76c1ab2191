"""Sheets of yearly targets: bring one, look at what it would change, have it taken over."""

from contextlib import closing
from functools import partial

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from orders.records.rules import BUYER_TYPES
from orders.target_sheets import services
from orders.target_sheets.forms import ConfirmationForm
from orders.target_sheets.gateways.workbook import write_template
from orders.target_sheets.handlers import LIMITS, MOST_ROWS, stage_file
from orders.target_sheets.models import TargetImport
from orders.target_sheets.queries import count_without_reason, get_import, list_imports, list_rows
from orders.target_sheets.rules.columns import EFFECTIVE, Column, RowState
from orders.target_sheets.rules.faults import Fault
from orders.targets.errors import ReasonMissing
from orders.targets.models import Spread
from orders.targets.queries import list_current, list_towns_of
from orders.targets.rules import SPREADS
from orders.targets.views.tables import year_asked
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.sheets.errors import FileRefused, TooManyWaiting
from shop.sheets.forms import SheetForm
from shop.sheets.gateways.reading import MEGABYTE
from shop.sheets.gateways.writing import MIME_TYPE
from shop.web.audience import Role, allow
from shop.web.downloads import send_written
from shop.web.fields import clean_line
from shop.web.paging import page_number

blueprint = Blueprint("target_imports", __name__, url_prefix="/admin/targets/imports")

LONGEST_NAME = 120
ONE = "/<int(max=2147483647):import_id>"
# What stands above the list of rows; what asks for nothing comes last.
TABS = (RowState.WRONG, RowState.CHANGED, RowState.NEW, RowState.SAME)
_SPREADS = {Spread.EVEN: "平均", Spread.SEASON: "按产季"}


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    return _index(SheetForm())


@blueprint.post("")
@allow(Role.ADMINISTRATOR)
def create() -> Answer | tuple[str, int]:
    """Read a file and say what it would change; nothing holds yet."""
    request.max_content_length = (LIMITS.megabytes + 1) * MEGABYTE
    form = SheetForm()
    if not form.validate_on_submit():
        return _index(form), 422
    by = current_user.id
    with closing(form.file.data) as upload:
        name, content = clean_line(upload.filename or "")[-LONGEST_NAME:], upload.read()
    try:
        import_id = stage_file(name, content, by=by, at=clock.now())
    except (FileRefused, TooManyWaiting) as error:
        form.file.errors = [str(error)]
        return _index(form), 422
    return _to(import_id)


@blueprint.get("/template.xlsx")
@allow(Role.ADMINISTRATOR)
def template() -> Response:
    """The towns of a year with their targets as they are: what is not changed changes nothing."""
    year = year_asked(request.args.get("year"))
    current = list_current(year, "")
    rows: list[dict[Column, str | int]] = []
    for town in list_towns_of(year, "", list(current)):
        row: dict[Column, str | int] = {
            Column.COUNTY: town.county.name,
            Column.TOWN: town.name,
            Column.CODE: town.code,
            Column.YEAR: year,
        }
        now = current[town.code].Target if town.code in current else None
        if now is not None and now.amount_fen is not None:
            row[Column.AMOUNT] = now.amount_fen
            row[Column.SPREAD] = _SPREADS.get(now.spread, "")
        rows.append(row)
    return send_written(partial(write_template, rows), f"{year}年度目标.xlsx", MIME_TYPE)


@blueprint.get(ONE)
@allow(Role.ADMINISTRATOR)
def show(import_id: int) -> str:
    return _page(get_import(import_id), ConfirmationForm(formdata=None))


@blueprint.post(f"{ONE}/confirmation")
@allow(Role.ADMINISTRATOR)
def apply(import_id: int) -> Answer | tuple[str, int]:
    """Set all that the sheet changes, in one act."""
    by, form = current_user.id, ConfirmationForm()
    found = get_import(import_id)
    if not form.validate_on_submit():
        return _page(found, form), 422
    try:
        with transaction():
            kept = get_import(import_id)
            stale = services.apply(kept, form.reason.data or "", by=by, at=clock.now())
    except ReasonMissing as error:
        form.reason.errors = [str(error)]
        return _page(get_import(import_id), form), 422
    except DomainError as error:
        flash(str(error), "error")
        return _to(import_id)
    if not stale:
        flash(gettext("已按表格设定年度目标，以前的版本仍在记录里。"), "success")
    return _to(import_id)


@blueprint.post(f"{ONE}/disposal")
@allow(Role.ADMINISTRATOR)
def discard(import_id: int) -> Answer:
    by = current_user.id
    get_import(import_id)
    try:
        with transaction():
            services.discard(get_import(import_id), by=by, at=clock.now())
    except DomainError as error:
        flash(str(error), "error")
        return _to(import_id)
    flash(gettext("整份表格已作废，没有导入任何内容。"), "success")
    return redirect(url_for("target_imports.index"), 303)


def _to(import_id: int) -> Answer:
    return redirect(url_for("target_imports.show", import_id=import_id), 303)


def _index(form: SheetForm) -> str:
    return render_template(
        "orders/target_sheets/index.html",
        form=form,
        page=list_imports(page_number(request.args.get("page"))),
        most_rows=MOST_ROWS,
        states=TABS,
        year=clock.day_of(clock.now()).year,
    )


def _page(found: TargetImport, form: ConfirmationForm) -> str:
    counts = {state: found.counts.get(state, 0) for state in TABS}
    first = next((state for state in TABS if counts[state]), RowState.SAME)
    asked = request.args.get("show", first.value)
    state = RowState(asked) if asked in set(RowState) else None
    heads = services.heads_of(found)
    unexplained = count_without_reason(found.id) if found.is_open else 0
    form.reason.flags.required = bool(unexplained)
    return render_template(
        "orders/target_sheets/show.html",
        found=found,
        form=form,
        counts=counts,
        changes=sum(counts[each] for each in EFFECTIVE),
        unexplained=unexplained,
        unread=[head.text for head in heads if head.text and not head.column],
        asked=state.value if state else "all",
        rows=list_rows(found.id, page_number(request.args.get("page")), state),
        places={head.column: place for place, head in enumerate(heads) if head.column},
        fault=Fault,
        label=lambda column: Column(column).label,
        spreads=SPREADS,
        buyer_types=BUYER_TYPES,
    )

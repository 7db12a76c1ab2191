"""Sheets of sales: bring one, name its columns, look at what it says, have it counted."""

from contextlib import closing
from functools import partial
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from orders.offline.forms import (
    BundleForm,
    ConfirmationForm,
)
from orders.offline.gateways.workbook import write_rejected, write_template
from orders.offline.handlers import MOST_ROWS, stage_file, work_on_imports
from orders.offline.models import OfflineImport
from orders.offline.queries.imports import (
    find_earlier,
    get_import,
    get_progress,
    list_bundle,
    list_first_rows,
    list_imports,
    list_rows,
    stream_wrong_rows,
)
from orders.offline.rules.columns import OFFERED, Column, RowState
from orders.offline.rules.faults import Fault
from orders.offline.services import imports as services
from orders.offline.views.sales import MOST_FILES, keep_files
from shop import clock
from shop.accounts.people.rules import Scope, scope_of
from shop.db import transaction
from shop.errors import DomainError
from shop.jobs import nudge
from shop.sheets.errors import ColumnsUnclear, FileRefused, TooManyWaiting
from shop.sheets.forms import ColumnsForm, SheetForm, columns_form
from shop.sheets.gateways.writing import MIME_TYPE
from shop.web.audience import Role, allow, shows
from shop.web.downloads import send_written
from shop.web.fields import clean_line
from shop.web.paging import page_number

blueprint = Blueprint("offline_imports", __name__, url_prefix="/statistics/offline/imports")

LONGEST_NAME = 120
SAMPLES = 3
ONE = "/<int(max=2147483647):import_id>"
# What stands above the list of rows; what asks for nothing comes last.
TABS = (RowState.WRONG, RowState.SUSPECT, RowState.GOOD, RowState.KNOWN, RowState.ONLINE)


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    return _index(SheetForm())


@blueprint.post("")
@allow(Role.OFFICIAL)
def create() -> Answer | tuple[str, int]:
    """Read a file and have its rows checked; nothing counts yet."""
    # As large as so many rows may be.
    request.max_content_length = 33 * 1024 * 1024
    form = SheetForm()
    if not form.validate_on_submit():
        return _index(form), 422
    by, scope = current_user.id, scope_of(current_user)
    with closing(form.file.data) as upload:
        name, content = clean_line(upload.filename or "")[-LONGEST_NAME:], upload.read()
    try:
        import_id = stage_file(scope.prefix, name, content, by=by, at=clock.now())
    except (FileRefused, TooManyWaiting) as error:
        form.file.errors = [str(error)]
        return _index(form), 422
    return _to(import_id)


@blueprint.get("/template.xlsx")
@allow(Role.OFFICIAL)
def template() -> Response:
    return send_written(write_template, "线下销售模板.xlsx", MIME_TYPE)


@blueprint.get(ONE)
@allow(Role.OFFICIAL)
@shows("buyers, evidence", "offline_import", "import_id")
def show(import_id: int) -> str:
    found = get_import(import_id, scope_of(current_user))
    if found.named_at is None:
        return _page_columns(found, columns_form(services.heads_of(found), OFFERED))
    if found.is_working:
        progress = get_progress(found)
        return render_template("orders/offline/checking.html", found=found, progress=progress)
    return _page_rows(found, ConfirmationForm(), BundleForm(formdata=None))


@blueprint.get(f"{ONE}/progress")
@allow(Role.OFFICIAL)
def progress(import_id: int) -> Response:
    """The bar alone, for the page that waits; the whole page once there is something to see."""
    found = get_import(import_id, scope_of(current_user))
    page = render_template(
        "orders/offline/_progress.html", found=found, progress=get_progress(found)
    )
    response = make_response(page)
    if not found.is_working:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.get(f"{ONE}/rejected.xlsx")
@allow(Role.OFFICIAL)
@shows("buyers", "offline_import", "import_id")
def rejected(import_id: int) -> Response:
    """What is to be mended and uploaded again: each row as it was, and why it was left out."""
    found = get_import(import_id, scope_of(current_user))
    heads = [str(text) for text, _ in found.heads]
    rows = ((row.cells, _reasons(row.faults)) for row in stream_wrong_rows(import_id))
    name = gettext("有误的行_%(file)s", file=found.file_name.rpartition(".")[0])
    return send_written(partial(write_rejected, heads, rows), f"{name}.xlsx", MIME_TYPE)


@blueprint.post(f"{ONE}/columns")
@allow(Role.OFFICIAL)
def name_columns(import_id: int) -> Answer | tuple[str, int]:
    scope, by = scope_of(current_user), current_user.id
    found = get_import(import_id, scope)
    form = columns_form(services.heads_of(found), OFFERED)
    if not form.validate_on_submit():
        return _page_columns(found, form), 422
    try:
        with transaction():
            kept = get_import(import_id, scope)
            services.name_columns(kept, form.columns, by=by, at=clock.now())
            nudge(work_on_imports)
    except ColumnsUnclear as error:
        form.form_errors.append(str(error))
        return _page_columns(get_import(import_id, scope), form), 422
    except DomainError as error:
        flash(str(error), "error")
    return _to(import_id)


@blueprint.post(f"{ONE}/confirmation")
@allow(Role.OFFICIAL)
def confirm(import_id: int) -> Answer | tuple[str, int]:
    """Have the rows that are right counted, in one act."""
    scope, by, form = scope_of(current_user), current_user.id, ConfirmationForm()
    found = get_import(import_id, scope)
    if not form.validate_on_submit():
        return _page_rows(found, form, BundleForm(formdata=None)), 422
    note = form.duplicate_note.data or ""
    try:
        with transaction():
            services.confirm(get_import(import_id, scope), note, by=by, at=clock.now())
            nudge(work_on_imports)
    except DomainError as error:
        flash(str(error), "error")
    return _to(import_id)


@blueprint.post(f"{ONE}/disposal")
@allow(Role.OFFICIAL)
def discard(import_id: int) -> Answer:
    scope, by = scope_of(current_user), current_user.id
    get_import(import_id, scope)
    try:
        with transaction():
            services.discard(get_import(import_id, scope), by=by, at=clock.now())
    except DomainError as error:
        flash(str(error), "error")
        return _to(import_id)
    flash(gettext("整份表格已作废，没有导入任何内容。"), "success")
    return redirect(url_for("offline_imports.index"), 303)


@blueprint.post(f"{ONE}/evidence")
@allow(Role.OFFICIAL)
def add_evidence(import_id: int) -> Answer | tuple[str, int]:
    """What proves all sales of a sheet, or the rows that name the files."""
    request.max_content_length = MOST_FILES * current_app.config["MAX_CONTENT_LENGTH"]
    scope, by, form = scope_of(current_user), current_user.id, BundleForm()
    get_import(import_id, scope)
    complete = form.validate_on_submit()
    files = keep_files(form, by)
    if not complete or form.files.errors:
        return _page_rows(get_import(import_id, scope), ConfirmationForm(formdata=None), form), 422
    if form.covers.data == "named":
        flash(*_prove_named(scope, import_id, [(each.id, each.file_name) for each in files], by))
        return _to(import_id)
    with transaction():
        kept, ids = get_import(import_id, scope), [each.id for each in files]
        services.add_bundle(kept, ids, by=by, at=clock.now())
    flash(gettext("佐证材料已保存，证明整份表格。"), "success")
    return _to(import_id)


def _prove_named(
    scope: Scope, import_id: int, files: list[tuple[int, str]], by: int
) -> tuple[str, str]:
    """What to say of files that were matched with rows by their names."""
    unmatched, rows = [], 0
    with transaction():
        kept = get_import(import_id, scope)
        for evidence_id, name in files:
            count = services.add_named(kept, evidence_id, name, by=by, at=clock.now())
            rows += count
            if not count:
                unmatched.append(name)
    if unmatched:
        names = "、".join(unmatched)
        return gettext("没有哪一行写了这些文件名：%(names)s。", names=names), "error"
    return gettext("已对到 %(count)s 行。", count=rows), "success"


def _reasons(faults: list[Any] | None) -> str:
    """What is wrong with a row, on one line."""
    each = (Fault(*fault) for fault in faults or ())
    return " ".join(
        gettext("%(column)s：%(words)s", column=Column(fault.column).label, words=fault.words)
        if fault.column
        else fault.words
        for fault in each
    )


def _to(import_id: int) -> Answer:
    return redirect(url_for("offline_imports.show", import_id=import_id), 303)


def _index(form: SheetForm) -> str:
    page = list_imports(scope_of(current_user), page_number(request.args.get("page")))
    return render_template(
        "orders/offline/imports.html", form=form, page=page, most_rows=MOST_ROWS, states=TABS
    )


def _page_columns(found: OfflineImport, form: ColumnsForm) -> str:
    rows = list_first_rows(found.id, SAMPLES)
    return render_template(
        "orders/offline/columns.html",
        found=found,
        form=form,
        samples=[
            [row.cells[place][:40] for row in rows if place < len(row.cells) and row.cells[place]]
            for place in range(len(found.heads))
        ],
    )


def _page_rows(found: OfflineImport, form: ConfirmationForm, bundle: BundleForm) -> str:
    counts = {state: found.counts.get(state, 0) for state in TABS}
    first = next((state for state in TABS if counts[state]), RowState.GOOD)
    asked = request.args.get("show", first.value)
    state = RowState(asked) if asked in set(RowState) else None
    return render_template(
        "orders/offline/rows.html",
        found=found,
        form=form,
        bundle=bundle,
        links=list_bundle(found.id),
        counts=counts,
        earlier=find_earlier(found) if found.is_open else None,
        asked=state.value if state else "all",
        rows=list_rows(found.id, page_number(request.args.get("page")), state),
        places={head.column: place for place, head in enumerate(services.heads_of(found))},
        fault=Fault,
        label=lambda column: Column(column).label if column else gettext("疑似重复"),
        most_files=MOST_FILES,
    )

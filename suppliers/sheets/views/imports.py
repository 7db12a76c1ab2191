"""Sheets of listings: bring one, name its columns, look at what it would change, take it over."""

from contextlib import closing

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.jobs import nudge
from shop.sheets.errors import ColumnsUnclear, FileRefused, TooManyWaiting
from shop.sheets.forms import ColumnsForm, SheetForm, columns_form
from shop.web.audience import Role, allow
from shop.web.fields import clean_line
from shop.web.paging import page_number
from suppliers.listings.views.listings import own_cooperative_id, refuse, review_above
from suppliers.sheets import services
from suppliers.sheets.handlers import MOST_ROWS, check_imports, stage_file
from suppliers.sheets.models import ListingImport
from suppliers.sheets.queries import (
    category_ids,
    count_stale,
    find_earlier,
    get_own_import,
    get_progress,
    list_first_rows,
    list_imports,
    list_rows,
)
from suppliers.sheets.rules.columns import OFFERED, Column
from suppliers.sheets.rules.comparing import EFFECTIVE, RowState
from suppliers.sheets.rules.faults import Fault
from suppliers.sheets.rules.writing import shown

blueprint = Blueprint("listing_imports", __name__, url_prefix="/cooperative/sheets")

LONGEST_NAME = 120
SAMPLES = 3
# What stands above the list of rows; what asks for nothing comes last.
TABS = (
    RowState.WRONG,
    RowState.NEW,
    RowState.CHANGED,
    RowState.DELISTED,
    RowState.UNCHANGED,
)


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> str:
    return _index(SheetForm())


@blueprint.post("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create() -> Answer | tuple[str, int]:
    """Read a file and have its rows checked; nothing counts yet."""
    form = SheetForm()
    if not form.validate_on_submit():
        return _index(form), 422
    by, own = current_user.id, own_cooperative_id()
    with closing(form.file.data) as upload:
        name, content = clean_line(upload.filename or "")[-LONGEST_NAME:], upload.read()
    try:
        import_id = stage_file(own, name, content, by=by, at=clock.now())
    except (FileRefused, TooManyWaiting) as error:
        form.file.errors = [str(error)]
        return _index(form), 422
    return _to(import_id)


@blueprint.get("/<int:import_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def show(import_id: int) -> str:
    found = get_own_import(own_cooperative_id(), import_id)
    if found.named_at is None:
        return _page_columns(found, columns_form(services.heads_of(found), OFFERED))
    if found.checked_at is None and found.is_open:
        progress = get_progress(found)
        return render_template("suppliers/sheets/checking.html", found=found, progress=progress)
    return _page_rows(found)


@blueprint.get("/<int:import_id>/progress")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def progress(import_id: int) -> Response:
    """The bar alone, for the page that waits; the whole page once there is something to see."""
    found = get_own_import(own_cooperative_id(), import_id)
    page = render_template(
        "suppliers/sheets/_progress.html", found=found, progress=get_progress(found)
    )
    response = make_response(page)
    if found.checked_at is not None or not found.is_open:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/<int:import_id>/columns")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def name_columns(import_id: int) -> Answer | tuple[str, int]:
    own, by = own_cooperative_id(), current_user.id
    found = get_own_import(own, import_id)
    form = columns_form(services.heads_of(found), OFFERED)
    if not form.validate_on_submit():
        return _page_columns(found, form), 422
    try:
        with transaction():
            services.name_columns(own, import_id, form.columns, by=by, at=clock.now())
            nudge(check_imports)
    except ColumnsUnclear as error:
        refuse(form, error)
        return _page_columns(get_own_import(own, import_id), form), 422
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error), "error")
    return _to(import_id)


@blueprint.post("/<int:import_id>/application")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def apply(import_id: int) -> Answer:
    """Take over the rows that are right, in one act."""
    own, by = own_cooperative_id(), current_user.id
    try:
        with transaction():
            above = review_above()
            done = services.apply(own, import_id, by=by, at=clock.now(), review_above=above)
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error), "error")
        return _to(import_id)
    if done.stale:
        words = gettext(
            "什么都还没有导入：有 %(count)s 行的商品在检查之后被改过。已经重新核对，请看过再确认。",
            count=done.stale,
        )
        flash(words, "error")
    else:
        flash(_done(done.rows, done.waits), "success")
    return _to(import_id)


@blueprint.post("/<int:import_id>/disposal")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def discard(import_id: int) -> Answer:
    own, by = own_cooperative_id(), current_user.id
    try:
        with transaction():
            services.discard(own, import_id, by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error), "error")
        return _to(import_id)
    flash(gettext("整份表格已作废，没有导入任何内容。"), "success")
    return redirect(url_for("listing_imports.index"), 303)


def _done(rows: int, waits: int) -> str:
    if not waits:
        return str(gettext("导入了 %(count)s 行改动，已经生效。", count=rows))
    return str(
        gettext(
            "导入了 %(count)s 行改动。其中 %(waits)s 项价格或产地的改动等平台看过才生效，"
            "在那之前按原来的卖；其他的已经生效。",
            count=rows,
            waits=waits,
        )
    )


def _to(import_id: int) -> Answer:
    return redirect(url_for("listing_imports.show", import_id=import_id), 303)


def _index(form: SheetForm) -> str:
    page = list_imports(own_cooperative_id(), page_number(request.args.get("page")))
    return render_template(
        "suppliers/sheets/index.html", form=form, page=page, most_rows=MOST_ROWS, states=TABS
    )


def _page_columns(found: ListingImport, form: ColumnsForm) -> str:
    rows = list_first_rows(found.id, SAMPLES)
    return render_template(
        "suppliers/sheets/columns.html",
        found=found,
        form=form,
        samples=[
            [row.cells[place][:40] for row in rows if place < len(row.cells) and row.cells[place]]
            for place in range(len(found.heads))
        ],
    )


def _page_rows(found: ListingImport) -> str:
    counts = {state: found.counts.get(state, 0) for state in TABS}
    first = next((state for state in TABS if counts[state]), RowState.UNCHANGED)
    asked = request.args.get("show", first.value)
    state = RowState(asked) if asked in set(RowState) else None
    categories = {category_id: name for name, category_id in category_ids()[0].items()}
    return render_template(
        "suppliers/sheets/show.html",
        found=found,
        counts=counts,
        to_apply=sum(counts[each] for each in EFFECTIVE),
        earlier=find_earlier(found) if found.is_open else None,
        stale=count_stale(found.id) if found.is_open else 0,
        asked=state.value if state else "all",
        rows=list_rows(found.id, page_number(request.args.get("page")), state),
        places={head.column: place for place, head in enumerate(services.heads_of(found))},
        fault=Fault,
        label=lambda column: Column(column).label,
        shown=lambda column, value: shown(column, value, categories),
    )

"""Sheets of tracking numbers: bring one, look at what would be shipped, have it shipped."""

from collections import Counter
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
from shop.sheets.errors import FileRefused
from shop.web.audience import Role, allow
from shop.web.fields import clean_line
from shop.web.paging import Page, page_number
from suppliers.fulfilment.queries import list_runs
from suppliers.shipping import services
from suppliers.shipping.errors import NothingToShip, TooManyWaiting
from suppliers.shipping.forms import SheetForm
from suppliers.shipping.handlers import MOST_ROWS, ship_sheets, stage_file
from suppliers.shipping.models import TrackingSheet
from suppliers.shipping.queries import (
    PER_PAGE,
    JudgedRow,
    count_shipped,
    get_own_sheet,
    judge_sheet,
    list_sheets,
)
from suppliers.shipping.rules.columns import Column
from suppliers.shipping.rules.judging import RowState

blueprint = Blueprint("tracking_sheets", __name__, url_prefix="/cooperative/shipping")

LONGEST_NAME = 120
# What stands above the list of rows; what asks for nothing comes last.
TABS = (RowState.WRONG, RowState.READY, RowState.SHIPPED, RowState.ALREADY, RowState.BLANK)


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def index() -> str:
    return _index(SheetForm())


@blueprint.post("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def create() -> Answer | tuple[str, int]:
    """Read a file; nothing is shipped yet."""
    form = SheetForm()
    if not form.validate_on_submit():
        return _index(form), 422
    by, own, carrier = current_user.id, current_user.cooperative.id, form.carrier.data or ""
    with closing(form.file.data) as upload:
        name, content = clean_line(upload.filename or "")[-LONGEST_NAME:], upload.read()
    try:
        sheet_id = stage_file(own, name, content, carrier=carrier, by=by, at=clock.now())
    except (FileRefused, TooManyWaiting) as error:
        form.file.errors = [str(error)]
        return _index(form), 422
    return _to(sheet_id)


@blueprint.get("/<int:sheet_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def show(sheet_id: int) -> str:
    found = get_own_sheet(current_user.cooperative.id, sheet_id)
    if found.is_shipping:
        shipped = count_shipped(sheet_id)
        return render_template("suppliers/shipping/busy.html", found=found, shipped=shipped)
    return _page(found)


@blueprint.get("/<int:sheet_id>/progress")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def progress(sheet_id: int) -> Response:
    """The bar alone, for the page that waits; the whole page once everything has been tried."""
    found = get_own_sheet(current_user.cooperative.id, sheet_id)
    page = render_template(
        "suppliers/shipping/_progress.html", found=found, shipped=count_shipped(sheet_id)
    )
    response = make_response(page)
    if not found.is_shipping:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/<int:sheet_id>/dispatch")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def confirm(sheet_id: int) -> Answer:
    """Have the worker ship every row that can be, each parcel by itself."""
    own, by, at = current_user.cooperative.id, current_user.id, clock.now()
    judged = judge_sheet(get_own_sheet(own, sheet_id), at=at)
    try:
        if not any(each.verdict.wanted for each in judged):
            raise NothingToShip
        with transaction():
            services.confirm(own, sheet_id, by=by, at=at)
            nudge(ship_sheets)
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error), "error")
    return _to(sheet_id)


@blueprint.post("/<int:sheet_id>/disposal")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def discard(sheet_id: int) -> Answer:
    own, by = current_user.cooperative.id, current_user.id
    try:
        with transaction():
            services.discard(own, sheet_id, by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error), "error")
        return _to(sheet_id)
    flash(gettext("整份表已作废，没有发任何货。"), "success")
    return redirect(url_for("tracking_sheets.index"), 303)


def _to(sheet_id: int) -> Answer:
    return redirect(url_for("tracking_sheets.show", sheet_id=sheet_id), 303)


def _index(form: SheetForm) -> str:
    own = current_user.cooperative.id
    return render_template(
        "suppliers/shipping/index.html",
        form=form,
        page=list_sheets(own, page_number(request.args.get("page"))),
        runs=list_runs(own),
        now=clock.now(),
        most_rows=MOST_ROWS,
    )


def _page(found: TrackingSheet) -> str:
    judged = judge_sheet(found, at=clock.now())
    counts = Counter(each.verdict.state for each in judged)
    first = next((state for state in TABS if counts[state]), RowState.READY)
    asked = request.args.get("show", first.value)
    state = RowState(asked) if asked in set(RowState) else None
    rows = [each for each in judged if state in (None, each.verdict.state)]
    return render_template(
        "suppliers/shipping/show.html",
        found=found,
        counts={each: counts[each] for each in TABS},
        refused=sum(bool(each.row.refusal) for each in judged),
        asked=state.value if state else "all",
        rows=_page_of(rows, page_number(request.args.get("page"))),
        columns=list(Column),
        label=lambda column: Column(column).label,
    )


def _page_of(rows: list[JudgedRow], number: int) -> Page[JudgedRow]:
    start = (number - 1) * PER_PAGE
    return Page(rows[start : start + PER_PAGE], number, PER_PAGE, len(rows))

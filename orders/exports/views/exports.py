"""Files to hand in: detail ledger, summary, pivot and supply, as a workbook or as CSV."""

from datetime import date
from typing import IO

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from catalog.expectations.rules import weeks_from
from orders.exports.gateways.workbook import MOST_ROWS
from orders.exports.handlers import want
from orders.exports.models import FileKind, Table
from orders.exports.queries.register import list_own_jobs
from orders.exports.rules.files import file_name
from orders.exports.rules.wanted import MOST_AT_ONCE, AsOf, Laid, Rows, Turn, Wanted
from orders.exports.services.making import begin, make, register
from orders.sales.queries import totals_of
from orders.statistics.forms import ExportForm, PeriodForm, PivotFileForm
from orders.statistics.rules.periods import Period
from orders.statistics.rules.summary import By
from orders.statistics.views.asked import offer_choices
from orders.statistics.views.pivot import refused
from orders.supply.forms import SupplyFileForm
from orders.supply.rules.tables import WEEKS_SHOWN
from orders.supply.views import refused as refused_supply
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.sheets.gateways.writing import MIME_TYPE
from shop.web.audience import Role, allow
from shop.web.downloads import send_written

blueprint = Blueprint("exports", __name__)

CONTENT_TYPES = {FileKind.XLSX: MIME_TYPE, FileKind.CSV: "text/csv; charset=utf-8"}


@blueprint.get("/statistics/exports")
@allow(Role.OFFICIAL)
def new() -> str | tuple[str, int]:
    today = clock.day_of(clock.now())
    form = ExportForm(request.args, today)
    if "from" not in request.args and "to" not in request.args:
        form.from_.data, form.to.data = date(today.year, 1, 1), today.replace(day=1)
        form.from_.process_errors = form.to.process_errors = []
        form.from_.raw_data = form.to.raw_data = None
        return page_of(form)
    return page_of(form) if form.validate() else (page_of(form), 422)


@blueprint.get("/statistics/exports/detail.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def detail(kind: str) -> Answer | tuple[str, int]:
    """At once if it is short; else a page says how long it is and offers to have it made."""
    form = ExportForm(request.args, clock.day_of(clock.now()))
    asked = detail_asked(form, FileKind(kind))
    if asked is None:
        return page_of(form), 422
    wanted, rows = asked
    if rows > MOST_AT_ONCE:
        return redirect(url_for("export_jobs.new", kind=kind, **request.args))
    return send(wanted)


@blueprint.get("/statistics/exports/summary.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def summary(kind: str) -> Response | tuple[str, int]:
    form = ExportForm(request.args, clock.day_of(clock.now()))
    if not form.validate():
        return page_of(form), 422
    return send(_wanted(form, Table.SUMMARY, kind, By(form.by.data)))


@blueprint.get("/statistics/exports/pivot.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def pivot(kind: str) -> Response | tuple[str, int]:
    """The table of the pivot's page, all of its rows."""
    form = PivotFileForm(request.args, clock.day_of(clock.now()))
    if not form.validate():
        return refused(form)
    turn = Turn(tuple(form.levels), with_orders=bool(form.orders.data))
    return send(_wanted(form, Table.PIVOT, kind, turn))


@blueprint.get("/statistics/exports/supply.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def supply(kind: str) -> Response | tuple[str, int]:
    """The table of the supply's page, a row for each category and week."""
    form = SupplyFileForm(request.args, clock.day_of(clock.now()))
    if not form.validate():
        return refused_supply(form)
    weeks = weeks_from(form.week.data, WEEKS_SHOWN)
    period = Period(weeks[0].since, weeks[-1].until)
    laid = Laid.CATEGORY_AND_WEEK
    scope = scope_of(current_user)
    return send(want(Table.SUPPLY, FileKind(kind), laid, form.filters(), scope, period))


def detail_asked(form: ExportForm, kind: FileKind) -> tuple[Wanted, int] | None:
    """The detail that a form asks for, and how many rows it has; None if it can't be asked for or
    a workbook can't hold it, and the form says why. Raises NotFound for what lies outside of the
    scope."""
    if not form.validate():
        return None
    wanted = _wanted(form, Table.DETAIL, kind, None)
    rows = totals_of(wanted.part).entries
    if kind is FileKind.XLSX and rows > MOST_ROWS:
        form.to.errors = [gettext("超过 100 万行，Excel 放不下：请缩短期间，或改用 CSV。")]
        return None
    return wanted, rows


def send(wanted: Wanted, as_of: AsOf | None = None) -> Response:
    """Make a file, register it and send it. Raises LedgerBusy."""
    with transaction():
        begun = begin(wanted, at=clock.now(), as_of=as_of)
    by = current_user.id

    def write(file: IO[bytes]) -> None:
        made = make(wanted, begun, file)
        with transaction():
            register(wanted, made, by=by, at=clock.now())

    return send_written(write, f"{file_name(wanted)}.{wanted.kind}", CONTENT_TYPES[wanted.kind])


def page_of(form: ExportForm) -> str:
    scope = scope_of(current_user)
    offer_choices(form, scope, form.today)
    jobs = list_own_jobs(current_user.id, scope)
    return render_template(
        "orders/exports/new.html", form=form, jobs=jobs, most_at_once=MOST_AT_ONCE
    )


def _wanted(form: PeriodForm, table: Table, kind: str, by: Rows) -> Wanted:
    return want(table, FileKind(kind), by, form.filters(), scope_of(current_user), form.period)

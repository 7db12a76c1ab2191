"""Files to hand in: the detail ledger and the summary, as a workbook or as CSV."""

from datetime import date
from typing import IO

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from orders.exports.gateways.workbook import MOST_ROWS
from orders.exports.handlers import want
from orders.exports.models import FileKind, Table
from orders.exports.queries.register import list_own_jobs
from orders.exports.rules.files import file_name
from orders.exports.rules.wanted import MOST_AT_ONCE, AsOf, Wanted
from orders.exports.services.making import begin, make, register
from orders.sales.queries import totals_of
from orders.statistics.forms import ExportForm
from orders.statistics.rules.summary import By
from orders.statistics.views.asked import offer_choices
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
    if not form.validate():
        return page_of(form), 422
    wanted = wanted_by(form, Table.DETAIL, FileKind(kind))
    rows = totals_of(wanted.part).entries
    if refuse_too_long(form, wanted, rows):
        return page_of(form), 422
    if rows > MOST_AT_ONCE:
        return redirect(url_for("export_jobs.new", kind=kind, **request.args))
    return send(wanted)


@blueprint.get("/statistics/exports/summary.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def summary(kind: str) -> Response | tuple[str, int]:
    form = ExportForm(request.args, clock.day_of(clock.now()))
    if not form.validate():
        return page_of(form), 422
    return send(wanted_by(form, Table.SUMMARY, FileKind(kind)))


def wanted_by(form: ExportForm, table: Table, kind: FileKind) -> Wanted:
    """What a valid form asks for. Raises NotFound for anything outside the scope."""
    by = By(form.by.data)
    return want(table, kind, by, form.filters(), scope_of(current_user), form.period)


def refuse_too_long(form: ExportForm, wanted: Wanted, rows: int) -> bool:
    """Whether a workbook can't hold so many rows; the form says so."""
    too_long = wanted.kind is FileKind.XLSX and rows > MOST_ROWS
    if too_long:
        form.to.errors = [gettext("超过 100 万行，Excel 放不下：请缩短期间，或改用 CSV。")]
    return too_long


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

"""Files to hand in: the detail ledger and the summary, as a workbook or as CSV."""

from datetime import date, datetime
from functools import partial

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask_babel import force_locale, gettext
from flask_login import current_user

from orders.invoices.queries import list_valid_numbers
from orders.sales.queries import stream_entries, totals_of
from orders.statistics.forms import ExportForm
from orders.statistics.gateways.csv_file import csv_parts
from orders.statistics.gateways.workbook import MOST_ROWS, write_workbook
from orders.statistics.queries.places import name_of_scope
from orders.statistics.queries.summaries import get_summary
from orders.statistics.rules import detail as detail_table
from orders.statistics.rules.files import detail_sheet, summary_sheet
from orders.statistics.rules.sheets import Sheet
from orders.statistics.rules.summary import By
from orders.statistics.services import record_export
from orders.statistics.views.asked import Asked, asked_of, offer_choices
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.sheets.gateways.writing import MIME_TYPE
from shop.web.audience import Role, allow
from shop.web.downloads import as_download, send_written

blueprint = Blueprint("exports", __name__)

# What is handed in is Chinese, whatever language the screen speaks.
OFFICIAL_LANGUAGE = "zh_Hans_CN"


@blueprint.get("/statistics/exports")
@allow(Role.OFFICIAL)
def new() -> str | tuple[str, int]:
    today = clock.day_of(clock.now())
    form = ExportForm(request.args, today)
    if "from" not in request.args and "to" not in request.args:
        form.from_.data, form.to.data = date(today.year, 1, 1), today.replace(day=1)
        form.from_.process_errors = form.to.process_errors = []
        form.from_.raw_data = form.to.raw_data = None
        return _page(form)
    return _page(form) if form.validate() else (_page(form), 422)


@blueprint.get("/statistics/exports/detail.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def detail(kind: str) -> Response | tuple[str, int]:
    form = ExportForm(request.args, clock.day_of(clock.now()))
    if not form.validate():
        return _page(form), 422
    asked = asked_of(form, scope_of(current_user), form.period)
    rows = totals_of(asked.part).entries
    if kind == "xlsx" and rows > MOST_ROWS:
        form.to.errors = [gettext("超过 100 万行，Excel 放不下：请缩短期间，或改用 CSV。")]
        return _page(form), 422
    now = clock.now()
    _record("detail", kind, asked, rows, now)
    with force_locale(OFFICIAL_LANGUAGE):
        invoices = list_valid_numbers(since=asked.part.since)
        lines = detail_table.DetailRows(stream_entries(asked.part), invoices)
        sheet = detail_sheet(lines, asked.period, _about(asked), now)
    return _send(sheet, kind)


@blueprint.get("/statistics/exports/summary.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def summary(kind: str) -> Response | tuple[str, int]:
    form = ExportForm(request.args, clock.day_of(clock.now()))
    if not form.validate():
        return _page(form), 422
    asked = asked_of(form, scope_of(current_user), form.period)
    now = clock.now()
    with force_locale(OFFICIAL_LANGUAGE):
        table = get_summary(By(form.by.data), asked.part)
        sheet = summary_sheet(table, _about(asked), now)
    _record("summary", kind, asked, len(table.lines), now)
    return _send(sheet, kind)


def _page(form: ExportForm) -> str:
    offer_choices(form, scope_of(current_user), form.today)
    return render_template("orders/statistics/exports/new.html", form=form)


def _about(asked: Asked) -> list[str]:
    """The scope and the filters, as the title of a file says them."""
    place = name_of_scope(asked.part.scope) or gettext("全部帮扶镇")
    return [place, *asked.names.values()]


def _record(table: str, kind: str, asked: Asked, rows: int, at: datetime) -> None:
    with transaction():
        record_export(table, kind, asked.period, asked.filters, rows, by=current_user.id, at=at)


def _send(sheet: Sheet, kind: str) -> Response:
    name = f"{sheet.file_name}.{kind}"
    if kind == "csv":
        parts = stream_with_context(csv_parts(sheet))
        return as_download(Response(parts, content_type="text/csv; charset=utf-8"), name)
    return send_written(partial(write_workbook, sheet), name, MIME_TYPE)

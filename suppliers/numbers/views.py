"""A cooperative's numbers: what it sold, to whom, what came back, and when it was paid."""

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from flask_login import current_user

from orders.exports.gateways.csv_file import csv_parts
from orders.statistics.rules.sheets import Sheet
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.downloads import as_download
from shop.web.filters import month as month_name
from shop.web.paging import page_number
from suppliers.numbers.queries import (
    claim_shares,
    get_total,
    list_all_sold,
    list_sold,
    ratings,
    waits,
)
from suppliers.numbers.rules import (
    Asked,
    Length,
    Share,
    Sold,
    Table,
    asked_of,
    columns_of,
    read_asked,
    row_of,
)
from suppliers.numbers.services import record_download

blueprint = Blueprint("coop_numbers", __name__, url_prefix="/cooperative/numbers")

# The places and kinds of buyers are few: Zhuhai has three districts.
MOST_PLACES = 50


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.ACCOUNTANT)
def show() -> str:
    own, today = current_user.cooperative.id, clock.day_of(clock.now())
    asked = read_asked(request.args.get("period"), today)
    days = asked.days(today)
    total = get_total(own, days)
    claims, claims_before = claim_shares(own, days)
    wait, wait_before = waits(own, days)
    rating, rating_before = ratings(own, days)
    tables = {
        Table.PRODUCTS: list_sold(own, Table.PRODUCTS, days, page_number(request.args.get("page"))),
        Table.DISTRICTS: list_sold(own, Table.DISTRICTS, days, per_page=MOST_PLACES),
        Table.BUYERS: list_sold(own, Table.BUYERS, days, per_page=MOST_PLACES),
    }
    return render_template(
        "suppliers/numbers/show.html",
        asked=asked,
        label=label_of(asked),
        lengths={length: asked_of(length, days.until) for length in Length},
        following=asked.after(today),
        days=days,
        total=total,
        tables=tables,
        refunds=Share(total.refund_fen, total.amount_fen),
        claims=claims,
        claims_before=claims_before,
        wait=wait,
        wait_before=wait_before,
        rating=rating,
        rating_before=rating_before,
    )


@blueprint.get("/<any(products, districts, buyers):table>.csv")
@allow(Role.COOPERATIVE, Role.ACCOUNTANT)
def download(table: str) -> Response:
    """The whole of a table that is shown, for a spreadsheet."""
    own, by, now = current_user.cooperative.id, current_user.id, clock.now()
    today, which = clock.day_of(now), Table(table)
    asked = read_asked(request.args.get("period"), today)
    with transaction():
        record_download(own, table, asked.code, by=by, at=now)
    days = asked.days(today)
    rows, total = list_all_sold(own, which, days), get_total(own, days)
    content = b"".join(csv_parts(_sheet(which, asked, rows, total)))
    name = f"{_sheet_name(which, asked)}.csv"
    return as_download(Response(content, content_type="text/csv; charset=utf-8"), name)


def label_of(asked: Asked) -> str:
    """Which month, quarter or year it is, in words."""
    year = asked.first.year
    if asked.length is Length.MONTH:
        return gettext("%(year)s 年 %(month)s", year=year, month=month_name(asked.first.month))
    if asked.length is Length.QUARTER:
        return gettext("%(year)s 年第 %(number)s 季度", year=year, number=asked.quarter)
    return gettext("%(year)s 全年", year=year)


def _sheet_name(table: Table, asked: Asked) -> str:
    return f"{table.title}_{asked.code}"


def _sheet(table: Table, asked: Asked, rows: list[Sold], total: Sold) -> Sheet:
    return Sheet(
        name=str(table.title),
        file_name=_sheet_name(table, asked),
        title=label_of(asked),
        unit="",
        columns=columns_of(table),
        rows=[row_of(table, row) for row in rows],
        total=lambda: [gettext("合计"), *row_of(table, total, total=True)[1:]],
        notes=[],
        foot=[],
    )

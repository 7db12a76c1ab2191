"""The results in the open (成效): totals, towns and months, as a page and as data."""

import json
from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request
from flask_babel import force_locale, gettext

from orders.exports.gateways.csv_file import csv_parts
from orders.results.queries import FIRST_YEAR, Results, get_results
from orders.results.rules import Told
from orders.statistics.rules.figures import tonnes
from orders.statistics.rules.sheets import Column, Kind, Sheet, Value
from shop import clock
from shop.kept import kept
from shop.web.audience import public
from shop.web.filters import month as month_name

blueprint = Blueprint("results", __name__)

# So long the page may be behind the ledger; it says of which moment it is.
FRESH_SECONDS = 300
# What is handed out is Chinese, whatever language the screen speaks: caches keep one file.
OFFICIAL_LANGUAGE = "zh_Hans_CN"


@blueprint.get("/results")
@public
def index() -> str:
    results = _results()
    return render_template(
        "orders/results/index.html",
        results=results,
        years=range(clock.day_of(clock.now()).year, FIRST_YEAR - 1, -1),
        highest=max((told.net_fen for told in results.months), default=0),
        most=max((told.net_fen for told in results.towns), default=0),
        label=label_of_months,
        tonnes=tonnes,
    )


@blueprint.get("/results.<any(json, csv):kind>")
@public
def download(kind: str) -> Response:
    """For machines: kept by every cache on the way, the same for everybody."""
    results = _results()
    if kind == "json":
        answer = Response(_json_parts(results), content_type="application/json")
    else:
        with force_locale(OFFICIAL_LANGUAGE):
            sheet = _sheet(results)
        answer = Response(csv_parts(sheet), content_type="text/csv; charset=utf-8")
        name = f"results-{results.year}.csv"
        answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.cache_control.public = True
    answer.cache_control.max_age = FRESH_SECONDS
    answer.last_modified = results.at
    return answer.make_conditional(request)  # type: ignore[return-value]


def label_of_months(told: Told) -> str:
    """A month, or from one to another where they are not told apart."""
    first, last = (month_name(int(cell.key[5:])) for cell in (told.cells[0], told.cells[-1]))
    return first if first == last else gettext("%(first)s至%(last)s", first=first, last=last)


def _results() -> Results:
    year, now = _year(), clock.now()
    return kept(f"results-{year}", lambda: get_results(year, now), seconds=FRESH_SECONDS)


def _year() -> int:
    """The year in the address; this year if it holds none that can have results."""
    text, this_year = request.args.get("year", ""), clock.day_of(clock.now()).year
    is_year = text.isascii() and text.isdigit() and len(text) == 4
    return int(text) if is_year and FIRST_YEAR <= int(text) <= this_year else this_year


def _json_parts(results: Results) -> Iterator[str]:
    """One object, line by line. Amounts in fen, weights in grams."""
    head = {
        "year": results.year,
        "as_of": results.at.isoformat(),
        "until": results.until.isoformat(),
        "net_fen": results.net_fen,
        "net_weight_g": results.weight_g,
    }
    yield json.dumps(head, ensure_ascii=False)[:-1]
    for name, rows in (("months", results.months), ("towns", results.towns)):
        yield f', "{name}": ['
        for place, told in enumerate(rows):
            yield (",\n" if place else "\n") + json.dumps(_object(name, told), ensure_ascii=False)
        yield "]"
    yield "}\n"


def _object(name: str, told: Told) -> dict[str, object]:
    codes = [cell.key for cell in told.cells]
    places = [{"code": cell.key, "name": cell.label} for cell in told.cells]
    return {
        name: codes if name == "months" else places,
        "net_fen": told.net_fen,
        "net_weight_g": told.weight_g,
        "locked": told.locked,
    }


def _sheet(results: Results) -> Sheet:
    return Sheet(
        name="results",
        file_name="results",
        title="",
        unit="",
        columns=[
            Column("kind", gettext("类型"), Kind.TEXT),
            Column("name", gettext("名称"), Kind.TEXT),
            Column("net", gettext("净额（元）"), Kind.YUAN),
            Column("weight", gettext("净重（公斤）"), Kind.KILOGRAMS),
            Column("state", gettext("状态"), Kind.TEXT),
        ],
        rows=list(_rows(results)),
        total=lambda: _total(results),
        notes=[],
        foot=[],
    )


def _rows(results: Results) -> Iterator[list[Value]]:
    for told in results.months:
        name = "、".join(cell.key for cell in told.cells)
        yield [gettext("月份"), name, told.net_fen, told.weight_g, _state(told)]
    for told in results.towns:
        name = "、".join(cell.label for cell in told.cells)
        yield [gettext("镇"), name, told.net_fen, told.weight_g, _state(told)]


def _state(told: Told) -> str:
    return gettext("已锁定") if told.locked else gettext("未锁定")


def _total(results: Results) -> list[Value]:
    until = results.until.isoformat()
    name = f"{results.year}（{until}）"
    return ["合计", name, results.net_fen, results.weight_g, None]

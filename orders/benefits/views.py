"""Officials read what the cooperatives of their scope reported: numbers, and nobody's name."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request
from flask_babel import gettext
from flask_login import current_user

from orders.benefits.queries import (
    get_version,
    list_pinned,
    list_totals,
    list_versions,
    sums_by_tie,
    totals_of_scope,
)
from orders.benefits.rules import Quarter, open_quarters, read_quarter
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("benefit_overview", __name__, url_prefix="/official/benefits")


@dataclass(frozen=True)
class Span:
    """A quarter, or all quarters of a year up to the last that was over."""

    code: str
    label: str
    quarters: list[Quarter]


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    scope, today = scope_of(current_user), clock.day_of(clock.now())
    spans = _spans(today)
    # The quarter that is being reported is what most come for.
    chosen = next((span for span in spans if span.code == request.args.get("period")), spans[0])
    totals, reported = totals_of_scope(scope, chosen.quarters)
    return render_template(
        "orders/benefits/index.html",
        spans=spans,
        chosen=chosen,
        page=list_totals(scope, chosen.quarters, page_number(request.args.get("page"))),
        totals=totals,
        reported=reported,
        due_on=chosen.quarters[-1].due_on,
        today=today,
    )


@blueprint.get("/versions/<int(max=2147483647):version_id>")
@allow(Role.OFFICIAL)
@shows("households", "benefit_version", "version_id")
def show(version_id: int) -> str:
    version = get_version(version_id, scope_of(current_user))
    quarter = Quarter(version.report.year, version.report.quarter)
    return render_template(
        "orders/benefits/show.html",
        version=version,
        quarter=quarter,
        label=label_of(quarter),
        sums=sums_by_tie(version.id),
        versions=list_versions(version.report_id),
        evidence=len(list_pinned(version.id)),
    )


def label_of(quarter: Quarter) -> str:
    return gettext("%(year)s 年第 %(number)s 季度", year=quarter.year, number=quarter.number)


def _spans(today: date) -> list[Span]:
    """The quarters that are over, the latest first, and the years that they are in."""
    _, *over = open_quarters(today)
    quarters = [Span(quarter.code, label_of(quarter), [quarter]) for quarter in over]
    years = [
        Span(
            str(year),
            gettext("%(year)s 全年", year=year),
            sorted(quarter for quarter in _all_of(year) if quarter.until < today),
        )
        for year in sorted({quarter.year for quarter in over}, reverse=True)
    ]
    return quarters + years


def _all_of(year: int) -> list[Quarter]:
    return [found for number in range(1, 5) if (found := read_quarter(f"{year}Q{number}"))]

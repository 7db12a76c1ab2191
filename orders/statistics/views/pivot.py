"""Any of the ledger's dimensions as rows, in any order, for any period."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.rollups.rules import Dimension
from orders.statistics.forms import PivotForm
from orders.statistics.queries.pivots import get_pivot
from orders.statistics.queries.places import name_of_scope
from orders.statistics.rules.labels import Channels
from orders.statistics.rules.periods import Period, end_of_month
from orders.statistics.rules.pivot import Pivot, PivotLine
from orders.statistics.views.asked import Asked, asked_of, days_of, ledger_links, offer_choices
from orders.statistics.views.cells import Cell, cells_of
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.web.audience import Role, allow
from shop.web.paging import page_number, page_of

blueprint = Blueprint("pivot", __name__)

ROWS_PER_PAGE = 100


@blueprint.get("/statistics/pivot")
@allow(Role.OFFICIAL)
def show() -> str | tuple[str, int]:
    now = clock.now()
    scope = scope_of(current_user)
    form = PivotForm(request.args, clock.day_of(now))
    if not form.validate():
        return refused(form)
    asked = asked_of(form, scope, form.period)
    offer_choices(form, scope, form.today)
    pivot = get_pivot(form.levels, asked.part, with_orders=bool(form.orders.data))
    page = page_of(pivot.lines, page_number(request.args.get("page")), ROWS_PER_PAGE)
    link, width = _links(asked, pivot), len(pivot.levels)

    def cells(line: PivotLine) -> list[Cell]:
        return cells_of(pivot.columns[width:], line.values[width:], partial(link, line))

    return render_template(
        "orders/statistics/pivot/show.html",
        form=form,
        asked=asked,
        scope_name=name_of_scope(scope),
        pivot=pivot,
        page=page,
        rows=[(line, cells(line)) for line in page.items],
        total_row=cells(pivot.total),
        days=days_of(asked.period),
        as_of=min(now, clock.end_of(asked.period.until)),
    )


def refused(form: PivotForm) -> tuple[str, int]:
    """The page without a table; the form says what can't be asked for."""
    scope = scope_of(current_user)
    offer_choices(form, scope, form.today)
    page = render_template(
        "orders/statistics/pivot/show.html", form=form, scope_name=name_of_scope(scope), pivot=None
    )
    return page, 422


def _links(asked: Asked, pivot: Pivot) -> Callable[[PivotLine, str], str | None]:
    """Where each number leads: to the lines that it is the sum of."""
    overlays: dict[str, dict[str, str]] = {
        "net": {},
        "refunds": {},
        "lines": {},
        "tonnes": {},
        "before": {},
        "accepted": {"channel": Channels.ONLINE.value},
    }
    url, levels = ledger_links(), [level.value for level in pivot.levels]
    before = asked.period.year_before

    def link(line: PivotLine, column: str) -> str | None:
        if column not in overlays:
            return None
        row = dict(zip(levels, line.key, strict=False))
        month = row.pop(Dimension.MONTH.value, None)
        period = _period_of(month, asked.period)
        if column == "before":
            period = period.year_before if month else before
        filters = dict(asked.filters)
        # All that are not online, and of them this one.
        if "channel" in row and filters.get("channel") == Channels.NOT_ONLINE:
            del filters["channel"]
        return url(period, filters, row, overlays[column])

    return link


def _period_of(month: str | None, period: Period) -> Period:
    """The part of a period that lies in a month."""
    if month is None:
        return period
    first = period.since.replace(year=int(month[:4]), month=int(month[5:]), day=1)
    return Period(max(first, period.since), min(end_of_month(first), period.until))

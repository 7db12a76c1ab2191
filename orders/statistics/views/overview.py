"""The official's overview: completion against the time, the towns ranked, the months, the table."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.sales.queries import Slice
from orders.statistics.forms import OverviewForm
from orders.statistics.queries.figures import net_by_town_and_month, ordered_and_paid
from orders.statistics.queries.places import name_of_scope
from orders.statistics.queries.summaries import get_goals, rank_towns, summarise_with
from orders.statistics.rules.counting import COUNTING_RULES
from orders.statistics.rules.figures import time_progress, tonnes, year_on_year
from orders.statistics.rules.periods import Period
from orders.statistics.rules.sheets import shown
from orders.statistics.rules.summary import By, Line, Summary
from orders.statistics.views.asked import Asked, asked_of, cell_links, days_of, ledger_url
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.money import wan
from shop.web.audience import Role, allow
from shop.web.filters import month as month_name

blueprint = Blueprint("overview", __name__)

NetByTownAndMonth = dict[tuple[str, str], int]


@dataclass(frozen=True)
class MonthPoint:
    """A month of this year beside the same one of last year, in fen."""

    label: str
    value: int
    before: int
    text: str
    url: str | None
    before_url: str | None

    @property
    def year_on_year(self) -> int | None:
        return year_on_year(self.value, self.before)


@blueprint.get("/statistics")
@allow(Role.OFFICIAL)
def show() -> str | tuple[str, int]:
    now = clock.now()
    scope = scope_of(current_user)
    form = OverviewForm(request.args, clock.day_of(now))
    scope_name = name_of_scope(scope)
    if not form.validate():
        page = render_template(
            "orders/statistics/overview/show.html", form=form, scope_name=scope_name, summary=None
        )
        return page, 422
    asked = asked_of(form, scope, form.period)
    return _page(asked, By(form.by.data), form, scope_name, now)


def _page(asked: Asked, by: By, form: OverviewForm, scope_name: str | None, now: datetime) -> str:
    part, period = asked.part, asked.period
    goals = get_goals(part)
    summary = summarise_with(by, part, goals)
    net = net_by_town_and_month(part)
    towns = summary if by is By.TOWN else rank_towns(part, goals, _by_town(net, period))
    return render_template(
        "orders/statistics/overview/show.html",
        form=form,
        asked=asked,
        scope_name=scope_name,
        summary=summary,
        cells=dict(zip((c.name for c in summary.columns), summary.total.values, strict=True)),
        weight_g=summary.figures.weight_g,
        ranked=_ranked(towns) if goals.targets else [],
        pace=time_progress(period.until),
        months=_months(asked, net),
        flow=_flow(part),
        link=cell_links(asked, summary),
        town_link=cell_links(asked, towns),
        days=days_of(period),
        as_of=min(now, clock.end_of(period.until)),
        shown=shown,
        tonnes=tonnes,
        rules=COUNTING_RULES,
    )


def _ranked(towns: Summary) -> list[Line]:
    """The towns that have a target, the furthest first."""
    return sorted((line for line in towns.lines if line.rank), key=lambda line: line.rank or 0)


def _flow(part: Slice) -> tuple[int, int] | None:
    """Ordered and paid; nothing where the choices can't be asked of orders."""
    return None if part.channels or part.mode else ordered_and_paid(part)


def _by_town(net: NetByTownAndMonth, period: Period) -> dict[str, int]:
    """Net fen by town over the months of a period that begins the year."""
    sums: dict[str, int] = defaultdict(int)
    for (town, month), fen in net.items():
        if period.from_month <= month <= period.to_month:
            sums[town] += fen
    return sums


def _months(asked: Asked, net: NetByTownAndMonth) -> list[MonthPoint]:
    sums: dict[str, int] = defaultdict(int)
    for (_, month), fen in net.items():
        sums[month] += fen
    return [_month_point(asked, sums, month) for month in asked.period.months]


def _month_point(asked: Asked, net: dict[str, int], month: Period) -> MonthPoint:
    before = month.year_before
    value, base = net.get(month.to_month, 0), net.get(before.to_month, 0)
    return MonthPoint(
        label=month_name(month.until.month),
        value=value,
        before=base,
        text=wan(value) if value else "",
        url=ledger_url(month, asked.filters),
        before_url=ledger_url(before, asked.filters),
    )

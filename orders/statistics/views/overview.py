"""The official's overview: completion against the time, the towns ranked, the months, the table."""

from datetime import datetime
from functools import partial

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.closing.queries.standings import marks_of
from orders.flags.queries import count_open
from orders.intake.queries import Intake, intake_by
from orders.sales.queries import Slice
from orders.statistics.forms import OverviewForm
from orders.statistics.queries.figures import net_by_town_and_month, towns_by_month
from orders.statistics.queries.places import name_of_scope
from orders.statistics.queries.summaries import get_goals, rank_towns, summarise_with
from orders.statistics.rules.counting import COUNTING_RULES
from orders.statistics.rules.figures import time_progress, tonnes
from orders.statistics.rules.summary import By, Line
from orders.statistics.views.asked import Asked, asked_of, cell_links, days_of
from orders.statistics.views.cells import Cell, cells_of
from orders.statistics.views.pictures import bullets, by_town, month_points
from orders.targets.rules import pace_by_plan
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.web.audience import Role, allow

blueprint = Blueprint("overview", __name__)


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
    if by is By.TOWN:
        found, net = towns_by_month(part)
        summary = summarise_with(by, part, goals, found)
    else:
        summary, net = summarise_with(by, part, goals), net_by_town_and_month(part)
    towns = summary if by is By.TOWN else rank_towns(part, goals, by_town(net, period))
    link = cell_links(asked, summary)

    def cells(line: Line) -> list[Cell]:
        return cells_of(summary.columns[1:], line.values[1:], partial(link, line))

    return render_template(
        "orders/statistics/overview/show.html",
        form=form,
        asked=asked,
        scope_name=scope_name,
        summary=summary,
        cells=dict(zip((c.name for c in summary.columns), summary.total.values, strict=True)),
        weight_g=summary.figures.weight_g,
        ranked=bullets(towns, goals) if goals.plans else [],
        pace=time_progress(period.until),
        plan=pace_by_plan(goals.plans.values(), period.until),
        months=month_points(asked, net),
        marks=marks_of(asked.place, period.from_month, period.to_month, now),
        flow=_flow(part),
        rows=[(line, cells(line)) for line in summary.lines],
        total_row=cells(summary.total),
        link=link,
        town_link=cell_links(asked, towns),
        days=days_of(period),
        as_of=min(now, clock.end_of(period.until)),
        tonnes=tonnes,
        rules=COUNTING_RULES,
        open_flags=count_open(part.scope),
    )


def _flow(part: Slice) -> tuple[int, int] | None:
    """Ordered and paid; nothing where the choices can't be asked of orders."""
    return None if part.channels or part.mode else intake_by((), part).get((), Intake())

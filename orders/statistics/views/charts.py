"""The page of pictures: each answers a question, and has its numbers in a table under it."""

from datetime import datetime

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.statistics.forms import OverviewForm
from orders.statistics.queries.figures import net_by_town_and_month
from orders.statistics.queries.places import name_of_scope
from orders.statistics.queries.summaries import get_goals, rank_towns, summarise_with
from orders.statistics.rules.figures import time_progress, tonnes
from orders.statistics.rules.summary import By
from orders.statistics.views.asked import Asked, asked_of, cell_links
from orders.statistics.views.pictures import (
    bullets,
    by_town,
    category_shares,
    heat_rows,
    month_points,
    outlook,
)
from orders.targets.rules import pace_by_plan
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.web.audience import Role, allow

blueprint = Blueprint("charts", __name__)


@blueprint.get("/statistics/charts")
@allow(Role.OFFICIAL)
def show() -> str | tuple[str, int]:
    now = clock.now()
    scope = scope_of(current_user)
    form = OverviewForm(request.args, clock.day_of(now))
    scope_name = name_of_scope(scope)
    if not form.validate():
        page = render_template(
            "orders/statistics/charts/show.html", form=form, scope_name=scope_name, asked=None
        )
        return page, 422
    return _page(asked_of(form, scope, form.period), form, scope_name, now)


def _page(asked: Asked, form: OverviewForm, scope_name: str | None, now: datetime) -> str:
    part, period = asked.part, asked.period
    goals = get_goals(part)
    categories = summarise_with(By.CATEGORY, part, goals)
    net = net_by_town_and_month(part)
    towns = rank_towns(part, goals, by_town(net, period))
    return render_template(
        "orders/statistics/charts/show.html",
        form=form,
        asked=asked,
        period=period,
        scope_name=scope_name,
        ranked=bullets(towns, goals) if goals.plans else [],
        town_link=cell_links(asked, towns),
        pace=time_progress(period.until),
        plan=pace_by_plan(goals.plans.values(), period.until),
        months=month_points(asked, net),
        heat=heat_rows(asked, goals, net),
        shares=category_shares(asked, categories),
        total=categories.figures,
        outlook=outlook(asked, goals, net),
        as_of=min(now, clock.end_of(period.until)),
        tonnes=tonnes,
    )

"""The one-page brief, to be printed on A4."""

from flask import Blueprint, render_template, request
from flask_babel import gettext
from flask_login import current_user

from orders.exports.queries.brief import list_coming, list_unfiled, moves_of
from orders.exports.rules.brief import Facts, Place, brief_of
from orders.rollups.rules import Dimension
from orders.sales.queries import Slice
from orders.statistics.forms import OverviewForm
from orders.statistics.queries.places import name_of_scope
from orders.statistics.queries.summaries import Goals, get_goals, summarise_with
from orders.statistics.rules.figures import gap, time_progress
from orders.statistics.rules.periods import Period, end_of_month
from orders.statistics.rules.summary import By, Line
from orders.statistics.views.asked import asked_of
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.web.audience import Role, allow
from shop.web.filters import month as month_name

blueprint = Blueprint("briefs", __name__)


@blueprint.get("/statistics/brief")
@allow(Role.OFFICIAL)
def show() -> str | tuple[str, int]:
    now = clock.now()
    scope = scope_of(current_user)
    form = OverviewForm(request.args, clock.day_of(now))
    if not form.validate():
        return render_template("orders/exports/brief.html", form=form, brief=None), 422
    asked = asked_of(form, scope, form.period)
    facts = _facts(asked.part)
    return render_template(
        "orders/exports/brief.html",
        form=form,
        asked=asked,
        scope_name=name_of_scope(scope),
        facts=facts,
        brief=brief_of(facts),
        as_of=min(now, clock.end_of(asked.period.until)),
    )


def _facts(part: Slice) -> Facts:
    period = Period(part.since, part.until)
    goals = get_goals(part)
    summary = summarise_with(By.TOWN, part, goals)
    cells = dict(zip((c.name for c in summary.columns), summary.total.values, strict=True))
    pace = time_progress(period.until)
    return Facts(
        period=period,
        net_fen=cells["cumulative"],
        month_fen=cells["month"],
        before_fen=cells["before"],
        target_fen=cells["target"],
        completion=cells["completion"],
        pace=pace,
        towns=[_place(line, pace) for line in summary.lines if line.completion is not None],
        moves=[
            (gettext("产品类别"), moves_of(Dimension.CATEGORY, part)),
            (gettext("渠道"), moves_of(Dimension.CHANNEL, part)),
            (gettext("采购方类型"), moves_of(Dimension.BUYER_TYPE, part)),
        ],
        unfiled=_unfiled(goals, period),
        coming=list_coming(part, period.until.month % 12 + 1),
    )


def _place(line: Line, pace: int) -> Place:
    _, target, _, net, *_ = line.values
    return Place(line.label, line.completion or 0, net, target, gap(line.completion, pace) or 0)


def _unfiled(goals: Goals, period: Period) -> dict[str, list[str]]:
    """Of the months of the period that are over."""
    today = clock.day_of(clock.now())
    over = [each.to_month for each in period.months if end_of_month(each.until) < today]
    found = list_unfiled(goals.towns, over[-2:])
    return {month_name(int(month[5:])): towns for month, towns in found.items()}

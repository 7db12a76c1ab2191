"""How far the months have come: all towns by month, one month of all towns, and what was done."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, current_app, render_template, request
from flask_login import current_user

from orders.closing.forms import (
    AdjustmentsForm,
    HistoryForm,
    ManyForm,
    months_to_offer,
)
from orders.closing.handlers import allowance_of
from orders.closing.models import ActKind, CloseState
from orders.closing.queries.acts import Wanted, list_acts, list_adjustments
from orders.closing.queries.figures import Sums, sums_by_town
from orders.closing.queries.officials import list_staffed
from orders.closing.queries.standings import list_standings, list_towns
from orders.closing.rules import (
    FIRST_MONTH,
    Allowance,
    Standing,
    Step,
    due_on,
    is_late,
    is_over,
    mark_of,
    month_after,
    month_before,
    months_of,
    read_month,
    step_for,
)
from orders.sales.rules import CHANNELS, KINDS
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.queries import get_town_in
from shop.accounts.people.rules import scope_of
from shop.errors import NotFound
from shop.places.models import Town
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("months", __name__, url_prefix="/official/months")


@dataclass(frozen=True)
class Row:
    """A town's month with its sums, and the step that the reader may take."""

    town: Town
    standing: Standing
    sums: Sums
    step: Step | None


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    scope, now = scope_of(current_user), clock.now()
    today = clock.day_of(now)
    year = _year(request.args.get("year"), today)
    months = months_of(year)
    standings = list_standings(scope, months[0], months[-1])
    staffed = list_staffed(ScopeLevel.CITY)
    mine: dict[str, int] = defaultdict(int)
    for standing in standings.values():
        if is_over(standing.month, now) and step_for(scope, standing, staffed):
            mine[standing.month] += 1
    by_month: dict[str, list[CloseState]] = defaultdict(list)
    for standing in standings.values():
        by_month[standing.month].append(standing.state)
    return render_template(
        "orders/closing/index.html",
        year=year,
        years=range(today.year, int(FIRST_MONTH[:4]) - 1, -1),
        months=months,
        over={month for month in months if is_over(month, now)},
        towns=list_towns({town_code for town_code, _ in standings}),
        standings=standings,
        marks={month: mark_of(by_month[month], month, now) for month in months},
        mine=sorted(mine.items()),
        level=scope.level,
        late=lambda standing: is_late(standing, _allowance(), today),
        scope=scope,
    )


@blueprint.get("/<month>")
@allow(Role.OFFICIAL)
def show(month: str) -> str:
    return month_page(month)


@blueprint.get("/acts")
@allow(Role.OFFICIAL)
def acts() -> str | tuple[str, int]:
    """Who did what when."""
    scope, today = scope_of(current_user), clock.day_of(clock.now())
    months = months_to_offer(today)
    standings = list_standings(scope, months[-1], months[0])
    form = HistoryForm(request.args, list_towns({code for code, _ in standings}), months)
    valid = form.validate()
    wanted = Wanted(scope=scope)
    if valid:
        wanted = Wanted(
            scope=scope,
            month=form.month.data or None,
            town_code=get_town_in(scope, form.town.data).code if form.town.data else None,
            kind=ActKind(form.kind.data) if form.kind.data else None,
            person=form.person.data or "",
        )
    page = list_acts(wanted, page_number(request.args.get("page"))) if valid else None
    answer = render_template("orders/closing/acts.html", form=form, page=page)
    return answer if valid else (answer, 422)


@blueprint.get("/adjustments")
@allow(Role.OFFICIAL)
def adjustments() -> str | tuple[str, int]:
    """What came after its month was locked."""
    scope = scope_of(current_user)
    form = AdjustmentsForm(request.args)
    form.month.offer(months_to_offer(clock.day_of(clock.now())))
    valid = form.validate()
    page = (
        list_adjustments(scope, form.month.data or None, page_number(request.args.get("page")))
        if valid
        else None
    )
    answer = render_template(
        "orders/closing/adjustments.html",
        form=form,
        page=page,
        channels=CHANNELS,
        kinds=KINDS,
    )
    return answer if valid else (answer, 422)


def month_page(month: str, form: ManyForm | None = None) -> str:
    """The towns of one month, what they come to, and a form for those that wait for the reader.
    Raises NotFound for a month that has not begun."""
    now, scope = clock.now(), scope_of(current_user)
    this_month = clock.month_of(clock.day_of(now))
    if read_month(month) is None or month > this_month:
        raise NotFound
    standings = list_standings(scope, month, month)
    sums = sums_by_town(scope, month)
    staffed, over = list_staffed(ScopeLevel.CITY), is_over(month, now)
    rows = []
    for town in list_towns({code for code, _ in standings} | sums.keys()):
        standing = standings.get((town.code, month), Standing(town.code, month))
        step = step_for(scope, standing, staffed) if over else None
        rows.append(Row(town, standing, sums.get(town.code, Sums()), step))
    waiting = [row for row in rows if row.step and scope.level is not ScopeLevel.TOWN]
    return render_template(
        "orders/closing/month.html",
        month=month,
        before=month_before(month) if month > FIRST_MONTH else None,
        after=month_after(month) if month < this_month else None,
        rows=rows,
        total=_total(rows),
        waiting=_total(waiting),
        waits=len(waiting),
        is_review=scope.level is ScopeLevel.COUNTY,
        stands_in=scope.level is ScopeLevel.BUREAU and bool(waiting),
        over=over,
        mark=mark_of([row.standing.state for row in rows], month, now),
        due=lambda standing: due_on(standing, _allowance()),
        late=lambda standing: is_late(standing, _allowance(), clock.day_of(now)),
        # What somebody ticked before; at first all that wait.
        chosen={row.town.code for row in waiting} if form is None else form.seen.keys(),
        form=form or ManyForm(formdata=None),
        level=scope.level,
    )


def _total(rows: list[Row]) -> Sums:
    return Sums(*(sum(column) for column in zip(Sums(), *(row.sums for row in rows), strict=True)))


def _allowance() -> Allowance:
    return allowance_of(current_app.config["SETTINGS"])


def _year(text: str | None, today: date) -> int:
    """The year in the address; this year if it holds none that there could be."""
    if text and text.isascii() and text.isdigit() and len(text) == 4:
        return min(max(int(text), int(FIRST_MONTH[:4])), today.year)
    return today.year

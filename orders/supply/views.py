"""The table of supply by category and week, and what its numbers are made of."""

from collections.abc import Callable

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from catalog.expectations.rules import FIRST_YEAR, Week, read_week, week_of, weeks_from
from orders.statistics.queries.places import name_of_scope
from orders.statistics.rules.figures import tonnes
from orders.statistics.rules.periods import Period
from orders.statistics.views.asked import Asked, ledger_url, look_up, offer_choices
from orders.supply.forms import SupplyForm
from orders.supply.queries import get_table, list_announced, list_wanted
from orders.supply.rules.sheets import SUPPLY_RULES, gap_in_words, is_nothing
from orders.supply.rules.tables import WEEKS_BEFORE, WEEKS_SHOWN
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.errors import NotFound
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("supply", __name__, url_prefix="/statistics/supply")


@blueprint.get("")
@allow(Role.OFFICIAL)
def show() -> str | tuple[str, int]:
    scope, now = scope_of(current_user), clock.now()
    today = clock.day_of(now)
    form = SupplyForm(request.args, today)
    if not form.validate():
        return refused(form)
    asked = look_up(form.filters(), scope, Period(today, today))
    offer_choices(form, scope, today)
    weeks = weeks_from(form.week.data, WEEKS_SHOWN)
    present = week_of(today)
    table = get_table(asked.part, weeks, present)
    return render_template(
        "orders/supply/show.html",
        form=form,
        scope_name=name_of_scope(scope),
        asked=asked,
        table=table,
        as_of=now,
        at_present=weeks[0] == form.first_of_all,
        weeks_before=WEEKS_BEFORE,
        link=_links(asked),
        earlier=_earlier(weeks[0]),
        later=_later(weeks[0], form.first_of_all),
        gap_in_words=gap_in_words,
        is_nothing=is_nothing,
        rules=SUPPLY_RULES,
        tonnes=tonnes,
    )


def refused(form: SupplyForm) -> tuple[str, int]:
    """The page without a table; the form says what can't be asked for."""
    scope = scope_of(current_user)
    offer_choices(form, scope, form.today)
    page = render_template(
        "orders/supply/show.html", form=form, scope_name=name_of_scope(scope), table=None
    )
    return page, 422


@blueprint.get("/<week>/expected")
@allow(Role.OFFICIAL)
def list_expected(week: str) -> str:
    which, asked, present = _week_asked(week)
    return render_template(
        "orders/supply/expected.html",
        page=list_announced(asked.part, which, present, page_number(request.args.get("page"))),
        **_shared(which, asked, present),
    )


@blueprint.get("/<week>/wanted")
@allow(Role.OFFICIAL)
def list_demand(week: str) -> str:
    """Raises NotFound for a week that is over: what was wanted of it was accepted, or not."""
    which, asked, present = _week_asked(week)
    if which < present:
        raise NotFound
    earlier = which.year_before
    table = get_table(asked.part, [which], present)

    def before(key: str) -> str | None:
        days = earlier and Period(earlier.since, earlier.until)
        return ledger_url(days, asked.filters, {"category": key}) if days else None

    return render_template(
        "orders/supply/wanted.html",
        page=list_wanted(asked.part, which, present, page_number(request.args.get("page"))),
        rows=[row for row in table.rows if row.cells[0].demand_g is not None],
        earlier=earlier,
        before=before,
        gap_in_words=gap_in_words,
        link=_links(asked),
        **_shared(which, asked, present),
    )


def _links(asked: Asked) -> Callable[[str, str, Week], str | None]:
    """Where each number leads: to what it is made of."""

    def link(what: str, key: str, week: Week) -> str | None:
        row = {"category": key} if key else {}
        if what == "supplied":
            return ledger_url(_up_to(week, asked), asked.filters, row)
        endpoint = "supply.list_expected" if what == "expected" else "supply.list_demand"
        return url_for(endpoint, week=week.code, **asked.filters | row)

    return link


def _up_to(week: Week, asked: Asked) -> Period:
    return Period(week.since, min(week.until, asked.part.until))


def _week_asked(code: str) -> tuple[Week, Asked, Week]:
    """The week of an address with its filters. Raises NotFound for what is no week or lies beyond
    the table, and for anything outside the scope."""
    today = clock.day_of(clock.now())
    form = SupplyForm(request.args, today)
    week, present = read_week(code), week_of(today)
    if week is None or week >= present.after(WEEKS_SHOWN):
        raise NotFound
    return week, look_up(form.filters(), scope_of(current_user), Period(today, today)), present


def _shared(week: Week, asked: Asked, present: Week) -> dict[str, object]:
    return {
        "week": week,
        "asked": asked,
        "present": present,
        "scope_name": name_of_scope(scope_of(current_user)),
        "tonnes": tonnes,
    }


def _earlier(first: Week) -> Week | None:
    before = first.after(-WEEKS_SHOWN)
    return before if before.year >= FIRST_YEAR else None


def _later(first: Week, usual: Week) -> Week | None:
    """The next weeks; the last ones that there are are those that a table begins with."""
    return min(first.after(WEEKS_SHOWN), usual) if first < usual else None

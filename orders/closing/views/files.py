"""One town's month: what is filed, what is lacking, who did what, and the next step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from orders.closing import services
from orders.closing.forms import FilingForm, ManyForm, ReturnForm
from orders.closing.handlers import allowance_of
from orders.closing.models import ActKind, CloseState, MonthAct
from orders.closing.queries.acts import list_story
from orders.closing.queries.benefits import list_pinned
from orders.closing.queries.figures import figures_of
from orders.closing.queries.officials import list_staffed
from orders.closing.queries.snapshots import find_close, find_snapshot
from orders.closing.queries.standings import get_standing
from orders.closing.rules import (
    TURNS,
    Standing,
    due_on,
    is_late,
    is_over,
    quarter_for,
    read_month,
    step_for,
)
from orders.closing.views.months import month_page
from orders.sales.rules import CHANNELS, MODES
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.queries import get_town_in
from shop.accounts.people.rules import Scope, scope_of
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow

blueprint = Blueprint("month_files", __name__, url_prefix="/official/months")

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Told:
    """A step as the timeline tells it."""

    title: str
    at: datetime | None
    text: str
    state: str


@blueprint.get("/<month>/<town_code>")
@allow(Role.OFFICIAL)
def show(month: str, town_code: str) -> str:
    return _page(month, town_code)


@blueprint.post("/<month>/<town_code>/filing")
@allow(Role.OFFICIAL)
def file(month: str, town_code: str) -> Answer:
    form, by = FilingForm(), current_user.id
    _require(month, town_code)
    if not form.validate_on_submit():
        return _page(month, town_code, filing=form), 422
    try:
        with transaction():
            services.file_month(
                town_code, month, form.seen, form.note.data or "", by=by, at=clock.now()
            )
    except NotFound:
        raise
    except DomainError as refusal:
        flash(str(refusal), "error")
        return _page(month, town_code, filing=form), refusal.status
    flash(gettext("已上报，等县工作组审核。这个月不再记入新的销售。"), "success")
    return _to(month, town_code)


@blueprint.post("/<month>/<town_code>/return")
@allow(Role.OFFICIAL)
def give_back(month: str, town_code: str) -> Answer:
    form, by = ReturnForm(), current_user.id
    _require(month, town_code)
    if not form.validate_on_submit():
        return _page(month, town_code, returning=form), 422
    try:
        with transaction():
            services.return_month(
                town_code, month, form.seen, form.reason.data, by=by, at=clock.now()
            )
    except NotFound:
        raise
    except DomainError as refusal:
        flash(str(refusal), "error")
        return _page(month, town_code, returning=form), refusal.status
    flash(gettext("已退回，镇里会收到原因，改好以后再上报。"), "success")
    return _to(month, town_code)


@blueprint.post("/<month>/reviews")
@allow(Role.OFFICIAL)
def review(month: str) -> Answer:
    """A county finds some towns' figures in order."""
    return _act_on_many(month, services.review_months, gettext("审核通过，等驻市指挥部确认。"))


@blueprint.post("/<month>/confirmations")
@allow(Role.OFFICIAL)
def lock(month: str) -> Answer:
    """A city confirms some towns' figures, which never change again."""
    return _act_on_many(
        month, services.lock_months, gettext("已确认并锁定，以后只能在未上报的月份作调整。")
    )


def _act_on_many(month: str, take: Callable[..., object], done: str) -> Answer:
    form, by = ManyForm(), current_user.id
    if read_month(month) is None:
        raise NotFound
    if not form.validate_on_submit():
        return month_page(month, form), 422
    try:
        with transaction():
            take(month, form.seen, form.note.data or "", by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as refusal:
        flash(str(refusal), "error")
        return month_page(month, form), refusal.status
    flash(done, "success")
    return redirect(url_for("months.show", month=month), 303)


def _page(
    month: str,
    town_code: str,
    filing: FilingForm | None = None,
    returning: ReturnForm | None = None,
) -> str:
    scope, now = scope_of(current_user), clock.now()
    _require(month, town_code)
    town, standing = get_town_in(scope, town_code), get_standing(town_code, month)
    filing, returning = filing or FilingForm(formdata=None), returning or ReturnForm(formdata=None)
    # What is sent next was looked at just now, whatever was sent before.
    filing.version.data = returning.version.data = standing.version
    close = find_close(town_code, month)
    story = list_story(close.id) if close else []
    snapshot = find_snapshot(close.id, close.round) if close else None
    staffed, over = list_staffed(ScopeLevel.CITY), is_over(month, now)
    step = step_for(scope, standing, staffed) if over else None
    allowance = allowance_of(current_app.config["SETTINGS"])
    return render_template(
        "orders/closing/file.html",
        month=month,
        town=town,
        standing=standing,
        figures=figures_of(town_code, month),
        # What was filed, while it stands; a month that is open again has only figures of now.
        snapshot=snapshot if standing.state is not CloseState.OPEN else None,
        pins=list_pinned(snapshot.id) if snapshot else [],
        quarter=quarter_for(month),
        story=[_told(act, name) for act, name in story] + _still_to_come(standing),
        returned=_reason(story) if standing.is_returned else None,
        step=step,
        stands_in=step is not None and scope.level is ScopeLevel.BUREAU,
        turn=TURNS.get(standing.state),
        own_step=_own_step(story, scope),
        over=over,
        due=due_on(standing, allowance) if over else None,
        late=over and is_late(standing, allowance, clock.day_of(now)),
        channels=CHANNELS,
        modes=MODES,
        filing=filing,
        returning=returning,
    )


def _require(month: str, town_code: str) -> None:
    """Raises NotFound for what is no month of a town in scope, or has not begun."""
    if read_month(month) is None or month > clock.month_of(clock.day_of(clock.now())):
        raise NotFound
    get_town_in(scope_of(current_user), town_code)


def _told(act: MonthAct, name: str) -> Told:
    by = gettext("%(body)s %(name)s", body=act.body.label, name=name)
    if act.level is ScopeLevel.BUREAU:
        by = gettext("%(by)s（驻市指挥部没有干部，市局代办）", by=by)
    text = gettext("%(by)s：%(note)s", by=by, note=act.note) if act.note else by
    failed = act.kind is ActKind.RETURNED
    return Told(str(act.kind.label), act.at, text, "failed" if failed else "done")


def _still_to_come(standing: Standing) -> list[Told]:
    coming = {
        CloseState.OPEN: [gettext("镇填报"), gettext("县工作组审核"), gettext("驻市指挥部确认")],
        CloseState.FILED: [gettext("县工作组审核"), gettext("驻市指挥部确认")],
        CloseState.REVIEWED: [gettext("驻市指挥部确认")],
        CloseState.LOCKED: [],
    }[standing.state]
    return [Told(title, None, "", "next" if place else "now") for place, title in enumerate(coming)]


def _reason(story: list[tuple[MonthAct, str]]) -> tuple[MonthAct, str] | None:
    """The last step, if it gave the file back."""
    return story[-1] if story and story[-1][0].kind is ActKind.RETURNED else None


def _own_step(story: list[tuple[MonthAct, str]], scope: Scope) -> ActKind | None:
    """What the reader did in this file for another level: they can take no step for this one."""
    return next(
        (
            act.kind
            for act, _ in story
            if act.by_id == current_user.id and act.level is not scope.level
        ),
        None,
    )


def _to(month: str, town_code: str) -> Response:
    return redirect(url_for("month_files.show", month=month, town_code=town_code), 303)

"""The officials' desk of re-checks: all of a scope see them, a town's two bodies sign."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.people.rules import Scope, scope_of
from shop.db import transaction
from shop.errors import DomainError
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number
from suppliers.applications.forms import SignForm
from suppliers.applications.rules import body_for
from suppliers.licences.queries import list_licences
from suppliers.rechecks import services
from suppliers.rechecks.forms import ReturnForm
from suppliers.rechecks.queries import get_recheck, list_rechecks
from suppliers.rechecks.rules import (
    is_paused,
    mood_of,
    pauses_on,
    stage_of,
    story,
    waits_for,
)

blueprint = Blueprint("recheck_desk", __name__, url_prefix="/official/rechecks")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.OFFICIAL, Role.ADMINISTRATOR)
def index() -> str:
    waiting = request.args.get("show") != "all"
    page = list_rechecks(_scope(), page_number(request.args.get("page")), waiting=waiting)
    appointment = current_user.official_appointment
    return render_template(
        "suppliers/rechecks/desk.html",
        page=page,
        waiting=waiting,
        stages={each.id: stage_of(each) for each in page.items},
        mood_of=mood_of,
        waits_for={each.id: waits_for(each) for each in page.items},
        mine=lambda each: body_for(appointment, each.organisation.town_code),
        today=clock.day_of(clock.now()),
    )


@blueprint.get("/<int:recheck_id>")
@allow(Role.OFFICIAL, Role.ADMINISTRATOR)
@shows("contact", "recheck", "recheck_id")
def show(recheck_id: int) -> str:
    return _page(recheck_id)


@blueprint.post("/<int:recheck_id>/sign-offs")
@allow(Role.OFFICIAL)
def sign(recheck_id: int) -> Answer:
    form, account_id = SignForm(), current_user.id
    get_recheck(recheck_id, _scope())
    if not form.validate_on_submit():
        return _page(recheck_id, signing=form), 422
    try:
        with transaction():
            finished = services.sign(
                recheck_id, form.seen, form.note.data, by=account_id, at=clock.now()
            )
    except DomainError as refusal:
        return _refused(recheck_id, refusal)
    done = gettext("双签完成，复核结束。") if finished else gettext("已签字，等另一方签字。")
    flash(done, "success")
    return _to(recheck_id)


@blueprint.post("/<int:recheck_id>/return")
@allow(Role.OFFICIAL)
def give_back(recheck_id: int) -> Answer:
    form, account_id = ReturnForm(), current_user.id
    get_recheck(recheck_id, _scope())
    if not form.validate_on_submit():
        return _page(recheck_id, returning=form), 422
    try:
        with transaction():
            services.give_back(
                recheck_id, form.seen, form.reason.data, by=account_id, at=clock.now()
            )
    except DomainError as refusal:
        return _refused(recheck_id, refusal)
    flash(gettext("已退回，合作社的负责人会收到通知。"), "success")
    return _to(recheck_id)


def _scope() -> Scope | None:
    """What an official answers for; administrators look at all."""
    return scope_of(current_user) if Role.OFFICIAL in current_user.roles else None


def _page(
    recheck_id: int, signing: SignForm | None = None, returning: ReturnForm | None = None
) -> str:
    recheck = get_recheck(recheck_id, _scope())
    cooperative, today = recheck.organisation, clock.day_of(clock.now())
    stage = stage_of(recheck)
    body = body_for(current_user.official_appointment, cooperative.town_code)
    signed_by_me = any(each.official_id == current_user.id for each in recheck.valid_sign_offs)
    waiting = waits_for(recheck)
    return render_template(
        "suppliers/rechecks/review.html",
        recheck=recheck,
        cooperative=cooperative,
        stage=stage,
        mood=mood_of(stage),
        waiting=waiting,
        story=story(recheck),
        licences=list_licences(cooperative.id),
        today=today,
        pauses_on=pauses_on(recheck.due_on),
        is_paused=is_paused(recheck.due_on, today),
        may_sign=body in waiting and not signed_by_me,
        may_return=body is not None and bool(waiting),
        signing=signing or SignForm(formdata=None, version=recheck.version),
        returning=returning or ReturnForm(formdata=None, version=recheck.version),
    )


def _refused(recheck_id: int, refusal: DomainError) -> Response:
    flash(str(refusal), "error")
    return _to(recheck_id)


def _to(recheck_id: int) -> Response:
    return redirect(url_for("recheck_desk.show", recheck_id=recheck_id), 303)

"""The officials' desk of applications: all of a scope see them, a town's two bodies sign."""

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
from suppliers.applications import services
from suppliers.applications.forms import ReturnForm, SignForm
from suppliers.applications.queries import (
    get_application,
    list_admitted_unsigned,
    list_applications,
    list_sharing_account,
)
from suppliers.applications.rules import (
    STEPS,
    body_for,
    mood_of,
    since,
    state_of,
    story,
    waits_for,
)

blueprint = Blueprint("application_desk", __name__, url_prefix="/official/applications")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.OFFICIAL, Role.ADMINISTRATOR)
def index() -> str:
    waiting = request.args.get("show") != "all"
    page = list_applications(_scope(), page_number(request.args.get("page")), waiting=waiting)
    appointment = current_user.official_appointment
    return render_template(
        "suppliers/applications/desk.html",
        page=page,
        waiting=waiting,
        states={application.id: state_of(application) for application in page.items},
        mood_of=mood_of,
        since={application.id: since(application) for application in page.items},
        waits_for={application.id: waits_for(application) for application in page.items},
        mine=lambda application: body_for(appointment, application.town_code),
        unsigned=list_admitted_unsigned(_scope()),
    )


@blueprint.get("/<int:application_id>")
@allow(Role.OFFICIAL, Role.ADMINISTRATOR)
@shows("contact, bank account, licences", "application", "application_id")
def show(application_id: int) -> str:
    return _page(application_id)


@blueprint.post("/<int:application_id>/sign-offs")
@allow(Role.OFFICIAL)
def sign(application_id: int) -> Answer:
    form = SignForm()
    get_application(application_id, _scope())
    if not form.validate_on_submit():
        return _page(application_id, signing=form), 422
    try:
        with transaction():
            admitted = services.sign(
                application_id, form.seen, form.note.data, by=current_user.id, at=clock.now()
            )
    except DomainError as refusal:
        return _refused(application_id, refusal)
    done = gettext("双签完成，合作社已准入。") if admitted else gettext("已签字，等另一方签字。")
    flash(done, "success")
    return _to(application_id)


@blueprint.post("/<int:application_id>/return")
@allow(Role.OFFICIAL)
def give_back(application_id: int) -> Answer:
    form = ReturnForm()
    get_application(application_id, _scope())
    if not form.check():
        return _page(application_id, returning=form), 422
    try:
        with transaction():
            services.give_back(
                application_id, form.seen, form.reasons, by=current_user.id, at=clock.now()
            )
    except DomainError as refusal:
        return _refused(application_id, refusal)
    flash(gettext("已退回，申请人会看到要修改的地方。"), "success")
    return _to(application_id)


def _scope() -> Scope | None:
    """What an official answers for; administrators look at all."""
    return scope_of(current_user) if Role.OFFICIAL in current_user.roles else None


def _page(
    application_id: int, signing: SignForm | None = None, returning: ReturnForm | None = None
) -> str:
    application = get_application(application_id, _scope())
    state = state_of(application)
    body = body_for(current_user.official_appointment, application.town_code)
    signed_by_me = any(s.official_id == current_user.id for s in application.valid_sign_offs)
    waiting = waits_for(application)
    return render_template(
        "suppliers/applications/review.html",
        application=application,
        steps=STEPS,
        state=state,
        mood=mood_of(state),
        since=since(application),
        waiting=waiting,
        story=story(application),
        sees_photos=body is not None or Role.ADMINISTRATOR in current_user.roles,
        may_sign=body in waiting and not signed_by_me,
        may_return=body is not None and bool(waiting),
        shared=list_sharing_account(application),
        signing=signing or SignForm(formdata=None, version=application.version),
        returning=returning or ReturnForm(formdata=None, version=application.version),
    )


def _refused(application_id: int, refusal: DomainError) -> Response:
    flash(str(refusal), "error")
    return _to(application_id)


def _to(application_id: int) -> Response:
    return redirect(url_for("application_desk.show", application_id=application_id), 303)

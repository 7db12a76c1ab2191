"""Somebody applies for a cooperative: begins, reads it through, hands it in and follows it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow, public
from suppliers.applications import services
from suppliers.applications.forms import VersionForm
from suppliers.applications.queries import get_own_application, list_own_applications
from suppliers.applications.rules import (
    STEPS,
    is_unchanged,
    missing,
    mood_of,
    open_return,
    since,
    state_of,
    story,
    waits_for,
)

blueprint = Blueprint("applications", __name__)


@blueprint.get("/applications/new")
@public
def new() -> str:
    """What it takes to join, and the way to one's own applications."""
    own = list_own_applications(current_user.id) if current_user.is_authenticated else []
    return render_template(
        "suppliers/applications/new.html",
        applications=own,
        states={application.id: state_of(application) for application in own},
        mood_of=mood_of,
    )


@blueprint.post("/applications")
@allow(Role.BUYER)
def create() -> Response:
    try:
        with transaction():
            application_id = services.begin(current_user.id, at=clock.now())
    except DomainError as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("applications.new"), 303)
    return redirect(url_for("application_steps.cooperative", application_id=application_id), 303)


@blueprint.get("/applications/<int:application_id>")
@allow(Role.BUYER)
def show(application_id: int) -> str:
    application = get_own_application(current_user.id, application_id)
    state = state_of(application)
    returned = open_return(application)
    return render_template(
        "suppliers/applications/show.html",
        application=application,
        steps=STEPS,
        state=state,
        mood=mood_of(state),
        since=since(application),
        missing=missing(application, clock.day_of(clock.now())),
        reasons=returned.reasons if returned else {},
        unchanged=returned is not None and is_unchanged(application, returned),
        waiting=waits_for(application),
        story=story(application),
        form=VersionForm(formdata=None, version=application.version),
    )


@blueprint.post("/applications/<int:application_id>/submission")
@allow(Role.BUYER)
def submit(application_id: int) -> Response:
    form = VersionForm()
    try:
        with transaction():
            services.submit(application_id, form.seen, by=current_user.id, at=clock.now())
        flash(gettext("已提交。镇政府和驻镇工作队签字后就准入。"), "success")
    except DomainError as refusal:
        _refuse(refusal)
    return redirect(url_for("applications.show", application_id=application_id), 303)


@blueprint.post("/applications/<int:application_id>/withdrawal")
@allow(Role.BUYER)
def withdraw(application_id: int) -> Response:
    try:
        with transaction():
            services.withdraw(application_id, by=current_user.id, at=clock.now())
        flash(gettext("已撤回，可以修改了。改好后要再提交一次。"), "success")
    except DomainError as refusal:
        _refuse(refusal)
    return redirect(url_for("applications.show", application_id=application_id), 303)


def _refuse(refusal: DomainError) -> None:
    """Say why; a stranger's application is a 404."""
    if isinstance(refusal, NotFound):
        raise refusal
    flash(str(refusal), "error")

"""Which towns are assisted: officials read and change it within their scope."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.administration.queries import place_name
from shop.accounts.designations.forms import DesignationForm, EndingForm
from shop.accounts.designations.services import designate, end_designation
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.places.errors import AlreadyDesignated, EndsBeforeItBegins
from shop.places.queries import get_designation, list_designations
from shop.web.audience import Role, allow

blueprint = Blueprint("designations", __name__)


@blueprint.get("/designations")
@allow(Role.OFFICIAL)
def index() -> str:
    scope = scope_of(current_user)
    return render_template(
        "shop/accounts/designations/index.html",
        designations=list_designations(scope.prefix),
        place=place_name(scope.code),
        today=clock.day_of(clock.now()),
    )


@blueprint.get("/designations/new")
@allow(Role.OFFICIAL)
def new() -> str:
    today = clock.day_of(clock.now())
    return _page(DesignationForm(scope_of(current_user), data={"since": today}))


@blueprint.post("/designations")
@allow(Role.OFFICIAL)
def create() -> Response | tuple[str, int]:
    scope = scope_of(current_user)
    form = DesignationForm(scope)
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction():
            designate(
                form.town_code.data,
                scope,
                since=form.since.data,
                until=form.until.data,
                confirmed=form.confirmed.data,
                evidence=form.evidence.data,
                by=current_user.id,
                at=clock.now(),
            )
    except AlreadyDesignated as refusal:
        form.town_code.errors = [str(refusal)]
        return _page(form), 422
    except EndsBeforeItBegins as refusal:
        form.until.errors = [str(refusal)]
        return _page(form), 422
    flash(gettext("认定已登记。"), "success")
    return redirect(url_for("designations.index"), 303)


@blueprint.get("/designations/<int:designation_id>/ending")
@allow(Role.OFFICIAL)
def edit(designation_id: int) -> str:
    today = clock.day_of(clock.now())
    return _ending_page(designation_id, EndingForm(data={"until": today}))


@blueprint.post("/designations/<int:designation_id>/ending")
@allow(Role.OFFICIAL)
def update(designation_id: int) -> Response | tuple[str, int]:
    form, scope = EndingForm(), scope_of(current_user)
    if not form.validate_on_submit():
        return _ending_page(designation_id, form), 422
    try:
        with transaction():
            end_designation(
                designation_id, scope, until=form.until.data, by=current_user.id, at=clock.now()
            )
    except EndsBeforeItBegins as refusal:
        form.until.errors = [str(refusal)]
        return _ending_page(designation_id, form), 422
    flash(gettext("结束日期已登记。"), "success")
    return redirect(url_for("designations.index"), 303)


def _page(form: DesignationForm) -> str:
    return render_template("shop/accounts/designations/new.html", form=form)


def _ending_page(designation_id: int, form: EndingForm) -> str:
    designation = get_designation(designation_id, scope_of(current_user).prefix)
    return render_template(
        "shop/accounts/designations/edit.html", designation=designation, form=form
    )

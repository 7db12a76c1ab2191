"""A cooperative sees how long each of its licences holds, and brings renewed ones."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from suppliers.applications.views.photos import keep_upload
from suppliers.licences import services
from suppliers.licences.errors import NoPhoto, WaitsAlready
from suppliers.licences.forms import RenewalForm
from suppliers.licences.queries import find_last_refused, list_former, list_licences, list_waiting
from suppliers.verification.models import DocumentKind

blueprint = Blueprint("licences", __name__, url_prefix="/cooperative/licences")

Answer = Response | tuple[str, int]


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> str:
    own = current_user.cooperative.id
    return render_template(
        "suppliers/licences/index.html",
        licences=list_licences(own),
        waiting=list_waiting(own),
        refused=find_last_refused(own),
        former=list_former(own),
        today=clock.day_of(clock.now()),
    )


@blueprint.get("/new")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def new() -> str:
    asked = request.args.get("kind", "")
    kind = asked if asked in set(DocumentKind) else None
    return _renewal_page(RenewalForm(formdata=None, kind=kind))


@blueprint.post("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create() -> Answer:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    form = RenewalForm()
    valid = form.validate_on_submit()
    photo_id = keep_upload(form.photo, account_id).get("photo_id") or form.kept_photo
    form.photo_id.data = str(photo_id or "")
    if not photo_id and not form.photo.errors:
        form.photo.errors = [str(NoPhoto())]
    if not valid or form.photo.errors:
        return _renewal_page(form), 422
    entry = replace(form.entry, photo_id=photo_id)
    try:
        with transaction():
            services.submit_renewal(cooperative_id, entry, by=account_id, at=clock.now())
    except NoPhoto as refusal:
        form.photo_id.data, form.photo.errors = "", [str(refusal)]
        return _renewal_page(form), 422
    except WaitsAlready as refusal:
        form.kind.errors = [str(refusal)]
        return _renewal_page(form), 409
    flash(gettext("新证已交给平台，确认以后生效；在那以前旧证照旧。"), "success")
    return redirect(url_for("licences.index"), 303)


@blueprint.post("/<int:renewal_id>/withdrawal")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def withdraw(renewal_id: int) -> Response:
    own = current_user.cooperative.id
    try:
        with transaction():
            services.withdraw_renewal(own, renewal_id, by=current_user.id, at=clock.now())
    except NotFound:
        raise
    except DomainError as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已撤回这份新证。"), "success")
    return redirect(url_for("licences.index"), 303)


def _renewal_page(form: RenewalForm) -> str:
    return render_template("suppliers/licences/new.html", form=form)

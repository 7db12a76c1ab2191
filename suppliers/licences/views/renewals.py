"""The office looks into the renewed licences that cooperatives bring."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number
from suppliers.licences import services
from suppliers.licences.queries import get_renewal, list_licences, list_renewals
from suppliers.verification.forms import ReasonForm

blueprint = Blueprint("licence_renewals", __name__, url_prefix="/admin/licences")

Answer = Response | tuple[str, int]


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    waiting = request.args.get("show") != "all"
    return render_template(
        "suppliers/licences/renewals.html",
        page=list_renewals(page_number(request.args.get("page")), waiting=waiting),
        waiting=waiting,
    )


@blueprint.get("/<int:renewal_id>")
@allow(Role.ADMINISTRATOR)
@shows("licence", "licence_renewal", "renewal_id")
def show(renewal_id: int) -> str:
    return _show_page(renewal_id)


@blueprint.post("/<int:renewal_id>/confirmation")
@allow(Role.ADMINISTRATOR)
def confirm(renewal_id: int) -> Response:
    done = gettext("证照已登记，等它的商品已恢复销售。")
    return _answered(services.confirm_renewal, renewal_id, done=done)


@blueprint.post("/<int:renewal_id>/refusal")
@allow(Role.ADMINISTRATOR)
def refuse(renewal_id: int) -> Answer:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show_page(renewal_id, form), 422
    done = gettext("已退回，合作社的负责人会收到通知。")
    return _answered(services.refuse_renewal, renewal_id, form.reason.data, done=done)


def _answered(service: Callable[..., int], *given: Any, done: str) -> Response:
    try:
        with transaction():
            service(*given, by=current_user.id, at=clock.now())
    except NotFound:
        raise
    except DomainError as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("licence_renewals.show", renewal_id=given[0]), 303)
    flash(done, "success")
    return redirect(url_for("licence_renewals.index"), 303)


def _show_page(renewal_id: int, form: ReasonForm | None = None) -> str:
    renewal = get_renewal(renewal_id)
    licences = list_licences(renewal.organisation_id)
    return render_template(
        "suppliers/licences/renewal.html",
        renewal=renewal,
        licences=[each for each in licences if each.kind is renewal.kind],
        today=clock.day_of(clock.now()),
        form=form or ReasonForm(formdata=None),
    )

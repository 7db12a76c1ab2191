"""A cooperative leaves: what that means, what is still open, and the way back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.web.audience import Role, allow
from suppliers.departures import services
from suppliers.departures.forms import DepartureForm
from suppliers.departures.queries import find_obstacles, find_standing

blueprint = Blueprint("departures", __name__, url_prefix="/cooperative/leaving")


@blueprint.get("")
@allow(Role.COOPERATIVE)
def show() -> str:
    return _page(DepartureForm(formdata=None))


@blueprint.post("")
@allow(Role.COOPERATIVE)
def create() -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    form = DepartureForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction():
            services.ask(cooperative_id, form.reason.data, by=account_id, at=clock.now())
    except DomainError as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已申请退出，商品已停止销售。办完剩下的事，就自动退出。"), "success")
    return redirect(url_for("departures.show"), 303)


@blueprint.post("/withdrawal")
@allow(Role.COOPERATIVE)
def withdraw() -> Response:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    try:
        with transaction():
            services.withdraw(cooperative_id, by=account_id, at=clock.now())
    except DomainError as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已撤回，商品恢复销售。"), "success")
    return redirect(url_for("departures.show"), 303)


def _page(form: DepartureForm) -> str:
    own = current_user.cooperative.id
    return render_template(
        "suppliers/departures/own.html",
        departure=find_standing(own),
        obstacles=find_obstacles(own),
        form=form,
    )

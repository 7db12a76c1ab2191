"""Administrators open pick-up points and say who looks after them."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.pickups import services
from orders.pickups.errors import NotAKeeper, PointNameTaken
from orders.pickups.forms import KeeperForm, PointForm
from orders.pickups.models import PickupPoint
from orders.pickups.queries import get_point, list_keepers, list_points
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow, shows

blueprint = Blueprint("pickup_points", __name__, url_prefix="/admin/pickup-points")
keepers = Blueprint("pickup_keepers", __name__, url_prefix="/admin/pickup-points")


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    return render_template("orders/pickups/points.html", points=list_points())


@blueprint.get("/new")
@allow(Role.ADMINISTRATOR)
def new() -> str:
    return _page(PointForm(), None)


@blueprint.post("")
@allow(Role.ADMINISTRATOR)
def create() -> Response | tuple[str, int]:
    form = PointForm()
    if not form.validate_on_submit():
        return _page(form, None), 422
    try:
        with transaction():
            point = services.open_point(form.draft, by=current_user.id, at=clock.now())
            point_id = point.id
    except PointNameTaken as refusal:
        form.name.errors = [str(refusal)]
        return _page(form, None), 422
    flash(gettext("自提点已开放，买家现在可以选它。"), "success")
    return _back(point_id)


@blueprint.get("/<int:point_id>")
@allow(Role.ADMINISTRATOR)
@shows("keepers", "pickup_point", "point_id")
def edit(point_id: int) -> str:
    point = get_point(point_id)
    return _page(PointForm(obj=point), point)


@blueprint.post("/<int:point_id>")
@allow(Role.ADMINISTRATOR)
def update(point_id: int) -> Response | tuple[str, int]:
    form = PointForm()
    if not form.validate_on_submit():
        return _page(form, get_point(point_id)), 422
    try:
        with transaction():
            services.change_point(point_id, form.draft, by=current_user.id, at=clock.now())
    except PointNameTaken as refusal:
        form.name.errors = [str(refusal)]
        return _page(form, get_point(point_id)), 422
    flash(gettext("自提点已更新，从下一个订单起生效。"), "success")
    return _back(point_id)


@blueprint.post("/<int:point_id>/closure")
@allow(Role.ADMINISTRATOR)
def close(point_id: int) -> Response:
    with transaction():
        services.close_point(point_id, by=current_user.id, at=clock.now())
    flash(gettext("自提点已停用。已经下单的仍在那里取。"), "success")
    return _back(point_id)


@blueprint.post("/<int:point_id>/reopening")
@allow(Role.ADMINISTRATOR)
def reopen(point_id: int) -> Response:
    with transaction():
        services.reopen_point(point_id, by=current_user.id, at=clock.now())
    flash(gettext("自提点已开放，买家现在可以选它。"), "success")
    return _back(point_id)


@keepers.post("/<int:point_id>/keepers")
@allow(Role.ADMINISTRATOR)
def assign(point_id: int) -> Response | tuple[str, int]:
    form = KeeperForm()
    if not form.validate_on_submit():
        point = get_point(point_id)
        return _page(PointForm(obj=point, formdata=None), point, form), 422
    try:
        with transaction():
            services.assign_keeper(point_id, form.account_id, by=current_user.id, at=clock.now())
    except NotAKeeper as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("负责人已安排。"), "success")
    return _back(point_id)


@keepers.post("/<int:point_id>/keepers/<int:account_id>/removal")
@allow(Role.ADMINISTRATOR)
def dismiss(point_id: int, account_id: int) -> Response:
    with transaction():
        services.dismiss_keeper(point_id, account_id, by=current_user.id, at=clock.now())
    flash(gettext("这个人不再负责这个自提点。"), "success")
    return _back(point_id)


def _back(point_id: int) -> Response:
    return redirect(url_for("pickup_points.edit", point_id=point_id), 303)


def _page(form: PointForm, point: PickupPoint | None, keeper: KeeperForm | None = None) -> str:
    return render_template(
        "orders/pickups/point.html",
        form=form,
        point=point,
        keepers=list_keepers(point.id) if point else [],
        keeper_form=keeper or KeeperForm(formdata=None),
    )

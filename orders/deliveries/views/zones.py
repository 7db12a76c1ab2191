"""Administrators say which towns are harder to reach, and what that adds."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.deliveries.errors import TownInOtherZone, ZoneNameTaken
from orders.deliveries.forms import ZoneForm
from orders.deliveries.models import DeliveryZone
from orders.deliveries.queries import get_zone, list_zones
from orders.deliveries.services import change_zone, create_zone, remove_zone
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint("zones", __name__, url_prefix="/admin/zones")


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    return render_template("orders/deliveries/zones.html", zones=list_zones())


@blueprint.get("/new")
@allow(Role.ADMINISTRATOR)
def new() -> str:
    return _page(ZoneForm(), None)


@blueprint.post("")
@allow(Role.ADMINISTRATOR)
def create() -> Response | tuple[str, int]:
    form = ZoneForm()
    if not form.validate_on_submit():
        return _page(form, None), 422
    try:
        with transaction():
            create_zone(form.draft, by=current_user.id, at=clock.now())
    except (ZoneNameTaken, TownInOtherZone) as refusal:
        return _refused(form, None, refusal)
    return _done()


@blueprint.get("/<int:zone_id>")
@allow(Role.ADMINISTRATOR)
def edit(zone_id: int) -> str:
    zone = get_zone(zone_id)
    codes = [town.town_code for town in zone.towns]
    return _page(ZoneForm(obj=zone, data={"town_codes": codes}), zone)


@blueprint.post("/<int:zone_id>")
@allow(Role.ADMINISTRATOR)
def update(zone_id: int) -> Response | tuple[str, int]:
    zone = get_zone(zone_id)
    form = ZoneForm()
    if not form.validate_on_submit():
        return _page(form, zone), 422
    try:
        with transaction():
            change_zone(zone_id, form.draft, by=current_user.id, at=clock.now())
    except (ZoneNameTaken, TownInOtherZone) as refusal:
        return _refused(form, get_zone(zone_id), refusal)
    return _done()


@blueprint.post("/<int:zone_id>/removal")
@allow(Role.ADMINISTRATOR)
def destroy(zone_id: int) -> Response:
    with transaction():
        remove_zone(zone_id, by=current_user.id, at=clock.now())
    return _done()


def _done() -> Response:
    flash(gettext("配送区已更新，从下一个订单起生效。"), "success")
    return redirect(url_for("zones.index"), 303)


def _refused(
    form: ZoneForm, zone: DeliveryZone | None, refusal: ZoneNameTaken | TownInOtherZone
) -> tuple[str, int]:
    field = form.name if isinstance(refusal, ZoneNameTaken) else form.town_codes
    field.errors = [str(refusal)]
    return _page(form, zone), 422


def _page(form: ZoneForm, zone: DeliveryZone | None) -> str:
    return render_template("orders/deliveries/zone.html", form=form, zone=zone)

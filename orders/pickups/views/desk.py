"""The keeper's desk, on a phone: what comes, what lies here, and handing it over by code."""

from typing import NoReturn

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.pickups import services
from orders.pickups.errors import CodeUnknown, NotArrivedYet, NotOnItsWay, TooManyWrongCodes
from orders.pickups.forms import CodeForm
from orders.pickups.models import PickupPoint
from orders.pickups.queries import (
    count_on_shelves,
    find_point_of,
    get_pickup_at,
    list_on_shelf,
)
from orders.pickups.rules import Shelf, shelf_of
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.masking import mask_name
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("pickup_desk", __name__, url_prefix="/pickup")
arrivals = Blueprint("pickup_arrivals", __name__, url_prefix="/pickup")
handovers = Blueprint("pickup_handovers", __name__, url_prefix="/pickup")


@blueprint.get("")
@allow(Role.KEEPER)
def show() -> str:
    point = find_point_of(current_user.id)
    if point is None:
        return render_template("orders/pickups/nowhere.html")
    return _page(point, CodeForm())


@arrivals.post("/parts/<sub_number>/arrival")
@allow(Role.KEEPER)
def create(sub_number: str) -> Response:
    pickup_id = get_pickup_at(_own_point().id, sub_number).id
    try:
        with transaction():
            services.arrive(pickup_id, by=current_user.id, at=clock.now())
        flash(gettext("%(number)s 已登记到点，买家会收到取货码。", number=sub_number), "success")
    except NotOnItsWay as error:
        flash(str(error), "error")
    return redirect(url_for("pickup_desk.show"), 303)


@handovers.post("/handovers")
@allow(Role.KEEPER)
def hand_over() -> Response | tuple[str, int]:
    point, account_id, at = _own_point(), current_user.id, clock.now()
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(point, form), 422
    point_id = point.id
    try:
        with transaction():
            pickup = services.hand_over(point_id, form.digits, by=account_id, at=at)
            part = pickup.sub_order
            what = [f"{each.product_name} × {each.dispatched_quantity}" for each in part.lines]
            name = mask_name(part.order.recipient)
    except CodeUnknown as error:
        with transaction():
            services.note_wrong_code(account_id, at=at)
        return _refused(form, error)
    except (NotArrivedYet, TooManyWrongCodes) as error:
        return _refused(form, error)
    flash(gettext("已交给 %(name)s：%(what)s", name=name, what="，".join(what)), "success")
    return redirect(url_for("pickup_desk.show", show=Shelf.ARRIVED.value), 303)


def _own_point() -> PickupPoint:
    return find_point_of(current_user.id) or _nowhere()


def _nowhere() -> NoReturn:
    abort(404)


def _refused(form: CodeForm, error: DomainError) -> tuple[str, int]:
    form.code.errors = [str(error)]
    return _page(_own_point(), form), error.status


def _page(point: PickupPoint, form: CodeForm) -> str:
    at, shelf = clock.now(), shelf_of(request.args.get("show"))
    page = list_on_shelf(point.id, shelf, page_number(request.args.get("page")), at=at)
    return render_template(
        "orders/pickups/desk.html",
        point=point,
        form=form,
        shelf=shelf,
        shelves=list(Shelf),
        counts=count_on_shelves(point.id, at=at),
        page=page,
        today=clock.day_of(at),
        mask_name=mask_name,
    )

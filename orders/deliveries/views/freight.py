"""Administrators set what freight costs."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.deliveries.forms import FreightForm
from orders.deliveries.models import FreightTariff
from orders.deliveries.queries import (
    find_own_tariff,
    find_tariffs,
    get_cooperative,
    list_cooperatives_with_tariffs,
)
from orders.deliveries.services import drop_tariff, set_tariff
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint("freight", __name__, url_prefix="/admin/freight")

_OWN = "/<int:cooperative_id>"
_FOR_ALL = {"cooperative_id": None}


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    return render_template(
        "orders/deliveries/freight.html",
        default=_tariff_of(None),
        cooperatives=list_cooperatives_with_tariffs(),
    )


@blueprint.get("/default", defaults=_FOR_ALL)
@blueprint.get(_OWN)
@allow(Role.ADMINISTRATOR)
def edit(cooperative_id: int | None) -> str:
    return _page(FreightForm(obj=_tariff_of(cooperative_id)), cooperative_id)


@blueprint.post("/default", defaults=_FOR_ALL)
@blueprint.post(_OWN)
@allow(Role.ADMINISTRATOR)
def update(cooperative_id: int | None) -> Response | tuple[str, int]:
    form = FreightForm()
    if not form.validate_on_submit():
        return _page(form, cooperative_id), 422
    if cooperative_id is not None:
        get_cooperative(cooperative_id)
    by = current_user.id
    with transaction():
        set_tariff(cooperative_id, **form.values, by=by, at=clock.now())
    flash(gettext("运费已更新，从下一个订单起生效。"), "success")
    return redirect(url_for("freight.index"), 303)


@blueprint.post(f"{_OWN}/removal")
@allow(Role.ADMINISTRATOR)
def destroy(cooperative_id: int) -> Response:
    get_cooperative(cooperative_id)
    by = current_user.id
    with transaction():
        drop_tariff(cooperative_id, by=by, at=clock.now())
    flash(gettext("已恢复统一运费。"), "success")
    return redirect(url_for("freight.index"), 303)


def _tariff_of(cooperative_id: int | None) -> FreightTariff:
    """The tariff that holds: the cooperative's own, or the one for all."""
    key = cooperative_id or 0
    return find_own_tariff(cooperative_id) or find_tariffs([key])[key]


def _page(form: FreightForm, cooperative_id: int | None) -> str:
    cooperative = None if cooperative_id is None else get_cooperative(cooperative_id)
    own = None if cooperative is None else find_own_tariff(cooperative_id)
    return render_template(
        "orders/deliveries/edit.html", form=form, cooperative=cooperative, has_own=own is not None
    )

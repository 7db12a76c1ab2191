"""Administrators set what the shop keeps of cooperatives' sales."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.commissions.errors import RateInThePast
from orders.commissions.forms import RateForm
from orders.commissions.queries import (
    find_rate_for_all,
    list_changes,
    list_coming,
    list_own_rates,
)
from orders.commissions.rules import percent
from orders.commissions.services import set_rate
from shop import clock
from shop.db import transaction
from shop.organisations.queries import get_cooperative
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("commissions", __name__, url_prefix="/admin/commissions")

_OWN = "/<int:cooperative_id>"
_FOR_ALL = {"cooperative_id": None}


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    today = clock.day_of(clock.now())
    own = list_own_rates(today)
    return render_template(
        "orders/commissions/index.html",
        for_all=find_rate_for_all(today),
        cooperatives=own,
        names={cooperative.id: cooperative.name for cooperative, _ in own},
        coming=list_coming(today),
        percent=percent,
    )


@blueprint.get("/default", defaults=_FOR_ALL)
@blueprint.get(_OWN)
@allow(Role.ADMINISTRATOR)
def edit(cooperative_id: int | None) -> str:
    form = RateForm(formdata=None, for_all=cooperative_id is None)
    form.effective_on.data = clock.day_of(clock.now())
    return _page(form, cooperative_id)


@blueprint.post("/default", defaults=_FOR_ALL)
@blueprint.post(_OWN)
@allow(Role.ADMINISTRATOR)
def update(cooperative_id: int | None) -> Response | tuple[str, int]:
    if cooperative_id is not None:
        get_cooperative(cooperative_id)
    form, by = RateForm(for_all=cooperative_id is None), current_user.id
    if not form.validate_on_submit():
        return _page(form, cooperative_id), 422
    rate = (cooperative_id, form.rate.data, form.effective_on.data, form.reason.data)
    try:
        with transaction():
            set_rate(*rate, by=by, at=clock.now())
    except RateInThePast as refused:
        form.effective_on.errors = [str(refused)]
        return _page(form, cooperative_id), 422
    flash(gettext("费率已设置。已经下的订单不变。"), "success")
    return redirect(url_for("commissions.index"), 303)


def _page(form: RateForm, cooperative_id: int | None) -> str:
    cooperative = None if cooperative_id is None else get_cooperative(cooperative_id)
    number = page_number(request.args.get("page"))
    return render_template(
        "orders/commissions/edit.html",
        form=form,
        cooperative=cooperative,
        changes=list_changes(cooperative_id, number),
        percent=percent,
    )

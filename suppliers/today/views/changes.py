"""Stock and price of one variant, sent as plain forms: where no script runs, a page answers."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.products.queries import get_own_variant
from shop.errors import NotFound
from shop.queued import Unreadable
from shop.web.audience import Role, allow
from suppliers.today.forms import PriceForm, StockForm
from suppliers.today.models import ActKind
from suppliers.today.views.acts import settle
from suppliers.today.views.today import page, place

blueprint = Blueprint(
    "variant_changes", __name__, url_prefix="/cooperative/variants/<int:variant_id>"
)


@blueprint.post("/stock")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def change_stock(variant_id: int) -> Response:
    return _change(variant_id, ActKind.STOCK, StockForm())


@blueprint.post("/price")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def change_price(variant_id: int) -> Response:
    return _change(variant_id, ActKind.PRICE, PriceForm())


def _change(variant_id: int, kind: ActKind, form: StockForm | PriceForm) -> Response:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    get_own_variant(cooperative_id, None, variant_id)
    if not form.validate_on_submit():
        return page({(kind.value, variant_id): form})
    try:
        act = form.act(variant_id)
    except Unreadable as refusal:
        form.form_errors.append(str(refusal))
        return page({(kind.value, variant_id): form})
    if act is not None:
        outcome = settle(cooperative_id, act, account_id)
        if outcome["code"] == NotFound.code:
            raise NotFound
        _say(outcome["applied"], outcome["reason"])
    return redirect(url_for("coop_today.show", **place(), _anchor=f"variant-{variant_id}"), 303)


def _say(applied: bool, reason: str) -> None:
    if applied:
        flash(reason or gettext("已经保存。"), "success")
    else:
        flash(reason, "error")

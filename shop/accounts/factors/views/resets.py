"""An administrator takes away the factor of somebody who lost their phone and their codes."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.factors.errors import OwnFactor
from shop.accounts.factors.forms import ResetForm
from shop.accounts.factors.queries import get_confirmed
from shop.accounts.factors.services import reset
from shop.accounts.people.models import Account
from shop.db import db, transaction
from shop.web.audience import Role, allow, shows

blueprint = Blueprint("second_factor_resets", __name__, url_prefix="/admin/people")


@blueprint.get("/<int:holder_id>/second-factor-reset")
@allow(Role.ADMINISTRATOR)
@shows("sign-in name", "account", "holder_id")
def new(holder_id: int) -> str:
    get_confirmed(holder_id)
    return _page(holder_id, ResetForm(formdata=None))


@blueprint.post("/<int:holder_id>/second-factor-reset")
@allow(Role.ADMINISTRATOR)
def create(holder_id: int) -> Response | tuple[str, int]:
    get_confirmed(holder_id)
    form = ResetForm()
    if not form.validate_on_submit():
        return _page(holder_id, form), 422
    try:
        with transaction():
            reset(holder_id, form.reason.data, by=current_user.id, at=clock.now())
    except OwnFactor as refusal:
        form.form_errors.append(str(refusal))
        return _page(holder_id, form), 409
    flash(gettext("两步验证已重置，这个人的登录已全部退出，下次登录时要重新设置。"), "success")
    return redirect(url_for("offices.index"), 303)


def _page(holder_id: int, form: ResetForm) -> str:
    return render_template(
        "shop/accounts/factors/reset.html",
        person=db.session.get_one(Account, holder_id),
        is_own=holder_id == current_user.id,
        form=form,
    )

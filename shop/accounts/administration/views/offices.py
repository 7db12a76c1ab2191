"""Who holds which office."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.administration.queries import list_holders, list_open_invitations
from shop.accounts.administration.services import end_appointment
from shop.accounts.factors.queries import list_with_factor
from shop.accounts.people.errors import LastAdministrator
from shop.db import transaction
from shop.web.audience import Role, allow, shows

blueprint = Blueprint("offices", __name__)


@blueprint.get("/admin/people")
@allow(Role.ADMINISTRATOR)
@shows("sign-in names", "appointment")
def index() -> str:
    holders = list_holders()
    return render_template(
        "shop/accounts/administration/offices.html",
        holders=holders,
        with_factor=list_with_factor({holder.account.id for holder in holders}),
        invitations=list_open_invitations(clock.now()),
    )


@blueprint.post("/admin/appointments/<int:appointment_id>/ending")
@allow(Role.ADMINISTRATOR)
def destroy(appointment_id: int) -> Response:
    try:
        with transaction():
            end_appointment(appointment_id, by=current_user.id, at=clock.now())
    except LastAdministrator as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("任职已结束，这个人的登录已全部退出。"), "success")
    return redirect(url_for("offices.index"), 303)

"""The office writes a cooperative's licences down itself."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.organisations.queries import get_cooperative
from shop.web.audience import Role, allow
from suppliers.licences.forms import LicenceForm
from suppliers.licences.queries import list_former, list_licences, list_waiting
from suppliers.licences.services import record_licence

blueprint = Blueprint(
    "licence_register", __name__, url_prefix="/admin/cooperatives/<int:cooperative_id>/licences"
)

Answer = Response | tuple[str, int]


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def new(cooperative_id: int) -> str:
    return _page(cooperative_id, LicenceForm(formdata=None))


@blueprint.post("")
@allow(Role.ADMINISTRATOR)
def create(cooperative_id: int) -> Answer:
    form = LicenceForm()
    if not form.validate_on_submit():
        return _page(cooperative_id, form), 422
    with transaction():
        record_licence(cooperative_id, form.entry, by=current_user.id, at=clock.now())
    flash(gettext("证照已登记，等它的商品已恢复销售。"), "success")
    return redirect(url_for("licence_register.new", cooperative_id=cooperative_id), 303)


def _page(cooperative_id: int, form: LicenceForm) -> str:
    return render_template(
        "suppliers/licences/register.html",
        cooperative=get_cooperative(cooperative_id),
        licences=list_licences(cooperative_id),
        waiting=list_waiting(cooperative_id),
        former=list_former(cooperative_id),
        today=clock.day_of(clock.now()),
        form=form,
    )

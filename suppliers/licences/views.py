"""The licences of a cooperative: it sees how long each holds, the office writes new ones down."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.organisations.queries import get_cooperative
from shop.web.audience import Role, allow
from suppliers.licences.forms import LicenceForm
from suppliers.licences.queries import list_licences
from suppliers.licences.services import record_licence

blueprint = Blueprint("licences", __name__, url_prefix="/cooperative/licences")
register = Blueprint(
    "licence_register", __name__, url_prefix="/admin/cooperatives/<int:cooperative_id>/licences"
)


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> str:
    return render_template(
        "suppliers/licences/index.html",
        licences=list_licences(current_user.cooperative.id),
        today=clock.day_of(clock.now()),
    )


@register.get("")
@allow(Role.ADMINISTRATOR)
def new(cooperative_id: int) -> str:
    return _page(cooperative_id, LicenceForm(formdata=None))


@register.post("")
@allow(Role.ADMINISTRATOR)
def create(cooperative_id: int) -> Response | tuple[str, int]:
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
        today=clock.day_of(clock.now()),
        form=form,
    )

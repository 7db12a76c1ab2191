"""What to bring in from the field, to read on the phone or on paper."""

from flask import Blueprint, render_template
from flask_login import current_user

from shop import clock
from shop.web.audience import Role, allow
from suppliers.fulfilment.queries import list_picks

blueprint = Blueprint("pick_list", __name__)


@blueprint.get("/cooperative/pick-list")
@allow(Role.COOPERATIVE, Role.PICKER)
def show() -> str:
    return render_template(
        "suppliers/fulfilment/pick_list.html",
        picks=list_picks(current_user.cooperative.id),
        now=clock.now(),
    )

"""A cooperative takes back a change that waits for the platform."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.reviews.errors import Ended
from catalog.reviews.queries import get_own_change
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow
from suppliers.reviews import services

blueprint = Blueprint("own_listing_changes", __name__, url_prefix="/cooperative/listing-changes")


@blueprint.post("/<int:change_id>/withdrawal")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def withdraw(change_id: int) -> Response:
    own, by = current_user.cooperative.id, current_user.id
    product_id = get_own_change(own, change_id).product_id
    try:
        with transaction():
            services.withdraw(own, change_id, by=by, at=clock.now())
    except Ended as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已经撤回，继续按现在的卖。"), "success")
    return redirect(url_for("listings.show", product_id=product_id), 303)

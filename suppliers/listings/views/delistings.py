"""Take a product off sale, and put it back."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user

from catalog.products.services import products
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from suppliers.listings.views.listings import Answer, own_cooperative_id

blueprint = Blueprint("delistings", __name__, url_prefix="/cooperative/listings/<int:product_id>")


@blueprint.post("/delisting")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create(product_id: int) -> Answer:
    with transaction():
        products.delist(own_cooperative_id(), product_id, by=current_user.id, at=clock.now())
    flash(_("已经下架。已下的订单请照常发货。"), "success")
    return redirect(url_for("listings.show", product_id=product_id), 303)


@blueprint.post("/relisting")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def destroy(product_id: int) -> Answer:
    try:
        with transaction():
            products.relist(own_cooperative_id(), product_id, by=current_user.id, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error), "error")
    else:
        flash(_("已经重新上架。"), "success")
    return redirect(url_for("listings.show", product_id=product_id), 303)

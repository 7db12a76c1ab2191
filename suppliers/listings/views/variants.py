"""The ways in which a product is sold, and how many of each there are."""

from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.products.queries import get_own_product, get_own_variant
from catalog.products.services import variants
from catalog.stock.services import set_available
from shop import clock
from shop.db import transaction
from shop.errors import Conflict, DomainError, NotFound
from shop.web.audience import Role, allow
from suppliers.listings.forms import (
    NewVariantForm,
    PresaleVariantFields,
    StockForm,
    VariantForm,
)
from suppliers.listings.views.listings import (
    Answer,
    own_cooperative_id,
    page_of,
    refuse,
    review_above,
)
from suppliers.reviews.rules import sent_to_review

Form = TypeVar("Form", bound=PresaleVariantFields)

blueprint = Blueprint(
    "listing_variants", __name__, url_prefix="/cooperative/listings/<int:product_id>/variants"
)


@blueprint.get("/new")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def new(product_id: int) -> Answer:
    get_own_product(own_cooperative_id(), product_id)
    return _page_new(product_id, _begun(NewVariantForm()))


@blueprint.post("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create(product_id: int) -> Answer:
    get_own_product(own_cooperative_id(), product_id)
    form = _begun(NewVariantForm())
    if not form.validate_on_submit():
        return _page_new(product_id, form), 422
    by, at = current_user.id, clock.now()
    try:
        with transaction():
            variant = variants.add_variant(
                own_cooperative_id(), product_id, form.variant_draft(), by=by, at=at
            )
            set_available(variant.id, form.stock.data, by=by, at=at)
    except DomainError as error:
        return _page_new(product_id, refuse(form, error)), 422
    flash(_("已经加上“%(spec)s”。", spec=form.spec.data), "success")
    return _to_listing(product_id)


@blueprint.get("/<int:variant_id>/edit")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def edit(product_id: int, variant_id: int) -> Answer:
    form = _begun(VariantForm())
    form.show(get_own_variant(own_cooperative_id(), product_id, variant_id))
    return _page_edit(product_id, variant_id, form)


@blueprint.post("/<int:variant_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def update(product_id: int, variant_id: int) -> Answer:
    get_own_variant(own_cooperative_id(), product_id, variant_id)
    form = _begun(VariantForm())
    if not form.validate_on_submit():
        return _page_edit(product_id, variant_id, form), 422
    try:
        with transaction():
            edited = variants.edit_variant(
                own_cooperative_id(),
                product_id,
                variant_id,
                form.variant_draft(),
                by=current_user.id,
                at=clock.now(),
                seen=form.seen.data,
                review_above=review_above(),
                reason=form.reason.data,
            )
    except DomainError as error:
        return _page_edit(product_id, variant_id, refuse(form, error)), 422
    if edited.waits is not None:
        flash(sent_to_review(review_above()), "success")
    else:
        flash(_("已经保存。已下的订单仍按原来的价格。"), "success")
    return _to_listing(product_id)


@blueprint.post("/<int:variant_id>/withdrawal")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def withdraw(product_id: int, variant_id: int) -> Answer:
    try:
        with transaction():
            variant = variants.withdraw_variant(
                own_cooperative_id(),
                product_id,
                variant_id,
                by=current_user.id,
                at=clock.now(),
            )
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error), "error")
    else:
        flash(_("“%(spec)s”不再出售。", spec=variant.spec), "success")
    return _to_listing(product_id)


@blueprint.post("/<int:variant_id>/stock")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def count(product_id: int, variant_id: int) -> Answer:
    """What the cooperative counted is what can be sold from now on."""
    get_own_variant(own_cooperative_id(), product_id, variant_id)
    form = StockForm()
    form.available.id = f"available-{variant_id}"
    if not form.validate_on_submit():
        product = get_own_product(own_cooperative_id(), product_id)
        return page_of(product, {variant_id: form}), 422
    by, at = current_user.id, clock.now()
    try:
        with transaction():
            get_own_variant(own_cooperative_id(), product_id, variant_id)
            set_available(variant_id, form.available.data, by=by, at=at, seen=form.seen.data)
    except Conflict as refusal:
        form.available.errors = [str(refusal)]
        product = get_own_product(own_cooperative_id(), product_id)
        return page_of(product, {variant_id: form}), 422
    flash(_("库存已经更新。"), "success")
    return _to_listing(product_id)


def _begun(form: Form) -> Form:
    form.begin(clock.day_of(clock.now()))
    return form


def _to_listing(product_id: int) -> Response:
    return redirect(url_for("listings.show", product_id=product_id), 303)


def _page_new(product_id: int, form: NewVariantForm) -> str:
    return render_template(
        "suppliers/listings/new_variant.html",
        form=form,
        product=get_own_product(own_cooperative_id(), product_id),
    )


def _page_edit(product_id: int, variant_id: int, form: VariantForm) -> str:
    return render_template(
        "suppliers/listings/edit_variant.html",
        form=form,
        review_above=review_above(),
        product=get_own_product(own_cooperative_id(), product_id),
        variant=get_own_variant(own_cooperative_id(), product_id, variant_id),
    )

"""A cooperative's listings: all of them, and one of them. New ones begin as drafts."""

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from catalog.categories.queries import list_open_categories
from catalog.products.errors import NotAPicture
from catalog.products.gateways import store_picture
from catalog.products.models import Product
from catalog.products.queries import get_own_picture, get_own_product, load_tiers, own_products
from catalog.products.services import pictures, products
from catalog.reviews.queries import list_last_of
from catalog.stock.queries import list_movements
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from shop.web.paging import page_number, paginate
from suppliers.drafts.queries import list_drafts
from suppliers.listings.forms import ListingForm, ProductFields, StockForm

blueprint = Blueprint("listings", __name__, url_prefix="/cooperative/listings")

PER_PAGE = 20
# Above the listings; the others have their own page.
MOST_DRAFTS_SHOWN = 3
# For so long a listing says that the platform returned a change of it.
RETURNED_SHOWN = timedelta(days=14)

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> Answer:
    products = own_products(own_cooperative_id())
    page = paginate(products, page_number(request.args.get("page")), PER_PAGE)
    drafts = list_drafts(own_cooperative_id(), MOST_DRAFTS_SHOWN) if page.number == 1 else []
    return render_template("suppliers/listings/index.html", page=page, drafts=drafts)


@blueprint.get("/<int:product_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def show(product_id: int) -> Answer:
    return page_of(get_own_product(own_cooperative_id(), product_id))


@blueprint.get("/<int:product_id>/edit")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def edit(product_id: int) -> Answer:
    product = get_own_product(own_cooperative_id(), product_id)
    form = ListingForm()
    form.offer(list_open_categories(), product)
    form.show(product)
    return _page_edit(form, product)


@blueprint.post("/<int:product_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def update(product_id: int) -> Answer:
    product = get_own_product(own_cooperative_id(), product_id)
    form = ListingForm()
    form.offer(list_open_categories(), product)
    complete = form.validate_on_submit()
    if not _keep_photo(form) or not complete:
        return _page_edit(form, _again(product_id)), 422
    try:
        with transaction():
            edited = products.edit_product(
                own_cooperative_id(),
                product_id,
                form.draft(),
                by=current_user.id,
                at=clock.now(),
                review_origin=True,
                reason=form.reason.data,
            )
    except DomainError as error:
        return _page_edit(refuse(form, error), _again(product_id)), 422
    if edited.waits is not None:
        flash(_("已经保存。产地的改动等平台看过才生效，在那之前显示原来的。"), "success")
    else:
        flash(_("已经保存。"), "success")
    return redirect(url_for("listings.show", product_id=product_id), 303)


def own_cooperative_id() -> int:
    """The cooperative that the person on the phone sells for."""
    cooperative_id: int = current_user.cooperative.id
    return cooperative_id


def review_above() -> int:
    """By how many percent a price may change without the platform looking at it."""
    percent: int = current_app.config["SETTINGS"].review_above_percent
    return percent


def page_of(product: Product, stock_forms: dict[int, StockForm] | None = None) -> str:
    """One listing with the stock of each variant; a form that came back keeps what was typed."""
    variants = [variant for variant in product.variants if variant.withdrawn_at is None]
    load_tiers(variants)
    given = stock_forms or {}
    forms = {v.id: given.get(v.id) or _stock_form(v.id, v.unheld) for v in variants}
    return render_template(
        "suppliers/listings/show.html",
        product=product,
        variants=variants,
        names={variant.id: variant for variant in product.variants},
        forms=forms,
        changes=list_last_of(
            product.cooperative_id, product.id, returned_since=clock.now() - RETURNED_SHOWN
        ),
        movements=list_movements([variant.id for variant in product.variants]),
    )


def refuse(form: FlaskForm, error: DomainError) -> FlaskForm:
    """Put why an act was refused above the form that asked for it. A stranger's thing is a 404."""
    if isinstance(error, NotFound):
        raise error
    form.form_errors.append(str(error))
    return form


def _stock_form(variant_id: int, available: int) -> StockForm:
    """Each variant's form has controls of its own."""
    form = StockForm(formdata=None, available=available)
    form.available.id = f"available-{variant_id}"
    return form


def _keep_photo(form: ProductFields) -> bool:
    """Keep the photo even if something else is missing, so that nobody has to choose it again."""
    upload = form.photo.data
    if not upload:
        return True
    try:
        stored = store_picture(upload.stream, current_app.config["SETTINGS"].uploads_folder)
    except NotAPicture as error:
        form.photo.errors = [*form.photo.errors, str(error)]
        return False
    with transaction():
        picture = pictures.keep_picture(
            own_cooperative_id(), stored.sha256, stored.width, stored.height, at=clock.now()
        )
        form.kept_picture.data = str(picture.id)
    return True


def _again(product_id: int) -> Product:
    """The product as it is, after a transaction ended the session that read it before."""
    return get_own_product(own_cooperative_id(), product_id)


def _page_edit(form: ListingForm, product: Product) -> str:
    current = product.picture and url_for("pictures.show", sha256=product.picture.sha256)
    return render_template(
        "suppliers/listings/edit.html",
        form=form,
        product=product,
        photo_url=_kept_photo(form) or current or "",
    )


def _kept_photo(form: ProductFields) -> str:
    """The address of the photo that came with an earlier try, if it is this cooperative's."""
    picture_id = form.kept_picture_id
    if picture_id is None:
        return ""
    picture = get_own_picture(own_cooperative_id(), picture_id)
    return url_for("pictures.show", sha256=picture.sha256)

"""A new listing: written, kept as a draft, looked at, put on sale."""

from datetime import timedelta
from uuid import uuid4

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.categories.queries import list_open_categories
from catalog.categories.rules import Suggestion, suggest
from catalog.products.errors import NotAPicture
from catalog.products.gateways import store_picture
from catalog.products.queries import get_own_picture, get_own_product
from catalog.products.services.pictures import keep_picture
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from shop.web.fields import clean_line
from shop.web.packing import pack
from shop.web.paging import page_number, paginate
from suppliers.drafts import services
from suppliers.drafts.errors import AlreadyListed
from suppliers.drafts.forms import DraftForm, form_of, typed_of
from suppliers.drafts.models import ListingDraft
from suppliers.drafts.queries import (
    get_own_draft,
    list_copied,
    list_drafts,
    list_past,
    open_drafts,
)
from suppliers.listings.views.listings import Answer, own_cooperative_id, refuse

blueprint = Blueprint("drafts", __name__, url_prefix="/cooperative")

PER_PAGE = 20
# What most of it is sold in.
UNIT = "箱"
# From then on a product is one of last year's.
LAST_YEARS = timedelta(days=180)
MOST_COPIED = 6


@blueprint.get("/drafts")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> Answer:
    drafts = open_drafts(own_cooperative_id())
    page = paginate(drafts, page_number(request.args.get("page")), PER_PAGE)
    return render_template("suppliers/drafts/index.html", page=page)


@blueprint.get("/listings/new")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def new() -> Answer:
    form = DraftForm(formdata=None)
    form.village.data = current_user.cooperative.village
    form.unit.data = UNIT
    return _page(form)


@blueprint.post("/drafts")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create() -> Answer | tuple[Response, int]:
    """Keep the form; unless that is all that was asked for, go on to look at the listing."""
    form = DraftForm()
    form.begin(str(uuid4()))
    only_keep = "later" in request.form
    suggestion = None if only_keep else _suggestion(form.name.data or "")
    categories = list_open_categories()
    form.offer(categories)
    form.take(suggestion, categories)
    is_complete = form.validate()
    has_good_photo = _keep_photo(form)
    try:
        draft = _save(form)
    except DomainError as error:
        return _refused(form, error)
    if _wants_json():
        return jsonify(draft=draft.id, url=url_for("drafts.edit", draft_id=draft.id))
    if only_keep:
        flash(_("草稿已经存好，随时可以接着填。"), "success")
        return redirect(url_for("listings.index"), 303)
    if not (is_complete and has_good_photo):
        return _page(form, draft, status=422)
    return redirect(url_for("draft_previews.show", draft_id=draft.id), 303)


@blueprint.get("/drafts/<int:draft_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def edit(draft_id: int) -> Answer:
    draft = get_own_draft(own_cooperative_id(), draft_id)
    if draft.product_id is not None:
        return redirect(url_for("listings.show", product_id=draft.product_id), 303)
    form = form_of(draft.typed, draft.picture_id)
    form.key.data = draft.key
    return _page(form, draft)


@blueprint.post("/drafts/<int:draft_id>/listing")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def publish(draft_id: int) -> Answer | tuple[Response, int]:
    """Put it on sale as its preview showed it, and in no other way; pressed twice, it is one
    product."""
    draft = get_own_draft(own_cooperative_id(), draft_id)
    if draft.product_id is not None:
        return redirect(url_for("listings.show", product_id=draft.product_id), 303)
    form = form_of(draft.typed, draft.picture_id)
    form.key.data = draft.key
    form.offer(list_open_categories())
    if not form.validate():
        return _page(form, draft, status=422)
    # What was typed may arrive late from a weak network, after its preview was shown.
    if request.args.get("seen") != draft.fingerprint:
        flash(_("这份草稿刚刚又变了，还没有上架。请再看一遍。"), "warning")
        return redirect(url_for("draft_previews.show", draft_id=draft_id), 303)
    try:
        with transaction():
            product = services.list_draft(
                own_cooperative_id(), draft_id, form.listing(), by=current_user.id, at=clock.now()
            )
    except DomainError as error:
        return _refused(form, error)
    flash(_("“%(name)s”已经上架，买家马上就能看到。", name=product.name), "success")
    return redirect(url_for("listings.show", product_id=product.id), 303)


@blueprint.post("/drafts/<int:draft_id>/removal")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def discard(draft_id: int) -> Answer:
    with transaction():
        services.discard(own_cooperative_id(), draft_id, at=clock.now())
    flash(_("草稿已经删掉。"), "success")
    return redirect(url_for("listings.index"), 303)


@blueprint.get("/drafts/suggestion")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def suggestion() -> Answer:
    """What the name that is being typed tells: a category and months."""
    found = _suggestion(clean_line(request.args.get("name", ""))[:60])
    by_slug = {category.slug: category for category in list_open_categories()}
    if found is None or found.slug not in by_slug:
        return jsonify({})
    return jsonify(category=by_slug[found.slug].id, months=list(found.months))


@blueprint.post("/listings/<int:product_id>/copies")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def copy(product_id: int) -> Answer:
    """Begin a new listing with the words, prices and picture of an older one."""
    product = get_own_product(own_cooperative_id(), product_id)
    variant = min(product.variants, key=lambda each: (each.withdrawn_at is not None, each.id))
    try:
        with transaction():
            draft = services.save(
                own_cooperative_id(),
                str(uuid4()),
                typed_of(product, variant),
                picture_id=product.picture_id,
                by=current_user.id,
                at=clock.now(),
                copied_from_id=product_id,
            )
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error), "error")
        return redirect(url_for("listings.show", product_id=product_id), 303)
    flash(_("已经照着填好了，看看价格和数量有没有变。"), "success")
    return redirect(url_for("drafts.edit", draft_id=draft.id), 303)


def _suggestion(name: str) -> Suggestion | None:
    return suggest(name, list_past(own_cooperative_id()))


def _save(form: DraftForm) -> ListingDraft:
    with transaction():
        return services.save(
            own_cooperative_id(),
            form.key.data,
            form.typed(),
            picture_id=form.kept_picture_id,
            by=current_user.id,
            at=clock.now(),
        )


def _keep_photo(form: DraftForm) -> bool:
    """Take in a photo that came with the form, from a browser that didn't send it by itself."""
    chosen = [field for field in (form.photo, form.album) if field.data]
    for field in chosen[:1]:
        try:
            folder = current_app.config["SETTINGS"].uploads_folder
            stored = store_picture(field.data.stream, folder)
        except NotAPicture as error:
            form.photo.errors = [*form.photo.errors, str(error)]
            return False
        with transaction():
            picture = keep_picture(
                own_cooperative_id(), stored.sha256, stored.width, stored.height, at=clock.now()
            )
            form.kept_picture.data = str(picture.id)
    return True


def _wants_json() -> bool:
    """Whether the page's script asks, which keeps what it sent until it is told that it lies here;
    a page that sends people to sign in is no such answer."""
    return request.accept_mimetypes.best == "application/json"


def _refused(form: DraftForm, error: DomainError) -> Answer | tuple[Response, int]:
    """Say why above the form, which keeps what was typed."""
    if isinstance(error, NotFound):
        raise error
    if _wants_json():
        return jsonify(code=error.code, message=str(error)), 409
    if isinstance(error, AlreadyListed):
        flash(str(error), "error")
        return redirect(url_for("listings.index"), 303)
    return _page(refuse(form, error), status=422)


def _page(form: DraftForm, draft: ListingDraft | None = None, status: int = 200) -> Response:
    form.begin(str(uuid4()))
    form.offer(list_open_categories())
    photo_url = ""
    if form.kept_picture_id is not None:
        picture = get_own_picture(own_cooperative_id(), form.kept_picture_id)
        photo_url = url_for("pictures.show", sha256=picture.sha256)
    is_new = draft is None and not form.errors
    now = clock.now()
    html = render_template(
        "suppliers/drafts/new.html",
        form=form,
        draft=draft,
        photo_url=photo_url,
        drafts=list_drafts(own_cooperative_id(), MOST_COPIED) if is_new else [],
        older=list_copied(own_cooperative_id(), now - LAST_YEARS, MOST_COPIED) if is_new else [],
    )
    return pack(make_response(html, status))

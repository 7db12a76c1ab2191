"""A listing as its buyers would see it, before it is on sale. It stands here because it draws what
the shop window draws."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.categories.queries import get_category, list_open_categories
from catalog.products.models import Product, Variant, chained
from shop import clock
from shop.storefront.cards.views import cards_of
from shop.storefront.products.views import shown_of
from shop.web.audience import Role, allow
from suppliers.drafts.forms import form_of
from suppliers.drafts.models import ListingDraft
from suppliers.drafts.queries import get_own_draft
from suppliers.drafts.services import Listing

blueprint = Blueprint("draft_previews", __name__, url_prefix="/cooperative/drafts")


@blueprint.get("/<int:draft_id>/preview")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def show(draft_id: int) -> str | Response:
    draft = get_own_draft(current_user.cooperative.id, draft_id)
    form = form_of(draft.typed, draft.picture_id)
    form.offer(list_open_categories())
    if draft.product_id is not None or not form.validate():
        return redirect(url_for("drafts.edit", draft_id=draft_id), 303)
    now = clock.now()
    product = _product_of(draft, form.listing(), now)
    (card,) = cards_of([product], clock.day_of(now))
    here = url_for("draft_previews.show", draft_id=draft_id)
    return render_template(
        "shop/storefront/preview.html",
        draft=draft,
        stock=form.stock.data,
        card=replace(card, url=here),
        **shown_of(product, now),
    )


def _product_of(draft: ListingDraft, listing: Listing, now: datetime) -> Product:
    """What it will be: an object that no session knows and that is never saved."""
    told = listing.product
    cooperative = current_user.cooperative
    product = Product(
        id=0,
        cooperative_id=cooperative.id,
        cooperative=cooperative,
        category=get_category(told.category_id),
        town_code=cooperative.town_code,
        town=cooperative.town,
        name=told.name,
        description=told.description,
        village=told.village,
        season_mask=told.season_mask,
        picture=draft.picture,
        drawing=draft.copied_from.drawing if draft.copied_from else None,
        listed_at=now,
    )
    way = listing.variant
    product.variants = [
        Variant(
            id=0,
            spec=way.spec,
            unit=way.unit,
            net_weight_g=way.net_weight_g,
            measure=way.measure,
            measure_amount=way.measure_amount,
            price_fen=way.price_fen,
            has_tiers=bool(way.tiers),
            tier_rows=chained(way.tiers),
            perishable=way.perishable,
            on_hand=listing.stock,
            held=0,
            promised=0,
        )
    ]
    return product

"""The list of everything on sale."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from catalog.categories.models import Category
from catalog.categories.queries import list_open_categories
from shop import clock
from shop.places.queries import find_town
from shop.storefront.cards.views import cards_of
from shop.storefront.catalogue.forms import Choice
from shop.storefront.catalogue.queries import (
    Counts,
    Filters,
    Sort,
    count_products,
    list_products,
)
from shop.storefront.catalogue.views import facets
from shop.web.audience import public

blueprint = Blueprint("catalogue", __name__, url_prefix="/products")

PER_PAGE = 24
HERE = "catalogue.index"


@blueprint.get("")
@public
def index() -> str:
    today = clock.day_of(clock.now())
    choice = replace(Choice.from_address(request.args), text="")
    categories = list_open_categories()
    filters = _filters(choice, categories, today.month)
    counts = count_products(filters, today.month)
    pages = max(1, -(-counts.total // PER_PAGE))
    choice = choice.but(page=min(choice.page, pages))
    products = list_products(
        filters,
        Sort(choice.sort or Sort.NEWEST),
        offset=(choice.page - 1) * PER_PAGE,
        limit=PER_PAGE,
    )
    groups = [
        facets.category_group(HERE, choice, categories, counts.by_category),
        facets.town_group(HERE, choice, _towns(choice, counts)),
        facets.supply_group(HERE, choice, counts.in_season, counts.in_stock),
    ]
    return render_template(
        "shop/storefront/catalogue.html",
        title=_title(choice, categories),
        cards=cards_of(products, today),
        groups=groups,
        chosen=facets.chosen_in(groups),
        sorts=facets.sort_links(HERE, choice, _sorts()),
        total=counts.total,
        page=facets.Page(endpoint=HERE, choice=choice, pages=pages),
    )


def _filters(choice: Choice, categories: Sequence[Category], month: int) -> Filters:
    by_slug = {category.slug: category.id for category in categories}
    return Filters(
        category_id=by_slug.get(choice.category),
        town_code=choice.town or None,
        month=month if choice.in_season else None,
        in_stock=choice.in_stock,
    )


def _towns(choice: Choice, counts: Counts) -> dict[str, tuple[str, int]]:
    """The towns that have something, and the chosen one even if it has nothing."""
    if not choice.town or choice.town in counts.by_town:
        return counts.by_town
    town = find_town(choice.town)
    return counts.by_town | {choice.town: (town.name if town else _("未知的镇"), 0)}


def _title(choice: Choice, categories: Sequence[Category]) -> str:
    chosen = (category.name for category in categories if category.slug == choice.category)
    return next(chosen, _("全部商品"))


def _sorts() -> dict[str, str]:
    return {
        "": _("最新上架"),
        Sort.PRICE: _("价格低到高"),
        Sort.UNIT_PRICE: _("每斤价低到高"),
    }

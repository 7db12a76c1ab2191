"""What a person looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from catalog.categories.models import Category
from catalog.categories.queries import list_open_categories
from catalog.products.models import Product
from catalog.search.errors import SearchUnavailable
from catalog.search.gateways.port import SearchQuery, Sort
from catalog.search.handlers import current_index
from shop import clock
from shop.storefront.cards.views import cards_of
from shop.storefront.catalogue import queries as database
from shop.storefront.catalogue.forms import Choice
from shop.storefront.catalogue.queries import Filters, list_products, list_products_by_id
from shop.storefront.catalogue.views import facets
from shop.storefront.search.queries import names_of_towns
from shop.web.audience import public

blueprint = Blueprint("search", __name__, url_prefix="/search")

PER_PAGE = 24
SUGGESTED = 4
HERE = "search.show"


@dataclass(frozen=True)
class Found:
    """An answer, from the index or, where that can't be read, from the names in the database."""

    products: Sequence[Product]
    total: int
    pages: int
    groups: list[facets.Group]
    relaxed: bool = False
    without_index: bool = False


@blueprint.get("")
@public
def show() -> str:
    today = clock.day_of(clock.now())
    choice = Choice.from_address(request.args)
    categories = list_open_categories()
    try:
        found = _ask_the_index(choice, categories, today)
    except SearchUnavailable:
        found = _ask_the_database(choice, categories, today)
    choice = choice.but(page=min(choice.page, found.pages))
    suggestions: Sequence[Product] = []
    if not found.products:
        suggestions = list_products(Filters(month=today.month, in_stock=True), limit=SUGGESTED)
    return render_template(
        "shop/storefront/search.html",
        text=choice.text,
        found=found,
        cards=cards_of(found.products, today),
        suggestions=cards_of(suggestions, today),
        chosen=facets.chosen_in(found.groups),
        sorts=facets.sort_links(HERE, choice, _sorts()),
        page=facets.Page(endpoint=HERE, choice=choice, pages=found.pages),
    )


def _ask_the_index(choice: Choice, categories: Sequence[Category], today: date) -> Found:
    """Raises SearchUnavailable."""
    page = current_index().search(
        SearchQuery(
            text=choice.text,
            category_id=_id_of(choice.category, categories),
            town_code=choice.town or None,
            in_season_month=today.month if choice.in_season else None,
            in_stock_only=choice.in_stock,
            sort=Sort(choice.sort or Sort.RELEVANCE),
            page=choice.page,
            per_page=PER_PAGE,
        )
    )
    by_town = dict(page.by_town)
    if choice.town:
        by_town.setdefault(choice.town, 0)
    names = names_of_towns(by_town) if by_town else {}
    ranked = sorted(by_town.items(), key=lambda item: (-item[1], item[0]))
    towns = {code: (names.get(code, _("未知的镇")), count) for code, count in ranked}
    return Found(
        list_products_by_id(page.product_ids) if page.product_ids else [],
        page.total,
        page.pages,
        [
            facets.category_group(HERE, choice, categories, page.by_category),
            facets.town_group(HERE, choice, towns),
            facets.supply_group(HERE, choice),
        ],
        relaxed=page.relaxed,
    )


def _ask_the_database(choice: Choice, categories: Sequence[Category], today: date) -> Found:
    """Find the words in the names of products and cooperatives: less, but never nothing at all."""
    filters = Filters(
        text=choice.text,
        category_id=_id_of(choice.category, categories),
        town_code=choice.town or None,
        month=today.month if choice.in_season else None,
        in_stock=choice.in_stock,
    )
    counts = database.count_products(filters, today.month)
    pages = max(1, -(-counts.total // PER_PAGE))
    products = list_products(
        filters,
        database.Sort(choice.sort or database.Sort.NEWEST),
        offset=(min(choice.page, pages) - 1) * PER_PAGE,
        limit=PER_PAGE,
    )
    return Found(
        products,
        counts.total,
        pages,
        [
            facets.category_group(HERE, choice, categories, counts.by_category),
            facets.town_group(HERE, choice, counts.by_town),
            facets.supply_group(HERE, choice, counts.in_season, counts.in_stock),
        ],
        without_index=True,
    )


def _id_of(slug: str, categories: Sequence[Category]) -> int | None:
    return next((category.id for category in categories if category.slug == slug), None)


def _sorts() -> dict[str, str]:
    return {
        "": _("最相关"),
        Sort.PRICE: _("价格低到高"),
        Sort.UNIT_PRICE: _("每斤价低到高"),
        Sort.NEWEST: _("最新上架"),
    }

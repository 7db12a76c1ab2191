"""Products on sale, read from the database as the index wants them."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from catalog.products.models import Measure, Product, Variant
from catalog.products.queries import is_on_sale
from catalog.search.gateways.port import SearchDocument
from shop.money import GRAMS_PER_JIN, divide

MILLIFEN_PER_FEN = 1000
# Products in memory at a time while all are read; three statements each.
BATCH = 500


def documents_for(session: Session, product_ids: Iterable[int]) -> Iterator[SearchDocument]:
    """The products among these that are on sale; nothing is read before the first is asked for."""
    yield from _documents(session, _on_sale().where(Product.id.in_(set(product_ids))))


def all_documents(session: Session) -> Iterator[SearchDocument]:
    """Every product on sale, a batch at a time."""
    yield from _documents(session, _on_sale())


def _on_sale() -> Select[Product]:
    return (
        select(Product)
        .join(Product.cooperative)
        # What has nothing left to buy has no price to show.
        .where(is_on_sale(), Product.variants.any(Variant.withdrawn_at.is_(None)))
        .order_by(Product.id)
    )


def _documents(session: Session, products: Select[Product]) -> Iterator[SearchDocument]:
    # What this session read of a product before may have changed in the meantime.
    whole = products.options(
        joinedload(Product.cooperative),
        joinedload(Product.category),
        joinedload(Product.town),
        selectinload(Product.variants),
    ).execution_options(yield_per=BATCH, populate_existing=True)
    for product in session.scalars(whole):
        yield _document(product)


def _document(product: Product) -> SearchDocument:
    variants = [variant for variant in product.variants if variant.withdrawn_at is None]
    by_weight = [_price_per_500g(v) for v in variants if v.measure is Measure.WEIGHT]
    county = product.town.county
    return SearchDocument(
        product_id=product.id,
        name=product.name,
        specs=" ".join(variant.spec for variant in variants),
        description=f"{product.village} {product.description}",
        category_id=product.category_id,
        category_name=product.category.name,
        town_code=product.town_code,
        town_name=product.town.name,
        county_name=county.name,
        city_name=county.city.name,
        cooperative_id=product.cooperative_id,
        cooperative_name=product.cooperative.name,
        season_mask=product.season_mask,
        lowest_price_fen=min(variant.price_fen for variant in variants),
        unit_price_millifen_per_500g=min(by_weight, default=None),
        in_stock=any(v.available > 0 or v.presale_left > 0 for v in variants),
        listed_at=product.listed_at,
    )


def _price_per_500g(variant: Variant) -> int:
    """In thousandths of a fen, so that prices which round to the same fen still sort."""
    return divide(variant.price_fen * MILLIFEN_PER_FEN * GRAMS_PER_JIN, variant.measure_amount)

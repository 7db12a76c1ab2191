"""Categories, products and their stock, made by the real services. Call them inside an act."""

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO

from PIL import Image

from catalog.batches.models import Basis, Batch
from catalog.batches.services import BatchDraft, certify, record_batch
from catalog.categories.models import Category
from catalog.categories.queries import find_by_slug
from catalog.categories.services import load_categories
from catalog.products.models import Measure, Product, Tier, Variant
from catalog.products.rules import season_mask
from catalog.products.services import products
from catalog.products.services.drafts import ProductDraft, VariantDraft
from catalog.stock.services import receive
from shop import clock
from shop.db import db
from shop.organisations.models import Organisation
from tests.factories.people import make_cooperative

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
THIS_MONTH = 11
# A batch that no test empties by accident: a thousand tonnes.
PLENTY_G = 1_000_000_000


def make_category(slug: str = "fruit") -> Category:
    """One of the categories that every installation begins with."""
    category = find_by_slug(slug)
    if category is None:
        load_categories()
        category = find_by_slug(slug)
    assert category is not None
    return category


def make_product(
    cooperative: Organisation | None = None,
    *,
    name: str = "白糖罂荔枝",
    category: str = "fruit",
    months: list[int] | None = None,
    description: str = "清晨采摘，当天装箱。",
    village: str = "上村",
    drawing: str | None = "litchi-baitangying",
    variants: list[VariantDraft] | None = None,
    price_fen: int = 7500,
    stock: int = 100,
    perishable: bool = True,
    batched: bool = True,
    at: datetime = NOW,
) -> Product:
    """A product on sale, in season all year unless months are named, with so many of each variant.

    Without a cooperative it gets one of its own, admitted, in an assisted town. A covered category
    gets a certified batch from which everything can be sent, unless a test brings its own.
    """
    seller = cooperative or make_cooperative()
    draft = ProductDraft(
        name=name,
        category_id=make_category(category).id,
        season_mask=season_mask(months or list(range(1, 13))),
        description=description,
        village=village,
    )
    given = variants or [make_draft(price_fen=price_fen, perishable=perishable)]
    product = products.create_product(seller.id, draft, given, by=None, at=at, drawing=drawing)
    for variant in product.variants:
        if stock:
            receive(variant.id, stock, by=None, at=at)
    if batched and product.category.certificate_covered:
        make_batch(product, at=at)
        # A test may give it a photograph: who looked before must look again.
        db.session.expire(product, ["picture"])
    return product


def make_batch(
    product: Product,
    *,
    quantity_g: int = PLENTY_G,
    certified: bool = True,
    harvested_on: date | None = None,
    at: datetime = NOW,
) -> Batch:
    """A harvest of a product, today's unless another day is named; without a certificate nothing
    of a covered category can be sent from it."""
    draft = BatchDraft(harvested_on=harvested_on or clock.day_of(at), quantity_g=quantity_g)
    owner = product.cooperative_id
    key = secrets.token_urlsafe(24)
    batch = record_batch(owner, product.id, draft, key=key, by=None, at=at)
    if certified:
        certify(owner, batch.code, Basis.CONTROLLED, by=None, at=at)
    return batch


def make_draft(
    spec: str = "5斤装",
    unit: str = "箱",
    net_weight_g: int = 2500,
    measure: Measure = Measure.WEIGHT,
    measure_amount: int = 2500,
    price_fen: int = 7500,
    perishable: bool = True,
    tiers: Sequence[tuple[int, int]] = (),
) -> VariantDraft:
    """One way to sell something: a box of five 斤 at 15.00 元/斤, unless said otherwise."""
    return VariantDraft(
        spec=spec,
        unit=unit,
        net_weight_g=net_weight_g,
        measure=measure,
        measure_amount=measure_amount,
        price_fen=price_fen,
        perishable=perishable,
        tiers=tuple(Tier(*tier) for tier in tiers),
    )


def make_typed(category: str = "vegetable", **changes: str | list[str]) -> dict[str, list[str]]:
    """A new listing as it is typed into its form; nothing leaves a control empty."""
    typed: dict[str, str | list[str]] = {
        "name": "冰淇淋番薯",
        "category": str(make_category(category).id),
        "description": "沙地里长的。",
        "village": "上村",
        "months": ["10", "11", "12"],
        "spec": "5斤装",
        "unit": "箱",
        "net_weight": "5",
        "weight_unit": "jin",
        "price": "45.50",
        "measure": "weight",
        "measure_amount": "",
        "perishable": "y",
        "stock": "36",
    }
    filled = typed | changes
    return {name: value if isinstance(value, list) else [value] for name, value in filled.items()}


def make_variant(cooperative: Organisation | None = None, **product: object) -> Variant:
    """The only variant of a new product."""
    made = make_product(cooperative, **product)  # type: ignore[arg-type]
    db.session.refresh(made, ["variants"])
    return made.variants[0]


def picture_bytes(
    kind: str = "JPEG", width: int = 640, height: int = 480, **options: object
) -> bytes:
    """A photograph as a browser would send it."""
    file = BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(file, kind, **options)
    return file.getvalue()

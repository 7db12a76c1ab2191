"""What the cooperatives of a fair have on sale."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from catalog.products.models import Product, Variant
from catalog.products.queries import is_on_sale, with_all_shown
from orders.fairs.models import Activity, Allotment
from shop.db import db
from shop.organisations.models import Organisation

MOST_SHOWN = 48


def list_products_of(activity: Activity) -> Sequence[Product]:
    """Products on sale of its cooperatives: what is put aside for it first."""
    is_allotted = (
        exists()
        .where(Allotment.variant_id == Variant.id, Variant.product_id == Product.id)
        .where(
            Allotment.activity_id == activity.id,
            Allotment.allotted > Allotment.sold + Allotment.released,
        )
    )
    query = (
        with_all_shown(select(Product))
        .join(Organisation, Organisation.id == Product.cooperative_id)
        .where(
            Product.cooperative_id.in_([each.id for each in activity.cooperatives]), is_on_sale()
        )
        .order_by(is_allotted.desc(), Product.listed_at.desc(), Product.id.desc())
        .limit(MOST_SHOWN)
    )
    return db.session.scalars(query).all()

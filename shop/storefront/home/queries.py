"""What the home page shows: what is in season, and what is new."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from catalog.products.models import EVERY_MONTH, Product
from catalog.products.queries import can_be_ordered, is_on_sale, with_all_shown
from shop.db import db
from shop.organisations.models import Organisation

# More seasonal products than are shown, so that those whose season ends first can be chosen.
SEASONAL_POOL = 48


def list_seasonal_and_newest(month: int, newest: int) -> Sequence[Product]:
    """Of what can be bought: what has a season that holds this month, and the newest listings,
    together in two statements; the newest listing first."""
    in_stock = Product.variants.any(can_be_ordered())
    there = (
        select(Product.id)
        .join(Organisation, Organisation.id == Product.cooperative_id)
        .where(is_on_sale(), in_stock)
        .order_by(Product.listed_at.desc(), Product.id.desc())
    )
    seasonal = there.where(
        Product.season_mask != EVERY_MONTH,
        Product.season_mask.bitwise_and(1 << (month - 1)) != 0,
    ).limit(SEASONAL_POOL)
    chosen = or_(
        Product.id.in_(select(seasonal.subquery().c.id)),
        Product.id.in_(select(there.limit(newest).subquery().c.id)),
    )
    query = with_all_shown(select(Product)).where(chosen)
    return db.session.scalars(query.order_by(Product.listed_at.desc(), Product.id.desc())).all()

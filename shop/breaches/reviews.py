"""Rules of reviews: a product's score is what its buyers gave."""

from typing import Any

from sqlalchemy import Select, func, or_, select

from catalog.products.models import Product
from orders.records.models import Order, OrderLine, SubOrder
from orders.reviews.models import Review
from shop.breaches.comparing import compared, summed
from shop.db import total


def wrong_ratings() -> Select[Any]:
    given = summed(
        select(
            Review.product_id.label("of"),
            total(Review.stars).label("stars"),
            func.count().label("reviews"),
        ),
        Review.product_id,
    )
    differs = or_(
        func.coalesce(given.c.stars, 0) != Product.rating_sum,
        func.coalesce(given.c.reviews, 0) != Product.rating_count,
    )
    return compared(Product, given, differs)


def wrong_reviews() -> Select[Any]:
    return (
        select(Review.id)
        .join(Review.line)
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .where(
            or_(
                Review.account_id != Order.account_id,
                Review.product_id != OrderLine.product_id,
                Review.cooperative_id != OrderLine.cooperative_id,
                SubOrder.accepted_at.is_(None),
                SubOrder.accepted_at > Review.at,
            )
        )
        .order_by(Review.id)
    )

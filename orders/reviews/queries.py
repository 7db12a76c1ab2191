"""Read reviews: a buyer's own, those of a product, and a cooperative's."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload

from orders.records.models import Order, OrderLine, SubOrder
from orders.reviews.models import Review
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 20


def get_own_line(account_id: int, order_number: str, line_id: int) -> OrderLine:
    """A line of a buyer's own order, with its part and order. Raises NotFound to strangers."""
    query = (
        select(OrderLine)
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .where(
            OrderLine.id == line_id, Order.number == order_number, Order.account_id == account_id
        )
        .options(contains_eager(OrderLine.sub_order).contains_eager(SubOrder.order))
    )
    line = db.session.scalar(query)
    if line is None:
        raise NotFound
    return line


def find_review(line_id: int) -> Review | None:
    """What was said of a line."""
    return db.session.scalar(_shown().where(Review.order_line_id == line_id))


def find_reviewed(line_ids: Collection[int]) -> set[int]:
    """Those of the lines of which something was said."""
    query = select(Review.order_line_id).where(Review.order_line_id.in_(line_ids))
    return set(db.session.scalars(query))


def get_review(review_id: int) -> Review:
    """Raises NotFound."""
    review = db.session.scalar(_shown().where(Review.id == review_id))
    if review is None:
        raise NotFound
    return review


def list_of_product(product_id: int, number: int) -> Page[Review]:
    """What was said of a product, the newest first."""
    return _page(_shown().where(Review.product_id == product_id), number)


def list_of_cooperative(cooperative_id: int, number: int) -> Page[Review]:
    """What was said of a cooperative's products, the newest first."""
    return _page(_shown().where(Review.cooperative_id == cooperative_id), number)


def _shown() -> Select[Review]:
    return select(Review).options(
        joinedload(Review.line, innerjoin=True), joinedload(Review.hiding)
    )


def _page(query: Select[Review], number: int) -> Page[Review]:
    return paginate(query.order_by(Review.at.desc(), Review.id.desc()), number, PER_PAGE)

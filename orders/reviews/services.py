"""Say what one thinks of what one accepted; hide words that break the law."""

from datetime import datetime

from sqlalchemy import select

from catalog.products.services.ratings import add_rating
from orders.records.models import OrderLine
from orders.reviews.errors import NotReviewable, NoWords
from orders.reviews.models import Review, ReviewHiding
from orders.reviews.queries import get_review
from orders.reviews.rules import may_review
from shop.accounts.audit.services import record
from shop.accounts.people.models import Account
from shop.db import db, insert_once
from shop.masking import mask_name


def review_line(line_id: int, stars: int, words: str, *, by: int, at: datetime) -> bool:
    """The buyer ``by`` rates a line of their own with 1 to 5 stars; the product's score grows in
    the same act. A line that was reviewed keeps what was said first; the answer is whether this
    was the first.

    Raises NotReviewable.
    """
    if db.session.scalar(select(Review.id).where(Review.order_line_id == line_id)):
        return False
    line = db.session.get_one(OrderLine, line_id)
    if not may_review(line.sub_order, line, at):
        raise NotReviewable
    said = {
        "order_line_id": line_id,
        "account_id": by,
        "product_id": line.product_id,
        "cooperative_id": line.cooperative_id,
        "signature": mask_name(db.session.get_one(Account, by).name),
        "stars": stars,
        "words": words,
        "at": at,
    }
    if insert_once(Review, "order_line_id", **said) is None:
        return False
    add_rating(line.product_id, stars)
    return True


def hide_words(review_id: int, reason: str, *, by: int, at: datetime) -> None:
    """Show why instead of the words of a review; its stars go on counting. What was hidden stays
    so, with the reason that was given first.

    Raises NotFound or NoWords.
    """
    if not get_review(review_id).words:
        raise NoWords
    hiding = {"review_id": review_id, "by_id": by, "at": at, "reason": reason}
    if insert_once(ReviewHiding, "review_id", **hiding) is not None:
        record("hide_review", "review", review_id, by=by, at=at, reason=reason)

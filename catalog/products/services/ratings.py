"""What buyers give products."""

from sqlalchemy import update

from catalog.products.models import Product
from shop.db import db
from shop.errors import NotFound


def add_rating(product_id: int, stars: int) -> None:
    """Count what a buyer gave a product, 1 to 5 stars. It changes nothing of the listing. Raises
    NotFound."""
    score = {"rating_sum": Product.rating_sum + stars, "rating_count": Product.rating_count + 1}
    changed = update(Product).where(Product.id == product_id).values(**score).returning(Product.id)
    if db.session.scalar(changed) is None:
        raise NotFound

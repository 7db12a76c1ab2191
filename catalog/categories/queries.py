"""Read categories."""

from collections.abc import Sequence

from sqlalchemy import select

from catalog.categories.models import Category
from shop.db import db
from shop.errors import NotFound


def list_categories() -> Sequence[Category]:
    """All categories in their order, closed ones too."""
    return db.session.scalars(select(Category).order_by(Category.position, Category.id)).all()


def list_open_categories() -> Sequence[Category]:
    """The categories that products can be put into, in their order."""
    query = select(Category).where(~Category.closed).order_by(Category.position, Category.id)
    return db.session.scalars(query).all()


def find_by_slug(slug: str) -> Category | None:
    return db.session.scalar(select(Category).where(Category.slug == slug))


def get_category(category_id: int) -> Category:
    """Raises NotFound."""
    category = db.session.get(Category, category_id)
    if category is None:
        raise NotFound
    return category

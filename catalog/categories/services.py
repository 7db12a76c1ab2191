"""Add, change and close categories."""

from datetime import datetime

from sqlalchemy import func, select

from catalog.categories.errors import LastOpenCategory, NameTaken, SlugTaken
from catalog.categories.models import Category
from catalog.categories.queries import find_by_slug, get_category
from shop.accounts.audit.services import record
from shop.db import db

# slug, name, and whether the conformity certificate covers it.
DEFAULTS = (
    ("fruit", "水果", True),
    ("vegetable", "蔬菜", True),
    ("aquatic", "水产", True),
    ("poultry", "禽畜", True),
    ("grain-oil", "粮油", False),
    ("processed", "加工食品", False),
    ("herb", "中药材", False),
)


def load_categories() -> None:
    """Add the categories that every installation begins with, where they are missing."""
    known = set(db.session.scalars(select(Category.slug)))
    for position, (slug, name, covered) in enumerate(DEFAULTS, start=1):
        if slug not in known:
            db.session.add(
                Category(slug=slug, name=name, position=position, certificate_covered=covered)
            )
    db.session.flush()


def add_category(
    slug: str, name: str, *, certificate_covered: bool, by: int | None, at: datetime
) -> Category:
    """Add a category at the end. Raises SlugTaken or NameTaken."""
    if find_by_slug(slug) is not None:
        raise SlugTaken
    _require_free_name(name)
    last = db.session.scalar(select(func.max(Category.position))) or 0
    category = Category(
        slug=slug, name=name, position=last + 1, certificate_covered=certificate_covered
    )
    db.session.add(category)
    db.session.flush()
    record("category.add", "category", category.id, by=by, at=at, slug=slug, name=name)
    return category


def change_category(
    category_id: int,
    *,
    name: str,
    position: int,
    certificate_covered: bool,
    closed: bool,
    by: int | None,
    at: datetime,
) -> Category:
    """Rename, move, cover or close a category. What was sold under the old name keeps it.

    Raises NotFound, NameTaken, or LastOpenCategory when no category would be left.
    """
    category = get_category(category_id)
    _require_free_name(name, but=category_id)
    if closed and not category.closed:
        _require_another_open(category_id)
    category.name = name
    category.position = position
    category.certificate_covered = certificate_covered
    category.closed = closed
    record(
        "category.change",
        "category",
        category_id,
        by=by,
        at=at,
        name=name,
        position=position,
        certificate_covered=certificate_covered,
        closed=closed,
    )
    db.session.flush()
    return category


def _require_free_name(name: str, *, but: int | None = None) -> None:
    taken = db.session.scalar(select(Category.id).where(Category.name == name))
    if taken is not None and taken != but:
        raise NameTaken


def _require_another_open(category_id: int) -> None:
    # Two closings at once wait for each other here, so that they can't leave nothing open.
    others = select(Category.id).where(~Category.closed).with_for_update()
    if set(db.session.scalars(others)) <= {category_id}:
        raise LastOpenCategory

"""Listings that somebody on the demo's phone has not finished."""

from datetime import datetime, timedelta

from catalog.categories.queries import find_by_slug
from shop.db import transaction
from shop.demo.people import Seller
from suppliers.drafts.models import Typed
from suppliers.drafts.services import save

WRITTEN_BEFORE = timedelta(hours=3)


def leave_half_written(sellers: list[Seller], at: datetime) -> None:
    """Whoever signs in as the demo's cooperative finds one complete but not on sale, and one that
    has a name only."""
    seller = next(each for each in sellers if each.entry.email)
    by, then = seller.manager_id, at - WRITTEN_BEFORE
    for key, typed in (("demo-draft-whole", _whole()), ("demo-draft-begun", _begun())):
        with transaction():
            save(seller.cooperative_id, key, typed, picture_id=None, by=by, at=then)


def _begun() -> Typed:
    return {"name": ["公馆草鱼"], "unit": ["条"], "weight_unit": ["jin"], "measure": ["weight"]}


def _whole() -> Typed:
    category = find_by_slug("aquatic")
    assert category is not None
    return {
        "name": ["公馆脆肉罗非鱼"],
        "category": [str(category.id)],
        "description": ["清水塘里养足八个月，捕捞后吊水两天再发。"],
        "months": [str(month) for month in range(1, 13)],
        "spec": ["1 条 约 2 斤"],
        "unit": ["条"],
        "net_weight": ["2"],
        "weight_unit": ["jin"],
        "price": ["26.80"],
        "measure": ["weight"],
        "perishable": ["y"],
        "stock": ["30"],
    }

"""Have the search look at products again."""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from shop import outbox

SEARCH = "search"


def refresh_search(product_ids: Collection[int], *, at: datetime) -> None:
    """Have the search look at these products again, once the current act is committed."""
    if product_ids:
        key = f"{SEARCH}:{uuid4().hex}"
        outbox.post(SEARCH, key, {"product_ids": sorted(product_ids)}, at=at)

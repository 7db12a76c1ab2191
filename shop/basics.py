"""What any shop needs before its first person joins."""

from datetime import datetime

from catalog.categories.services import load_categories
from orders.deliveries.services import load_default_tariff, load_default_zone
from shop.accounts.policies.services import publish_drafts
from shop.db import transaction
from shop.places.services import load_confirmed_towns, load_divisions


def load_basics(at: datetime) -> None:
    """Places, confirmed towns, categories, freight and first texts, where they are missing."""
    with transaction():
        load_divisions()
        load_confirmed_towns(at=at)
        load_categories()
        load_default_tariff(at=at)
        load_default_zone(at=at)
        publish_drafts(at=at)

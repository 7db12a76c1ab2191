"""The licences of the demo's cooperatives that make food."""

from datetime import datetime, timedelta

from shop import clock
from shop.db import db, transaction
from shop.demo.people import Seller
from suppliers.verification.models import Document, DocumentKind

HELD_BEFORE = timedelta(days=365)
# A production licence holds for five years.
VALID = timedelta(days=5 * 365)


def hold(sellers: list[Seller], at: datetime) -> None:
    """Everybody who makes food may do so. The numbers are made up and look it."""
    with transaction():
        for place, seller in enumerate(sellers, start=1):
            if any(product.category == "processed" for product in seller.entry.products):
                issued_on = clock.day_of(at - HELD_BEFORE)
                db.session.add(
                    Document(
                        organisation_id=seller.cooperative_id,
                        kind=DocumentKind.FOOD_PRODUCTION,
                        number=f"SC-DEMO-{place:04d}",
                        issued_on=issued_on,
                        expires_on=issued_on + VALID,
                        recorded_at=at,
                        recorded_by_id=seller.manager_id,
                    )
                )

"""The platform decides about large changes of listings; whoever asked for them is told."""

from datetime import datetime

from catalog.products.services.approvals import make_change
from catalog.products.services.locks import lock_own_products, lock_own_variants
from catalog.reviews import services as reviews
from catalog.reviews.errors import ChangedMeanwhile
from catalog.reviews.models import ListingChange, ReviewedKind
from catalog.reviews.queries import get_change, get_own_change
from orders.notices.queries import list_managers
from shop.accounts.notices.services import tell
from shop.money import yuan


def approve(change_id: int, *, seen: str, by: int, at: datetime) -> ListingChange:
    """Make a change as it was proposed. ``seen`` is ``as_seen`` of the listing that was looked at.

    Raises NotFound, Ended when somebody was faster, ChangedMeanwhile when the listing was edited
    since, and what the listings' own services refuse.
    """
    change = get_change(change_id)
    # Variants, then products, as every other act does; nobody changes them before this ends.
    if change.variant_id is not None:
        lock_own_variants(change.cooperative_id, [change.variant_id])
    lock_own_products(change.cooperative_id, [change.product_id])
    reviews.approve(change_id, by=by, at=at)
    change = get_change(change_id)
    if as_seen(change) != seen:
        raise ChangedMeanwhile
    make_change(change, by=by, at=at)
    _tell(change, "change_approved", at)
    return change


def send_back(change_id: int, reason: str, *, by: int, at: datetime) -> ListingChange:
    """Leave the listing as it is, and say why. Raises NotFound or Ended."""
    get_change(change_id)
    reviews.send_back(change_id, reason, by=by, at=at)
    change = get_change(change_id)
    _tell(change, "change_returned", at)
    return change


def withdraw(cooperative_id: int, change_id: int, *, by: int, at: datetime) -> ListingChange:
    """The cooperative takes its own change back. Raises NotFound or Ended."""
    change = get_own_change(cooperative_id, change_id)
    reviews.withdraw(change, by=by, at=at)
    return change


def as_seen(change: ListingChange) -> str:
    """What is another after every edit of the listing."""
    return change.product.updated_at.isoformat()


def _tell(change: ListingChange, letter: str, at: datetime) -> None:
    of_price = change.kind is ReviewedKind.PRICE
    variant = change.variant
    told = {
        "product": change.product.name,
        "spec": variant.spec if variant else "",
        "old": yuan(change.old_price_fen or 0) if of_price else change.old_village,
        "new": yuan(change.new_price_fen or 0) if of_price else change.new_village,
        "kind": change.kind.value,
        "reason": change.return_reason,
    }
    for manager in list_managers(change.cooperative_id):
        tell(
            manager,
            f"suppliers/{letter}",
            told,
            key=f"listing_change:{change.id}:{letter}:{manager.account_id}",
            path=f"/cooperative/listings/{change.product_id}",
            at=at,
        )

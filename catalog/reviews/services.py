"""Have large changes wait, and end that once. What is approved the listings' own services make."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from catalog.products.models import Prices, Product, Variant
from catalog.reviews.errors import Ended
from catalog.reviews.models import ListingChange, ReviewedKind
from catalog.reviews.queries import is_open
from shop.accounts.audit.services import record
from shop.db import db


def propose_prices(
    product: Product, variant: Variant, wanted: Prices, *, by: int, at: datetime, reason: str = ""
) -> ListingChange:
    """Have other prices of a variant wait; they take the place of those that waited before. The
    variant's row must be locked."""
    change = ListingChange(
        kind=ReviewedKind.PRICE,
        variant_id=variant.id,
        old_price_fen=variant.price_fen,
        new_price_fen=wanted.price_fen,
        old_tiers=[list(tier) for tier in variant.tiers],
        new_tiers=[list(tier) for tier in wanted.tiers],
    )
    return _propose(product, change, by, at, reason)


def propose_origin(
    product: Product, village: str, *, by: int, at: datetime, reason: str = ""
) -> ListingChange:
    """Have another village of a product wait, in the place of one that waited before. The
    product's row must be locked."""
    change = ListingChange(
        kind=ReviewedKind.ORIGIN, old_village=product.village, new_village=village
    )
    return _propose(product, change, by, at, reason)


def withdraw_prices(variant_id: int, *, by: int, at: datetime) -> None:
    """The cooperative decided otherwise about a variant."""
    _withdraw(ListingChange.variant_id == variant_id, by, at)


def withdraw_origin(product_id: int, *, by: int, at: datetime) -> None:
    """The cooperative decided otherwise about a product's origin."""
    of_product = ListingChange.product_id == product_id
    _withdraw(of_product & (ListingChange.kind == ReviewedKind.ORIGIN), by, at)


def withdraw(change: ListingChange, *, by: int, at: datetime) -> None:
    """Take a change back. Raises Ended."""
    if not _withdraw(ListingChange.id == change.id, by, at):
        raise Ended


def approve(change_id: int, *, by: int, at: datetime) -> None:
    """Write down that the platform agreed. Raises Ended: nobody decides twice."""
    _decide(change_id, "approve_change", by, at, approved_at=at)


def send_back(change_id: int, reason: str, *, by: int, at: datetime) -> None:
    """Write down that the platform didn't agree, and why. Raises Ended."""
    _decide(change_id, "return_change", by, at, returned_at=at, return_reason=reason)


def _propose(
    product: Product, change: ListingChange, by: int, at: datetime, reason: str
) -> ListingChange:
    if change.variant_id is None:
        withdraw_origin(product.id, by=by, at=at)
    else:
        withdraw_prices(change.variant_id, by=by, at=at)
    change.product_id, change.cooperative_id = product.id, product.cooperative_id
    change.by_id, change.at, change.reason = by, at, reason
    db.session.add(change)
    db.session.flush()
    record("propose_change", "product", product.id, by=by, at=at, **_facts(change))
    return change


def _withdraw(which: ColumnElement[bool], by: int, at: datetime) -> bool:
    """Say whether anything waited."""
    ended = update(ListingChange).where(which, is_open()).values(withdrawn_at=at, ended_by_id=by)
    rows = db.session.execute(
        ended.returning(ListingChange.id, ListingChange.product_id).execution_options(
            synchronize_session=False
        )
    ).all()
    for change_id, product_id in rows:
        _forget(change_id)
        record("withdraw_change", "product", product_id, by=by, at=at, change_id=change_id)
    return bool(rows)


def _decide(change_id: int, act: str, by: int, at: datetime, **how: object) -> None:
    decided = (
        update(ListingChange)
        .where(ListingChange.id == change_id, is_open())
        .values(ended_by_id=by, **how)
        .returning(ListingChange.product_id)
        .execution_options(synchronize_session=False)
    )
    product_id = db.session.scalar(decided)
    if product_id is None:
        raise Ended
    _forget(change_id)
    change = db.session.scalars(select(ListingChange).where(ListingChange.id == change_id)).one()
    told = _facts(change)
    if change.return_reason:
        told["reason"] = change.return_reason
    record(act, "product", product_id, by=by, at=at, **told)


def _forget(change_id: int) -> None:
    """Whoever looks at it from now on in this act sees how it ended."""
    known = db.session.identity_map.get(db.session.identity_key(ListingChange, change_id))
    if known is not None:
        db.session.expire(known)


def _facts(change: ListingChange) -> dict[str, object]:
    """A change as the audit log keeps it."""
    facts: dict[str, object] = {"change_id": change.id}
    if change.kind is ReviewedKind.ORIGIN:
        return facts | {"village": [change.old_village, change.new_village]}
    facts |= {"variant_id": change.variant_id}
    facts |= {"price_fen": [change.old_price_fen, change.new_price_fen]}
    if change.old_tiers != change.new_tiers:
        facts |= {"tiers": [change.old_tiers, change.new_tiers]}
    return facts

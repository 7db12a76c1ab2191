"""Harvests that are sold before they are in; an order waits for each."""

from dataclasses import fields, replace
from datetime import date, datetime, timedelta

from catalog.products.models import Variant
from catalog.products.rules import MONTHS
from catalog.products.services.drafts import VariantDraft
from catalog.products.services.variants import add_variant, edit_variant
from catalog.stock.services import set_available
from orders.cart.queries import Owner, get_quote
from orders.cart.services import add
from orders.checkout.services import Consent, place_order
from shop import clock
from shop.accounts.people.services import Delivery
from shop.db import db, transaction
from shop.demo.history import HOMES, pay
from shop.demo.market import Ware
from shop.demo.people import Buyer

# Units of each harvest that may be sold in advance, and that somebody has ordered.
CAP, ORDERED = 200, 6
NEXT_HARVEST = timedelta(days=12)
SEPARATE = "下一塘"


def sell_in_advance(wares: list[Ware], buyers: list[Buyer], at: datetime) -> None:
    """The cooperative whose sign-in is shown offers its next harvest as a variant of its own, and
    another what ripens next; somebody orders of each. Needs the payment sandbox."""
    today = clock.day_of(at)
    ripening = [ware for ware in wares if today.month not in ware.months]
    soonest = min(ripening, key=lambda ware: (_harvest_of(ware, today), ware.variant_id))
    offers = (
        _offer_separately(wares[0], today + NEXT_HARVEST, at),
        _offer(soonest, _harvest_of(soonest, today), at),
    )
    for variant_id, buyer in zip(offers, buyers, strict=False):
        _order(variant_id, buyer, at)


def _harvest_of(ware: Ware, today: date) -> date:
    """The first day of the next month in which it is harvested."""
    month = next(month for month in _months_after(today.month) if month in ware.months)
    return date(today.year + (month <= today.month), month, 1)


def _months_after(month: int) -> list[int]:
    return [(month + ahead - 1) % MONTHS + 1 for ahead in range(1, MONTHS + 1)]


def _offer_separately(ware: Ware, ships_on: date, at: datetime) -> int:
    with transaction():
        variant = db.session.get_one(Variant, ware.variant_id)
        draft = replace(_draft_of(variant, ships_on), spec=f"{SEPARATE} {variant.spec}")
        product = variant.product
        added = add_variant(product.cooperative_id, product.id, draft, by=ware.manager_id, at=at)
        return added.id


def _offer(ware: Ware, ships_on: date, at: datetime) -> int:
    with transaction():
        set_available(ware.variant_id, 0, by=ware.manager_id, at=at)
        variant = db.session.get_one(Variant, ware.variant_id)
        draft, product = _draft_of(variant, ships_on), variant.product
        ids = (product.cooperative_id, product.id, variant.id)
        return edit_variant(*ids, draft, by=ware.manager_id, at=at).variant.id


def _draft_of(variant: Variant, ships_on: date) -> VariantDraft:
    """What a variant is, and so many of it in advance."""
    same = {field.name: getattr(variant, field.name) for field in fields(VariantDraft)}
    return VariantDraft(**(same | {"presale_ships_on": ships_on, "presale_cap": CAP}))


def _order(variant_id: int, buyer: Buyer, at: datetime) -> None:
    town_code, street = HOMES[0]
    delivery = Delivery(
        recipient="演示收货人", phone="13800000000", town_code=town_code, street=street
    )
    owner = Owner(account_id=buyer.account_id)
    placed_at = at - timedelta(hours=1)
    with transaction():
        add(owner, variant_id, ORDERED, at=placed_at)
        consent = Consent(get_quote(owner, at=placed_at).fingerprint, perishables=True)
        key = f"demo-presale-{variant_id}"
        order = place_order(
            buyer.account_id, key, delivery, consent, for_unit=buyer.is_unit, at=placed_at
        )
        order_id = order.id
    pay(order_id, placed_at + timedelta(minutes=3))

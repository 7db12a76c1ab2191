"""An order of which boxes were missing: what still comes waits to be sent."""

from datetime import datetime, timedelta

from sqlalchemy import select

from catalog.products.models import Variant
from catalog.stock.services import receive
from orders.cart.queries import Owner, get_quote
from orders.cart.services import add
from orders.checkout.services import Consent, place_order
from orders.records.models import SubOrder
from orders.shortages.models import Cause
from orders.shortages.queries import Goods, get_plan
from orders.shortages.rules import reason_of
from orders.shortages.services import Report, report_shortage
from shop.accounts.people.services import Delivery
from shop.db import db, transaction
from shop.demo.history import HOMES, pay
from shop.demo.market import Ware
from shop.demo.people import Buyer

ORDERED, MISSING = 3, 1
NOTE = "搬运时摔了一箱"


def run_short(ware: Ware, buyer: Buyer, at: datetime) -> None:
    """Somebody orders of a ware; a box of it is dropped, and others come in afterwards. Needs the
    payment sandbox."""
    placed_at = at - timedelta(hours=5)
    order_id = _order(ware.variant_id, buyer, placed_at)
    pay(order_id, placed_at + timedelta(minutes=2))
    with transaction():
        variant = db.session.get_one(Variant, ware.variant_id)
        free = variant.available
        part_id = db.session.scalars(select(SubOrder.id).filter_by(order_id=order_id)).one()
        goods = Goods(variant.product.cooperative_id, variant.id, part_id=part_id)
        plan = get_plan(goods, MISSING)
        report = Report(goods, MISSING, Cause.DAMAGED, NOTE, reason_of("装箱、搬运时压坏", NOTE))
        reported_at = at - timedelta(hours=3)
        key, seen = "demo-shortage-of-one-box", plan.fingerprint
        report_shortage(report, key=key, seen=seen, by=ware.manager_id, at=reported_at)
    if free:
        with transaction():
            receive(ware.variant_id, free, by=ware.manager_id, at=at - timedelta(hours=2))


def _order(variant_id: int, buyer: Buyer, at: datetime) -> int:
    town_code, street = HOMES[0]
    delivery = Delivery(
        recipient="演示收货人", phone="13800000000", town_code=town_code, street=street
    )
    owner = Owner(account_id=buyer.account_id)
    with transaction():
        add(owner, variant_id, ORDERED, at=at)
        consent = Consent(get_quote(owner, at=at).fingerprint, perishables=True)
        key = f"demo-shortage-{variant_id}"
        return place_order(
            buyer.account_id, key, delivery, consent, for_unit=buyer.is_unit, at=at
        ).id

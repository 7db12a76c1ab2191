"""Orders on every stage of their way, made by the real services. Call them inside an act."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from catalog.products.models import Variant
from orders.cart import services as cart
from orders.cart.queries import Owner, get_quote
from orders.checkout.services import Consent, place_order
from orders.deliveries import services as deliveries
from orders.deliveries.queries import find_destination
from orders.payments.gateways.port import CURRENCY, Intent, IntentState
from orders.payments.models import Payment
from orders.payments.services import apply_intent
from orders.pickups.models import PickupPoint
from orders.pickups.queries import destination_of
from orders.records.models import AcceptedBy, Order
from shop.accounts.people.models import Account
from shop.accounts.people.services import Delivery
from shop.db import db

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
# 香洲区拱北街道
TOWN_CODE = "440402005"


def make_delivery(**changes: str) -> Delivery:
    """A place in Zhuhai."""
    given = {
        "recipient": "何小满",
        "phone": "13800000000",
        "town_code": TOWN_CODE,
        "street": "港一路 8 号 2 栋 301",
    }
    return Delivery(**(given | changes))


def place(
    account: Account,
    wanted: Mapping[Variant, int],
    *,
    for_unit: bool = False,
    transfer_days: int | None = None,
    delivery: Delivery | None = None,
    point: PickupPoint | None = None,
    at: datetime = NOW,
) -> Order:
    """An order that waits for money. Whatever else was in the basket is ordered too."""
    owner = Owner(account_id=account.id)
    for variant, quantity in wanted.items():
        cart.add(owner, variant.id, quantity, at=at)
    db.session.flush()
    delivery = delivery or make_delivery()
    to = destination_of(point) if point else find_destination(delivery.town_code)
    placed = place_order(
        account.id,
        secrets.token_urlsafe(24),
        delivery,
        Consent(get_quote(owner, to=to, at=at).fingerprint, perishables=True),
        point_id=point.id if point else None,
        for_unit=for_unit,
        transfer_days=transfer_days,
        at=at,
    )
    return db.session.get_one(Order, placed.id)


def paid(order: Order, *, at: datetime | None = None) -> Order:
    """Let the provider say that the order was paid, five minutes after it was placed."""
    return _told(order, None, at)


def misfit(order: Order, received_fen: int, *, at: datetime | None = None) -> Order:
    """Let the provider say that another amount came in than the order owes."""
    return _told(order, received_fen, at)


def _told(order: Order, received_fen: int | None, at: datetime | None) -> Order:
    query = select(Payment).where(Payment.order_id == order.id)
    payment = db.session.scalars(query).one()
    attempt = payment.attempts[-1]
    intent = Intent(
        id=f"pi_{secrets.token_hex(12)}",
        state=IntentState.SUCCEEDED,
        amount_fen=payment.due_fen,
        received_fen=payment.due_fen if received_fen is None else received_fen,
        currency=CURRENCY,
        client_secret="",
        failure="",
        attempt_key=attempt.idempotency_key,
    )
    apply_intent(intent, at=at or order.placed_at + timedelta(minutes=5))
    db.session.refresh(order)
    return order


def dispatched(order: Order, *, by: int | None = None, at: datetime | None = None) -> Order:
    """Send every part of a paid order, a day after it was placed."""
    at = at or order.placed_at + timedelta(days=1)
    for part in order.sub_orders:
        number = f"SF{part.id:010d}"
        deliveries.dispatch(part.id, part.cooperative_id, [("顺丰速运", number)], by=by, at=at)
    return order


def accepted(order: Order, *, at: datetime | None = None) -> Order:
    """Let the buyer confirm every part of an order that was sent, three days after placing it."""
    at = at or order.placed_at + timedelta(days=3)
    for part in order.sub_orders:
        deliveries.accept(part.id, account_id=order.account_id, accepted_by=AcceptedBy.BUYER, at=at)
    return order

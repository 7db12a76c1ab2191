"""Turn a basket into an order, once; close orders that nobody paid; honour money that came late."""

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Date, Integer, bindparam, insert, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from catalog.products.models import Product, Variant
from catalog.stock.errors import OutOfStock
from catalog.stock.services import give_up_line, hold, promise, queue_for
from orders.cart.queries import Owner, get_quote
from orders.cart.rules import Line, Part, Quote, why_not_sold
from orders.cart.services import lock_basket, take_out
from orders.checkout import rules
from orders.checkout.errors import (
    NoDeliveryThere,
    NothingToOrder,
    NotWaiting,
    NoUnit,
    OnlyUnitsTransfer,
    PerishablesNotAgreed,
    QuoteChanged,
)
from orders.checkout.queries import find_by_key
from orders.commissions.queries import rate_on
from orders.deliveries.queries import find_destination
from orders.deliveries.rules import collected_from
from orders.payments.models import PaymentMethod
from orders.payments.queries import Introduction
from orders.payments.rules import ALPHABET
from orders.payments.services import open_payment
from orders.pickups.errors import PointClosed
from orders.pickups.models import PickupPoint
from orders.pickups.queries import (
    destination_of,
    find_open_point,
    find_pickups,
    goes_to_closed_point,
)
from orders.pickups.services import expect
from orders.records.events import MoneyUnneeded, OrderClosed, OrderPaid, OrderPlaced
from orders.records.models import BuyerType, Order, OrderLine, SubOrder
from shop import clock
from shop.accounts.people.errors import TooManyAddresses
from shop.accounts.people.models import Account
from shop.accounts.people.services import Delivery, remember_address
from shop.db import db, just_written, table_of
from shop.errors import NotFound
from shop.events import announce
from shop.organisations.models import Organisation
from shop.places.models import Town
from shop.places.queries import known_town
from shop.places.rules import ZHUHAI

_NEW_ORDER = insert(table_of(Order)).returning(Order.id)
_NEW_PART = (
    insert(table_of(SubOrder))
    .values(commission_bp=rate_on(bindparam("seller", type_=Integer), bindparam("day", type_=Date)))
    .returning(SubOrder.id)
)
_NEW_LINES = insert(table_of(OrderLine))


@dataclass(frozen=True, slots=True)
class Consent:
    """What the buyer agreed to: the quote as last shown, and that fresh goods are not returned
    without a reason."""

    fingerprint: str
    perishables: bool


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, and for which unit if not for themselves."""

    account_id: int
    unit: Organisation | None

    @property
    def type(self) -> BuyerType:
        if self.unit is None or self.unit.enterprise_type is None:
            return BuyerType.RESIDENT
        return BuyerType(self.unit.enterprise_type.value)


class Placed(NamedTuple):
    """An order that was placed: just now, with what its payment begins with, or before."""

    id: int
    number: str
    payment: Introduction | None = None


def place_order(
    account_id: int,
    checkout_key: str,
    delivery: Delivery,
    consent: Consent,
    *,
    point_id: int | None = None,
    keep_address: bool = False,
    for_unit: bool = False,
    transfer_days: int | None = None,
    at: datetime,
) -> Placed:
    """Order what can be bought of the account's basket, and hold the stock for it.

    The same key gives the same order however often it comes. Two requests with one key that don't
    share a basket collide on its unique index: the caller asks again after an IntegrityError.
    With ``point_id`` all of it is fetched at a pick-up point, whatever the delivery's place says;
    otherwise ``keep_address`` puts it into the buyer's book.
    ``transfer_days`` is for units that pay by bank transfer: for so long the order waits.
    Raises NotFound (the key is another account's), NothingToOrder, QuoteChanged, OutOfStock,
    PerishablesNotAgreed, NoDeliveryThere, PointClosed, NoUnit or OnlyUnitsTransfer.
    """
    basket_id = lock_basket(Owner(account_id=account_id))
    before = _placed_before(checkout_key, account_id)
    if before is not None:
        return before
    point = None if point_id is None else _get_open_point(point_id)
    if point is not None:
        delivery = replace(delivery, town_code=point.town_code, street=point.address)
    town = _get_delivery_town(delivery.town_code)
    to = destination_of(point) if point else find_destination(town.code)
    unit = _unit_of(account_id) if for_unit else None
    if unit is None and transfer_days is not None:
        raise OnlyUnitsTransfer
    quote = get_quote(Owner(account_id=account_id), to=to, at=at)
    if quote.fingerprint != consent.fingerprint:
        raise QuoteChanged
    if basket_id is None or not quote.parts:
        raise NothingToOrder
    if quote.has_perishables and not consent.perishables:
        raise PerishablesNotAgreed
    buyer = Buyer(account_id, unit)
    expires_at = rules.pay_before(at, transfer_days)
    order = _write_order(buyer, checkout_key, delivery, town, quote, at, expires_at)
    day = clock.day_of(at)
    parts = [_write_part(order, place, part, day) for place, part in enumerate(quote.parts)]
    set_committed_value(order, "sub_orders", parts)
    if point is not None:
        expect([part.id for part in parts], point.id)
    method = PaymentMethod.ONLINE if transfer_days is None else PaymentMethod.TRANSFER
    payment = open_payment(order.id, order.number, quote.total_fen, method=method, at=at)
    take_out(basket_id, [line.variant.id for line in quote.lines])
    announce(OrderPlaced(order, at))
    if keep_address and point is None:
        _keep_address(account_id, delivery, at)
    # Last, since everybody who wants the same goods waits from here on for this act to end.
    _hold_stock(account_id, order.number, quote, at)
    return Placed(order.id, order.number, payment)


def close_order(order_id: int, *, by: int | None, at: datetime) -> None:
    """Give up an order that was not paid, and give its stock back, once. Raises NotWaiting."""
    statement = (
        update(Order)
        .where(Order.id == order_id, Order.paid_at.is_(None), Order.closed_at.is_(None))
        .values(closed_at=at, closed_by_id=by)
        .returning(Order.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise NotWaiting
    for line, number in _lines_of(order_id):
        give_up_line(
            line.variant_id, line.quantity, presold=line.is_presold, by=by, at=at, reference=number
        )
    announce(OrderClosed(order_id, at))


def honour_late_money(order_id: int, attempt_id: int, *, at: datetime) -> None:
    """Open an expired order again for money that came late, if its goods can still be had.

    Otherwise (the goods are gone, their pick-up point has closed, the buyer had called the order
    off, or another attempt has paid for it) the money is of no use, and whoever gives money back
    is told.
    """
    order = db.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    has_expired = order.closed_at is not None and order.closed_by_id is None
    if not (has_expired and _could_be_ordered(order) and _hold_again(order, at)):
        announce(MoneyUnneeded(attempt_id, at))
        return
    order.closed_at = None
    order.paid_at = at
    db.session.flush()
    announce(OrderPaid(order_id, at))


def _placed_before(checkout_key: str, account_id: int) -> Placed | None:
    order = find_by_key(checkout_key)
    if order is None:
        return None
    if order.account_id != account_id:
        raise NotFound
    return Placed(order.id, order.number)


def _get_delivery_town(code: str) -> Town:
    town = known_town(code)
    if town is None or town.county.city_code != ZHUHAI:
        raise NoDeliveryThere
    return town


def _get_open_point(point_id: int) -> PickupPoint:
    point = find_open_point(point_id)
    if point is None:
        raise PointClosed
    return point


def _unit_of(account_id: int) -> Organisation:
    unit = db.session.get_one(Account, account_id).enterprise
    if unit is None:
        raise NoUnit
    return unit


def _write_order(
    buyer: Buyer,
    checkout_key: str,
    delivery: Delivery,
    town: Town,
    quote: Quote,
    at: datetime,
    expires_at: datetime,
) -> Order:
    """What the buyer owes, as it was written."""
    random_part = "".join(secrets.choice(ALPHABET) for _ in range(rules.RANDOM_LENGTH))
    order = {
        "number": rules.order_number(at, random_part),
        "checkout_key": checkout_key,
        "account_id": buyer.account_id,
        "organisation_id": buyer.unit.id if buyer.unit else None,
        "buyer_type": buyer.type,
        "buyer_unit": buyer.unit.name if buyer.unit else "",
        "recipient": delivery.recipient,
        "phone": delivery.phone,
        "county_code": town.county_code,
        "county_name": town.county.name,
        "town_code": town.code,
        "town_name": town.name,
        "street": delivery.street,
        "goods_fen": quote.goods_fen,
        "freight_fen": quote.freight_fen,
        "total_fen": quote.total_fen,
        "placed_at": at,
        "expires_at": expires_at,
    }
    order_id = db.session.scalar(_NEW_ORDER, order)
    return just_written(Order, {"id": order_id, **order})


def _write_part(order: Order, place: int, part: Part, day: date) -> SubOrder:
    """What one cooperative delivers, with its lines, as it was written."""
    sub_order = {
        "order_id": order.id,
        "number": rules.sub_order_number(order.number, place),
        "cooperative_id": part.cooperative_id,
        "cooperative_name": part.cooperative_name,
        "goods_fen": part.goods_fen,
        "freight_fen": part.freight_fen,
        "weight_g": part.weight_g,
        "promised_on": part.promised_on,
    }
    whose = {"seller": part.cooperative_id, "day": day}
    sub_order_id = db.session.scalar(_NEW_PART, {**sub_order, **whose})
    lines = [{"sub_order_id": sub_order_id, **_frozen(line)} for line in part.lines]
    db.session.execute(_NEW_LINES, lines)
    written = just_written(SubOrder, {"id": sub_order_id, **sub_order})
    set_committed_value(written, "lines", [just_written(OrderLine, line) for line in lines])
    return written


def _frozen(line: Line) -> dict[str, Any]:
    """A line with everything that statistics will ever say about it, as it is now."""
    variant = line.variant
    product = variant.product
    county = product.town.county
    return {
        "product_id": product.id,
        "variant_id": variant.id,
        "quantity": line.quantity,
        "ships_on": line.ships_on,
        "unit_price_fen": line.unit_price_fen,
        "amount_fen": line.amount_fen,
        "net_weight_g": variant.net_weight_g,
        "product_name": product.name,
        "spec": variant.spec,
        "unit": variant.unit,
        "perishable": variant.perishable,
        "category_id": product.category_id,
        "category_name": product.category.name,
        "city_code": county.city_code,
        "city_name": county.city.name,
        "county_code": county.code,
        "county_name": county.name,
        "town_code": product.town_code,
        "town_name": product.town.name,
        "village": product.village,
        "cooperative_id": product.cooperative_id,
        "cooperative_name": product.cooperative.name,
        "credit_code": product.cooperative.credit_code,
    }


def _keep_address(account_id: int, delivery: Delivery, at: datetime) -> None:
    """For next time; a full book is no reason not to order."""
    try:
        remember_address(account_id, delivery, at=at)
    except TooManyAddresses:
        return


def _hold_stock(by: int, order_number: str, quote: Quote, at: datetime) -> None:
    """Hold what is in the store, promise what is to come, by ascending variant id."""
    wanted = [
        (line.variant.id, line.quantity, line.ships_on, rules.sub_order_number(order_number, place))
        for place, part in enumerate(quote.parts)
        for line in part.lines
    ]
    wanted.sort(key=itemgetter(0))
    queue_for([variant_id for variant_id, *_ in wanted])
    for variant_id, quantity, ships_on, number in wanted:
        if ships_on is None:
            hold(variant_id, quantity, by=by, at=at, reference=number)
        else:
            promise(variant_id, quantity, ships_on, by=by, at=at, reference=number)


def _could_be_ordered(order: Order) -> bool:
    """Whether a buyer could order the same now. A point that closes a moment later still hands
    over what was paid before, as after any order: so it isn't locked."""
    return _is_all_sold(order) and not goes_to_closed_point(order.id)


def _is_all_sold(order: Order) -> bool:
    """Whether all of an order could be put into a basket now: what was delisted since, waits for
    a licence or is a suspended cooperative's must not begin a sale."""
    query = (
        select(Variant)
        .join(OrderLine, OrderLine.variant_id == Variant.id)
        .join(OrderLine.sub_order)
        .where(SubOrder.order_id == order.id)
        .options(
            joinedload(Variant.product, innerjoin=True).options(
                joinedload(Product.cooperative, innerjoin=True),
                joinedload(Product.category, innerjoin=True),
            )
        )
        .execution_options(populate_existing=True)
    )
    return not any(why_not_sold(variant) for variant in db.session.scalars(query))


def _hold_again(order: Order, at: datetime) -> bool:
    """Hold all of an expired order's goods once more and promise them anew, or change nothing."""
    began = {part.id: _counted_from(part, order.placed_at) for part in order.sub_orders}
    pickups = find_pickups(list(began))
    try:
        with db.session.begin_nested():
            for line, number in _lines_of(order.id):
                _hold_line_again(line, number, order.account_id, at)
            for part in order.sub_orders:
                sent_from = _counted_from(part, at)
                pickup = pickups.get(part.id)
                if pickup is not None:
                    part.promised_on = collected_from(pickup.point.collection, sent_from)
                else:
                    part.promised_on += clock.day_of(sent_from) - clock.day_of(began[part.id])
    except OutOfStock:
        return False
    return True


def _hold_line_again(line: OrderLine, number: str, by: int, at: datetime) -> None:
    """What was sold in advance may be in the store by now; what was in the store is not sent
    later than the buyer was told."""
    try:
        hold(line.variant_id, line.quantity, by=by, at=at, reference=number)
        line.ships_on = None
    except OutOfStock:
        if line.ships_on is None or line.ships_on <= clock.day_of(at):
            raise
        promise(line.variant_id, line.quantity, line.ships_on, by=by, at=at, reference=number)


def _counted_from(part: SubOrder, at: datetime) -> datetime:
    """The moment from which the time of a part's delivery is counted."""
    return max([at, *(clock.start_of(line.ships_on) for line in part.lines if line.ships_on)])


def _lines_of(order_id: int) -> list[tuple[OrderLine, str]]:
    """The lines of an order with their part's number, by ascending variant id."""
    query = (
        select(OrderLine, SubOrder.number)
        .join(OrderLine.sub_order)
        .where(SubOrder.order_id == order_id)
        .order_by(OrderLine.variant_id)
    )
    return [(line, number) for line, number in db.session.execute(query)]

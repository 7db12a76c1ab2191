"""Orders in volume: two years of them, each with what became of it."""

import heapq
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, groupby
from typing import Any

from sqlalchemy import bindparam, select, update

from catalog.products.models import Variant
from catalog.stock.models import MovementKind, StockMovement
from orders.checkout import rules as checkout
from orders.deliveries import rules as deliveries
from orders.deliveries.models import FreightTariff, Parcel, Shipment, ShipmentLine
from orders.payments.models import Payment, PaymentAttempt
from orders.records.models import AcceptedBy, Order, OrderLine, SubOrder
from orders.refunds.models import Cancellation, CancellationItem, Refund, RefundItem
from orders.sales.models import SalesEntry
from shop import clock
from shop.db import Base
from shop.demo.bulk import Bulk
from shop.demo.history import CALLED_OFF, HOMES, MONTH_WEIGHTS, SHARE_OF_UNITS, UNPAID
from shop.demo.offers import Buyer, Offer, read_buyers, read_offers
from shop.demo.rows import (
    CHANGED_MIND,
    attempt_row,
    line_row,
    movement,
    order_row,
    payable_entries,
    payment_row,
    refund_row,
    sales_entry,
)
from shop.money import allocate
from shop.places.models import Town
from suppliers.settlements.models import PayableEntry

DAYS = 730
SEED = 20210601
# A store is filled up by this, and what is wanted, when it has run low.
HARVEST = 400
ORDERS_AT_A_TIME = 2_000

Picks = list[tuple[Offer, int]]


class Trade:
    """Writes orders one after the other; what happens to them later is written when it happens."""

    def __init__(self, bulk: Bulk, until: datetime) -> None:
        self.bulk = bulk
        self.until = until
        self.lots = random.Random(SEED)
        self.offers = read_offers(bulk.session)
        self.residents, self.units = read_buyers(bulk.session)
        self.homes = _read_homes(bulk)
        self.tariff = FreightTariff(**deliveries.DEFAULT_TARIFF)
        self.on_hand = {offer.variant_id: offer.on_hand for offer in self.offers.all}
        self.held = dict.fromkeys(self.on_hand, 0)
        self._later: list[tuple[datetime, int, type[Base], dict[str, Any]]] = []
        self._turn = count()

    def place(self, orders: int) -> None:
        for number, at in enumerate(self._moments(orders), start=1):
            self._let_pass(at)
            self._order(number, at)
            if number % ORDERS_AT_A_TIME == 0:
                self.bulk.write()
        self._let_pass(self.until)
        self.bulk.write()
        self._write_stock()

    def _moments(self, orders: int) -> Iterator[datetime]:
        """When orders are placed, in order, up to yesterday; more of them in the good months."""
        today = clock.day_of(self.until)
        days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
        shares = allocate(orders, [MONTH_WEIGHTS[day.month - 1] for day in days])
        for day, share in zip(days, shares, strict=True):
            morning = clock.start_of(day) + timedelta(hours=7)
            for second in sorted(self.lots.randrange(15 * 3600) for _ in range(share)):
                yield morning + timedelta(seconds=second)

    def _let_pass(self, moment: datetime) -> None:
        """Write what happened before a moment."""
        while self._later and self._later[0][0] <= moment:
            _, _, model, row = heapq.heappop(self._later)
            if model is StockMovement:
                self._count(row)
            self.bulk.add(model, **row)

    def _count(self, movement: dict[str, Any]) -> None:
        variant_id, quantity = movement["variant_id"], movement["quantity"]
        self.held[variant_id] -= quantity
        if movement["kind"] is MovementKind.SELL:
            self.on_hand[variant_id] -= quantity

    def _order(self, number: int, at: datetime) -> None:
        buyer = self._draw_buyer()
        parts = self._draw_parts(buyer, at)
        fate = self.lots.randrange(100)
        minutes = timedelta(minutes=self.lots.randint(1, 20))
        paid_at = self._if_past(at + minutes) if fate >= UNPAID else None
        closed_at = self._if_past(at + timedelta(minutes=31)) if fate < UNPAID else None
        order = self.homes[number % len(self.homes)] | order_row(
            number,
            buyer,
            sum(_goods_fen(picks) for picks in parts),
            sum(self._freight_fen(picks) for picks in parts),
            placed_at=at,
            paid_at=paid_at,
            closed_at=closed_at,
        )
        order_id = self.bulk.add(Order, **order)
        cancelled_at = None
        if UNPAID <= fate < UNPAID + CALLED_OFF and paid_at is not None:
            cancelled_at = self._if_past(paid_at + timedelta(minutes=self.lots.randint(10, 90)))
        refund_id = self._pay(number, order_id, order, cancelled_at)
        for position, picks in enumerate(parts):
            self._part(order_id, order, position, picks, cancelled_at, refund_id)

    def _draw_buyer(self) -> Buyer:
        of_units = self.lots.random() < SHARE_OF_UNITS
        return self.lots.choice(self.units if of_units else self.residents)

    def _draw_parts(self, buyer: Buyer, at: datetime) -> list[Picks]:
        """What is in the basket, apart for each cooperative."""
        few, many = (12, 90) if buyer.organisation_id else (1, 3)
        drawn = self.offers.draw(self.lots, clock.day_of(at).month, self.lots.choice((1, 1, 2, 3)))
        picks = [(offer, self.lots.randint(few, many)) for offer in drawn]
        picks.sort(key=lambda pick: (pick[0].cooperative_id, pick[0].variant_id))
        by_cooperative = groupby(picks, key=lambda pick: pick[0].cooperative_id)
        return [list(part) for _, part in by_cooperative]

    def _if_past(self, moment: datetime) -> datetime | None:
        return moment if moment <= self.until else None

    def _freight_fen(self, picks: Picks) -> int:
        return deliveries.freight_fen(
            self.tariff, goods_fen=_goods_fen(picks), weight_g=_weight_g(picks)
        )

    def _pay(
        self, number: int, order_id: int, order: dict[str, Any], cancelled_at: datetime | None
    ) -> int | None:
        """The payment, its one attempt, and the refund of an order that was called off."""
        refunded = cancelled_at is not None
        payment_id = self.bulk.add(Payment, order_id=order_id, **payment_row(order, refunded))
        attempt_id = self.bulk.add(
            PaymentAttempt, payment_id=payment_id, **attempt_row(number, order, refunded)
        )
        if cancelled_at is None:
            return None
        refund = refund_row(number, order, cancelled_at)
        return self.bulk.add(Refund, payment_id=payment_id, attempt_id=attempt_id, **refund)

    def _part(
        self,
        order_id: int,
        order: dict[str, Any],
        position: int,
        picks: Picks,
        cancelled_at: datetime | None,
        refund_id: int | None,
    ) -> None:
        part = self._part_row(order, position, picks, cancelled_at)
        part_id = self.bulk.add(SubOrder, order_id=order_id, **part)
        line_ids = [
            self.bulk.add(OrderLine, sub_order_id=part_id, **line_row(offer, quantity, part))
            for offer, quantity in picks
        ]
        self._hold(picks, part["number"], order["account_id"], order["placed_at"])
        given_up_at = order["closed_at"] or cancelled_at
        if given_up_at:
            by_id = order["account_id"] if cancelled_at else None
            self._move(MovementKind.RELEASE, picks, part["number"], by_id, given_up_at)
        if cancelled_at:
            self._give_back(part_id, part, line_ids, picks, refund_id)
            cancellation_id = self.bulk.add(
                Cancellation,
                sub_order_id=part_id,
                by_id=order["account_id"],
                at=cancelled_at,
                reason=CHANGED_MIND,
                refund_id=refund_id,
            )
            for line_id, (_, quantity) in zip(line_ids, picks, strict=True):
                self.bulk.add(
                    CancellationItem,
                    cancellation_id=cancellation_id,
                    order_line_id=line_id,
                    quantity=quantity,
                )
        if part["dispatched_at"]:
            self._dispatch(part_id, part, line_ids, picks)
        if part["accepted_at"]:
            for line_id, (offer, quantity) in zip(line_ids, picks, strict=True):
                entry = sales_entry(order, part, line_id, offer, quantity)
                self._plan(part["accepted_at"], SalesEntry, entry)
            for entry in payable_entries(part_id, part, line_ids, picks):
                self._plan(part["accepted_at"], PayableEntry, entry)

    def _part_row(
        self, order: dict[str, Any], position: int, picks: Picks, cancelled_at: datetime | None
    ) -> dict[str, Any]:
        promised_on = deliveries.promised_on(self.tariff, order["placed_at"])
        sent_at = accepted_at = accepted_by = None
        if order["paid_at"] and not cancelled_at:
            next_day = clock.end_of(clock.day_of(order["paid_at"]))
            sent_at = self._if_past(next_day + timedelta(minutes=self.lots.randint(480, 1020)))
        if sent_at:
            unasked_at = clock.end_of(promised_on + timedelta(days=deliveries.DAYS_TO_COMPLAIN))
            by_buyer = self.lots.random() < 0.8
            hours = timedelta(hours=self.lots.randint(30, 100))
            accepted_at = self._if_past(sent_at + hours if by_buyer else unasked_at)
            accepted_by = AcceptedBy.BUYER if by_buyer else AcceptedBy.SYSTEM
        return {
            "number": f"{order['number']}{checkout.sub_order_letter(position)}",
            "cooperative_id": picks[0][0].cooperative_id,
            "cooperative_name": picks[0][0].cooperative_name,
            "goods_fen": _goods_fen(picks),
            "freight_fen": self._freight_fen(picks),
            "weight_g": _weight_g(picks),
            "promised_on": promised_on,
            "dispatched_at": sent_at,
            "arrived_at": accepted_at,
            "accepted_at": accepted_at,
            "accepted_by": accepted_by if accepted_at else None,
            "cancelled_at": cancelled_at,
            "freight_refunded_fen": self._freight_fen(picks) if cancelled_at else 0,
        }

    def _give_back(
        self,
        part_id: int,
        part: dict[str, Any],
        line_ids: list[int],
        picks: Picks,
        refund_id: int | None,
    ) -> None:
        """What the refund of a cancelled part is made of."""
        items = [
            (line_id, quantity, quantity * offer.price_fen)
            for line_id, (offer, quantity) in zip(line_ids, picks, strict=True)
        ]
        if part["freight_fen"]:
            items.append((None, 0, part["freight_fen"]))
        for line_id, quantity, amount_fen in items:
            self.bulk.add(
                RefundItem,
                refund_id=refund_id,
                sub_order_id=part_id,
                order_line_id=line_id,
                quantity=quantity,
                amount_fen=amount_fen,
            )

    def _hold(self, picks: Picks, number: str, buyer_id: int, at: datetime) -> None:
        """Set units aside; more is harvested where too few are left."""
        for offer, quantity in picks:
            variant_id = offer.variant_id
            if self.on_hand[variant_id] - self.held[variant_id] < quantity:
                harvest = HARVEST + quantity
                self.on_hand[variant_id] += harvest
                row = movement(MovementKind.RECEIVE, variant_id, harvest, at, offer.manager_id)
                self.bulk.add(StockMovement, **row | {"reason": "harvest"})
            self.held[variant_id] += quantity
            row = movement(MovementKind.HOLD, variant_id, quantity, at, buyer_id, number)
            self.bulk.add(StockMovement, **row)

    def _dispatch(
        self, part_id: int, part: dict[str, Any], line_ids: list[int], picks: Picks
    ) -> None:
        manager_id, sent_at = picks[0][0].manager_id, part["dispatched_at"]
        self._move(MovementKind.SELL, picks, part["number"], manager_id, sent_at)
        shipment_id = self.bulk.add(
            Shipment,
            sub_order_id=part_id,
            key=f"volume-{part_id}",
            sent_at=sent_at,
            sent_by_id=manager_id,
        )
        number = f"DEMO{part_id:08d}"
        self.bulk.add(Parcel, shipment_id=shipment_id, carrier="演示快递", tracking_number=number)
        for line_id, (_, quantity) in zip(line_ids, picks, strict=True):
            self.bulk.add(
                ShipmentLine, shipment_id=shipment_id, order_line_id=line_id, quantity=quantity
            )

    def _move(
        self, kind: MovementKind, picks: Picks, number: str, by_id: int | None, at: datetime
    ) -> None:
        for offer, quantity in picks:
            row = movement(kind, offer.variant_id, quantity, at, by_id, number)
            self._plan(at, StockMovement, row)

    def _plan(self, at: datetime, model: type[Base], row: dict[str, Any]) -> None:
        heapq.heappush(self._later, (at, next(self._turn), model, row))

    def _write_stock(self) -> None:
        statement = (
            update(Variant.__table__)
            .where(Variant.__table__.c.id == bindparam("variant_id"))
            .values(on_hand=bindparam("units_on_hand"), held=bindparam("units_held"))
        )
        rows = [
            {"variant_id": id_, "units_on_hand": on_hand, "units_held": self.held[id_]}
            for id_, on_hand in self.on_hand.items()
        ]
        if rows:
            self.bulk.session.execute(statement, rows)


def _read_homes(bulk: Bulk) -> list[dict[str, str]]:
    """Addresses as an order keeps them."""
    streets = dict(HOMES)
    towns = bulk.session.scalars(select(Town).where(Town.code.in_(streets)).order_by(Town.code))
    return [
        {
            "county_code": town.county_code,
            "county_name": town.county.name,
            "town_code": town.code,
            "town_name": town.name,
            "street": streets[town.code],
        }
        for town in towns
    ]


def _goods_fen(picks: Picks) -> int:
    return sum(offer.price_fen * quantity for offer, quantity in picks)


def _weight_g(picks: Picks) -> int:
    return sum(offer.net_weight_g * quantity for offer, quantity in picks)

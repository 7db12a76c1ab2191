"""A year of trade, lived through day by day with the services that real trade uses.

The clock is passed in; lots are drawn with a fixed seed, so that two shops opened on the same day
have the same past (apart from order numbers and what the payment sandbox names its intents).
"""

import heapq
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import select

from orders.cart.queries import Owner, get_quote
from orders.cart.services import add
from orders.checkout.services import Consent, close_order, place_order
from orders.deliveries.queries import find_destination
from orders.deliveries.services import accept, dispatch
from orders.payments.gateways.sandbox import Outcome, SandboxProvider
from orders.payments.handlers import connect, provider
from orders.payments.models import PaymentAttempt
from orders.payments.services import apply_intent
from orders.records.models import AcceptedBy, SubOrder
from orders.refunds.services.cancellations import cancel_order
from shop import clock, outbox
from shop.accounts.people.services import Delivery
from shop.db import db, transaction
from shop.demo.market import Ware, fill_up
from shop.demo.people import Buyer, People

ORDERS = 300
DAYS = 365
# How many of the orders are from the last days, so that every desk has something to do today,
# and of these, how many from the last hours buy from the cooperative whose sign-in is shown.
RECENT_ORDERS, RECENT_DAYS = 16, 4
FRESH_ORDERS, FRESH_HOURS = 4, 5
SEED = 20210601

# More is bought when litchi ripen and before the festivals.
MONTH_WEIGHTS = (9, 8, 5, 5, 9, 10, 6, 8, 9, 6, 7, 9)
# Of a hundred orders: paid late or never, called off; the others run their course.
UNPAID, CALLED_OFF = 5, 5
SHARE_OF_UNITS = 0.3

HOMES = (
    ("440402001", "演示路 1 号"),
    ("440402002", "演示路 22 号"),
    ("440402005", "演示街 8 号"),
    ("440402100", "演示大道 66 号"),
    ("440403107", "演示新村 3 栋"),
    ("440404100", "演示花园 5 座"),
)

Act = Callable[[datetime], None]


class History:
    """What has happened so far, and what is about to."""

    def __init__(self, people: People, wares: list[Ware], until: datetime) -> None:
        self.people = people
        self.wares = wares
        self.until = until
        self.lots = random.Random(SEED)
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._place = count()

    def live_through(self) -> None:
        """Place every order and let each run its course, up to now."""
        for number, at in enumerate(self._moments()):
            self._plan(at, self._order(number))
        day = None
        while self._agenda and self._agenda[0][0] <= self.until:
            at, _, act = heapq.heappop(self._agenda)
            if clock.day_of(at) != day:
                day = clock.day_of(at)
                outbox.deliver_due(at)
            act(at)
        outbox.deliver_due(self.until)

    def order_once(self, key: int, at: datetime) -> int:
        """One more order, of which nothing else happens by itself; its id."""
        buyer = self._draw_buyer()
        self._fill_basket(buyer, [], at)
        return self._place_order(buyer, ORDERS + key, at)

    def _plan(self, at: datetime, act: Act) -> None:
        heapq.heappush(self._agenda, (at, next(self._place), act))

    def _moments(self) -> Iterator[datetime]:
        """When orders are placed: by day, more of them in the good months."""
        today = clock.day_of(self.until)
        days = [today - timedelta(days=back) for back in range(DAYS, RECENT_DAYS, -1)]
        weights = [MONTH_WEIGHTS[day.month - 1] for day in days]
        for day in self.lots.choices(days, weights, k=ORDERS - RECENT_ORDERS):
            yield self._daytime(day)
        for _ in range(RECENT_ORDERS - FRESH_ORDERS):
            yield self.until - timedelta(hours=self.lots.uniform(FRESH_HOURS, RECENT_DAYS * 24))
        for _ in range(FRESH_ORDERS):
            yield self.until - timedelta(hours=self.lots.uniform(1, FRESH_HOURS))

    def _daytime(self, day: date) -> datetime:
        return clock.start_of(day) + timedelta(minutes=self.lots.randint(7 * 60, 22 * 60))

    def _order(self, number: int) -> Act:
        buyer = self._draw_buyer()
        is_fresh = number >= ORDERS - FRESH_ORDERS
        fate = 100 if is_fresh else self.lots.randrange(100)

        def act(at: datetime) -> None:
            self._fill_basket(buyer, self.wares[:1] if is_fresh else [], at)
            order_id = self._place_order(buyer, number, at)
            if fate < UNPAID:
                self._plan(at + timedelta(minutes=31), _closing(order_id))
            else:
                called_off = fate < UNPAID + CALLED_OFF
                later = timedelta(minutes=self.lots.randint(1, 20))
                self._plan(at + later, self._payment(order_id, buyer, called_off=called_off))

        return act

    def _draw_buyer(self) -> Buyer:
        wants_unit = self.lots.random() < SHARE_OF_UNITS
        return self.lots.choice([b for b in self.people.buyers if b.is_unit is wants_unit])

    def _fill_basket(self, buyer: Buyer, wanted: list[Ware], at: datetime) -> None:
        month = clock.day_of(at).month
        in_season = [w for w in self.wares if month in w.months and w not in wanted]
        # What is here for a short time is what people come for.
        appeal = [12 // len(ware.months) for ware in in_season]
        drawn = self.lots.choices(in_season, appeal, k=self.lots.choice((1, 1, 2, 3)))
        for ware in dict.fromkeys(wanted + drawn):
            quantity = self.lots.randint(12, 90) if buyer.is_unit else self.lots.randint(1, 3)
            fill_up(ware, quantity, at)
            with transaction():
                add(Owner(account_id=buyer.account_id), ware.variant_id, quantity, at=at)

    def _place_order(self, buyer: Buyer, number: int, at: datetime) -> int:
        town_code, street = HOMES[number % len(HOMES)]
        delivery = Delivery(
            recipient="演示收货人", phone="13800000000", town_code=town_code, street=street
        )
        with transaction():
            to = find_destination(town_code)
            quote = get_quote(Owner(account_id=buyer.account_id), to=to, at=at)
            order = place_order(
                buyer.account_id,
                f"demo-{number}",
                delivery,
                Consent(quote.fingerprint, perishables=True),
                for_unit=buyer.is_unit,
                at=at,
            )
            return order.id

    def _payment(self, order_id: int, buyer: Buyer, *, called_off: bool) -> Act:
        def act(at: datetime) -> None:
            pay(order_id, at)
            if called_off:
                later = timedelta(minutes=self.lots.randint(10, 90))
                self._plan(at + later, _calling_off(order_id, buyer))
                return
            for part in _parts(order_id):
                morning = clock.start_of(clock.day_of(at) + timedelta(days=1))
                sent = morning + timedelta(minutes=self.lots.randint(8 * 60, 17 * 60))
                self._plan(sent, self._dispatching(part.id, part.cooperative_id, buyer))

        return act

    def _dispatching(self, part_id: int, cooperative_id: int, buyer: Buyer) -> Act:
        managers = {s.cooperative_id: s.manager_id for s in self.people.sellers}

        def act(at: datetime) -> None:
            with transaction():
                part = dispatch(
                    part_id,
                    cooperative_id,
                    [("演示快递", f"DEMO{part_id:08d}")],
                    by=managers[cooperative_id],
                    at=at,
                )
                promised_on = part.promised_on
            if self.lots.random() < 0.8:
                hours = timedelta(hours=self.lots.randint(30, 100))
                self._plan(at + hours, _accepting(part_id, buyer.account_id))
            else:
                deadline = clock.end_of(promised_on + timedelta(days=7))
                self._plan(deadline, _accepting(part_id, None))

        return act


def pay(order_id: int, at: datetime) -> None:
    """Pay with the sandbox's test card; ask the sandbox what came of it."""
    sandbox = provider()
    assert isinstance(sandbox, SandboxProvider)
    query = select(PaymentAttempt).join(PaymentAttempt.payment).filter_by(order_id=order_id)
    attempt_id = db.session.scalars(query).one().id
    connect(attempt_id)
    intent_id = str(db.session.get_one(PaymentAttempt, attempt_id).intent_id)
    db.session.rollback()
    sandbox.choose(intent_id, Outcome.SUCCEED)
    intent = sandbox.get_intent(intent_id)
    with transaction():
        apply_intent(intent, at=at)


def _parts(order_id: int) -> list[SubOrder]:
    query = select(SubOrder).where(SubOrder.order_id == order_id).order_by(SubOrder.id)
    return list(db.session.scalars(query))


def _closing(order_id: int) -> Act:
    def act(at: datetime) -> None:
        with transaction():
            close_order(order_id, by=None, at=at)

    return act


def _calling_off(order_id: int, buyer: Buyer) -> Act:
    def act(at: datetime) -> None:
        with transaction():
            cancel_order(order_id, reason="买家取消", by=buyer.account_id, at=at)

    return act


def _accepting(part_id: int, account_id: int | None) -> Act:
    by = AcceptedBy.BUYER if account_id else AcceptedBy.SYSTEM

    def act(at: datetime) -> None:
        with transaction():
            accept(part_id, account_id=account_id, accepted_by=by, at=at)

    return act

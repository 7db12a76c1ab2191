"""The walk's own books: plain sums kept beside the shop, which share no code with it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

ZHUHAI = timezone(timedelta(hours=8))
# From this hour on the walk's pick-up point counts an order as the next day's.
CUT_OFF = 20


@dataclass
class Harvest:
    """One batch of a product: what it weighed, and what of it has left."""

    id: int
    code: str
    harvested_on: date
    quantity_g: int
    is_certified: bool
    allocated_g: int = 0
    recalled_at: datetime | None = None
    # Units by variant that came into the store with it.
    received: Counter[int] = field(default_factory=Counter)
    # Units of it by line.
    picks: Counter[int] = field(default_factory=Counter)

    @property
    def left_g(self) -> int:
        return self.quantity_g - self.allocated_g

    @property
    def may_leave(self) -> bool:
        return self.is_certified and self.recalled_at is None


@dataclass
class Shelf:
    """One variant in the store."""

    id: int
    cooperative: int
    price_fen: int
    product: int = 0
    weight_g: int = 0
    received: int = 0
    perishable: bool = False
    returned: int = 0
    sold: int = 0
    written_off: int = 0
    held: int = 0
    promised: int = 0
    # By how much each unit is cheaper from two on.
    cheaper_fen: int = 0
    # From when on, and how many, units of the coming harvest are sold in advance.
    harvest_on: date | None = None
    cap: int | None = None

    def unit_fen(self, units: int) -> int:
        """What each of so many units costs now."""
        return self.price_fen - (self.cheaper_fen if units > 1 else 0)

    @property
    def on_hand(self) -> int:
        return self.received + self.returned - self.sold - self.written_off

    @property
    def unheld(self) -> int:
        return self.on_hand - self.held

    @property
    def available(self) -> int:
        return self.unheld - self.promised

    def in_advance(self, today: date) -> int:
        """How many can be ordered of a harvest that is not in yet."""
        if self.harvest_on is None or self.cap is None or self.harvest_on <= today:
            return 0
        return self.cap - self.promised

    def most(self, today: date) -> int:
        """In one line: it comes from the store or from the harvest, never from both."""
        return max(self.available, self.in_advance(today))

    def set_aside(self, units: int, *, presold: bool) -> None:
        if presold:
            self.promised += units
        else:
            self.held += units


@dataclass
class Line:
    """A line of an order."""

    id: int
    shelf: Shelf
    quantity: int
    price_fen: int
    cancelled: int = 0
    sent: int = 0
    returned: int = 0
    refunded_fen: int = 0
    counted_fen: int = 0
    # From when on it is sent, if it was sold in advance.
    ships_on: date | None = None
    # When the last batch was called back of which it has units.
    recalled_at: datetime | None = None

    @property
    def waiting(self) -> int:
        return self.quantity - self.cancelled - self.sent

    @property
    def paid_fen(self) -> int:
        return self.quantity * self.price_fen

    @property
    def kept(self) -> int:
        """Units that the buyer has."""
        return self.sent - self.returned

    @property
    def kept_fen(self) -> int:
        """What was paid for what does not wait any more, and not given back."""
        return self.paid_fen - self.waiting * self.price_fen - self.refunded_fen


# So many units of a line from a harvest.
Pick = tuple[Line, Harvest, int]


@dataclass
class Pickup:
    """That a part is fetched at a point."""

    is_there: bool = False
    handed_over_at: datetime | None = None


@dataclass
class Complaint:
    """A claim that is open, about units of one line."""

    id: int
    line: Line
    units: int
    goods_fen: int
    freight_fen: int
    waits_for: str
    due_at: datetime
    last: str = "made"
    # What was offered last.
    offer_fen: int = 0
    offer_freight_fen: int = 0
    comes_back: bool = False

    def pass_to(self, side: str, last: str, due_at: datetime) -> None:
        self.waits_for, self.last, self.due_at = side, last, due_at


@dataclass
class Part:
    """What one cooperative sends."""

    id: int
    cooperative: int
    promised_on: date
    lines: list[Line]
    freight_fen: int
    freight_refunded_fen: int = 0
    is_accepted: bool = False
    sent_on: date | None = None
    arrived_at: datetime | None = None
    # None when it is brought to an address.
    pickup: Pickup | None = None
    complaint: Complaint | None = None
    accepted_at: datetime | None = None
    # When it was accepted, something of it was kept.
    was_worth_something: bool = False

    def may_accept_itself(self, now: datetime) -> bool:
        """What lies at a point does so only 48 hours after somebody has fetched it."""
        if self.pickup is None:
            return True
        fetched_at = self.pickup.handed_over_at
        return fetched_at is not None and fetched_at < now - timedelta(hours=48)

    def sent_from(self, day: date) -> date:
        """From which day on its days are counted, if it is ordered on this one."""
        return max([day, *(line.ships_on for line in self.lines if line.ships_on)])

    @property
    def is_sent(self) -> bool:
        """To the last unit that was not called off."""
        return not self.is_waiting and any(line.sent for line in self.lines)

    @property
    def is_waiting(self) -> bool:
        return any(line.waiting for line in self.lines)

    @property
    def is_begun(self) -> bool:
        return any(line.sent for line in self.lines)

    @property
    def is_untouched(self) -> bool:
        return not any(line.sent for line in self.lines)


@dataclass
class Attempt:
    """One try to pay, as the shop should know it."""

    id: int
    key: str
    intent_id: str | None = None
    state: str = "pending"
    received_fen: int = 0
    refunded_fen: int = 0
    # It brought the money that the order was waiting for.
    paid: bool = False
    method: str = "online"  # or transfer


@dataclass
class Order:
    """One checkout."""

    id: int
    number: str
    buyer: int
    parts: list[Part]
    total_fen: int
    placed_on: date
    expires_at: datetime
    attempts: list[Attempt]
    state: str = "waiting"  # or paid, or closed
    closed_by_buyer: bool = False
    # What a bank transfer says, if it was ordered so.
    code: str = ""

    @property
    def lines(self) -> list[Line]:
        return [line for part in self.parts for line in part.lines]

    @property
    def captured_fen(self) -> int:
        return sum(attempt.received_fen for attempt in self.attempts)

    @property
    def refunded_fen(self) -> int:
        return sum(attempt.refunded_fen for attempt in self.attempts)

    @property
    def open_attempt(self) -> Attempt | None:
        """The one online that the buyer can go on with."""
        online = [attempt for attempt in self.attempts if attempt.method == "online"]
        unfinished = [a for a in online if a.state in ("pending", "open")]
        return unfinished[-1] if unfinished else None


@dataclass
class Books:
    """All of it."""

    shelves: dict[int, Shelf] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    # By product.
    harvests: dict[int, list[Harvest]] = field(default_factory=dict)
    # By buyer: what is in the basket, units by variant in the order in which they were put in.
    baskets: dict[int, dict[int, int]] = field(default_factory=dict)

    def attempt_of(self, key: str) -> tuple[Order, Attempt] | None:
        for order in self.orders:
            for attempt in order.attempts:
                if attempt.key == key:
                    return order, attempt
        return None

    def attempt_by_id(self, id_: int) -> tuple[Order, Attempt]:
        pairs = ((order, each) for order in self.orders for each in order.attempts)
        return next((order, each) for order, each in pairs if each.id == id_)

    # ── The acts, as anybody would write them down on paper ─────────────────────────────────────

    def place(self, order: Order) -> None:
        for line in order.lines:
            line.shelf.set_aside(line.quantity, presold=line.ships_on is not None)
            self.baskets[order.buyer].pop(line.shelf.id)
        self.orders.append(order)

    def close(self, order: Order, *, by_buyer: bool) -> None:
        order.state, order.closed_by_buyer = "closed", by_buyer
        for line in order.lines:
            line.shelf.set_aside(-line.quantity, presold=line.ships_on is not None)

    def capture(self, order: Order, attempt: Attempt, fen: int, now: datetime) -> str:
        """Money came in; what it came to. What is more than was due goes back."""
        local = now.astimezone(ZHUHAI)
        attempt.state, attempt.received_fen = "succeeded", fen
        surplus_fen = fen - order.total_fen
        if order.state == "waiting":
            order.state, attempt.paid, attempt.refunded_fen = "paid", True, surplus_fen
            return "paid"
        has_expired = order.state == "closed" and not order.closed_by_buyer
        if has_expired and self._is_there(order, local.date()):
            self._open_again(order, local)
            attempt.paid, attempt.refunded_fen = True, surplus_fen
            return "paid late and honoured"
        attempt.refunded_fen = fen
        return "paid twice and given back" if order.state == "paid" else "paid late and given back"

    def _is_there(self, order: Order, today: date) -> bool:
        return all(
            line.quantity <= line.shelf.available
            or (
                line.ships_on is not None
                and line.ships_on == line.shelf.harvest_on
                and line.quantity <= line.shelf.in_advance(today)
            )
            for line in order.lines
        )

    def _open_again(self, order: Order, local: datetime) -> None:
        """As if it were placed now: the goods are held, and the days are counted anew. What was
        sold in advance and is in the store by now is sent from there."""
        today = local.date()
        order.state = "paid"
        before = {part.id: part.sent_from(order.placed_on) for part in order.parts}
        for line in order.lines:
            if line.quantity <= line.shelf.available:
                line.ships_on = None
            line.shelf.set_aside(line.quantity, presold=line.ships_on is not None)
        for part in order.parts:
            sent_from = part.sent_from(today)
            if part.pickup is None:
                part.promised_on += sent_from - before[part.id]
            else:
                is_late = sent_from == today and local.hour >= CUT_OFF
                part.promised_on = sent_from + timedelta(days=2 if is_late else 1)

    def cancel(self, order: Order, today: date) -> None:
        """Whatever waits goes back: the goods to the shelf, the money to the attempt that paid."""
        for part in order.parts:
            self.cancel_units(order, part, {line.id: line.waiting for line in part.lines}, today)

    def cancel_units(self, order: Order, part: Part, units: dict[int, int], today: date) -> None:
        """Freight goes back with the last unit of a part of which nothing was or will be sent."""
        if not any(units.values()):
            return
        back_fen = 0
        for line in part.lines:
            gone = units.get(line.id, 0)
            line.shelf.set_aside(-gone, presold=line.ships_on is not None)
            line.cancelled += gone
            line.refunded_fen += gone * line.price_fen
            back_fen += gone * line.price_fen
        if all(line.cancelled == line.quantity for line in part.lines):
            part.freight_refunded_fen = part.freight_fen
            back_fen += part.freight_fen
        self.paying_attempt(order).refunded_fen += back_fen
        self._settle(part, today)

    def waiting_for(self, shelf: Shelf, day: date | None) -> list[tuple[Order, Part, Line]]:
        """The lines of paid orders that wait for units from the store, or for those of a day, in
        the order in which they were placed."""
        return [
            (order, part, line)
            for order in self.orders
            for part in order.parts
            for line in part.lines
            if order.state == "paid" and line.shelf is shelf and line.ships_on == day
            if line.waiting
        ]

    def lose(self, shelf: Shelf, day: date | None, missing: int) -> dict[int, int]:
        """Units by line that go without when so many are missing: the last come loses first."""
        lost = {}
        for _, _, line in reversed(self.waiting_for(shelf, day)):
            lost[line.id] = min(line.waiting, missing)
            missing -= lost[line.id]
        return {line_id: units for line_id, units in lost.items() if units}

    def run_short(self, shelf: Shelf, day: date | None, missing: int, today: date) -> None:
        """What is missing is called off. Nothing that nobody ordered is left then, in the store or
        of that harvest."""
        lost = self.lose(shelf, day, missing)
        free = shelf.available
        for order, part, line in self.waiting_for(shelf, day):
            if line.id in lost:
                self.cancel_units(order, part, {line.id: lost[line.id]}, today)
        if day is None:
            shelf.written_off += missing + max(0, free)
            return
        shelf.written_off += max(0, shelf.available)
        if shelf.cap is not None:
            shelf.cap = shelf.promised if shelf.harvest_on == day else shelf.cap - missing

    def picks_for(self, part: Part, units: Mapping[int, int]) -> list[Pick] | None:
        """What leaves with which batch, the first harvested first; None where they are too few."""
        left = {each.id: each.left_g for found in self.harvests.values() for each in found}
        picks = []
        for line in part.lines:
            missing = units.get(line.id, 0)
            harvests = sorted(
                self.harvests[line.shelf.product], key=lambda each: (each.harvested_on, each.id)
            )
            for harvest in [each for each in harvests if each.may_leave]:
                taken = min(missing, left[harvest.id] // line.shelf.weight_g)
                if taken:
                    picks.append((line, harvest, taken))
                    left[harvest.id] -= taken * line.shelf.weight_g
                    missing -= taken
            if missing:
                return None
        return picks

    def ship(
        self, part: Part, units: dict[int, int], today: date, picks: list[Pick] | None = None
    ) -> None:
        """By themselves from the first harvested."""
        for line, harvest, taken in picks or self.picks_for(part, units) or []:
            harvest.allocated_g += taken * line.shelf.weight_g
            harvest.picks[line.id] += taken
        for line in part.lines:
            gone = units.get(line.id, 0)
            line.shelf.sold += gone
            line.shelf.set_aside(-gone, presold=line.ships_on is not None)
            if line.ships_on is not None and line.shelf.cap is not None:
                line.shelf.cap -= gone
            line.sent += gone
        self._settle(part, today)

    def _settle(self, part: Part, today: date) -> None:
        """It was sent on the day on which its last unit was sent, or called off."""
        if part.is_sent and part.sent_on is None:
            part.sent_on = today

    def call_back(self, product: int, harvest: Harvest, at: datetime) -> int:
        """Nothing more of it leaves, and what lies there of it for nobody is gone; how much."""
        harvest.recalled_at, left_g, gone = at, harvest.left_g, 0
        for shelf in self.shelves.values():
            if shelf.product == product:
                units = max(min(shelf.unheld, left_g // shelf.weight_g), 0)
                if harvest.received:
                    units = min(units, harvest.received[shelf.id])
                shelf.written_off += units
                left_g -= units * shelf.weight_g
                gone += units
        for order in self.orders:
            for line in order.lines:
                if harvest.picks[line.id]:
                    line.recalled_at = at
        return gone

    def orders_with(self, harvest: Harvest) -> list[Order]:
        """Whose buyers have to hear of it."""
        return [
            order for order in self.orders if any(harvest.picks[line.id] for line in order.lines)
        ]

    def give_back_for(
        self, order: Order, part: Part, line: Line, goods_fen: int, freight_fen: int, units: int
    ) -> None:
        """A claim was granted; so many units came back. What was counted as sold is taken off."""
        line.refunded_fen += goods_fen
        if part.is_accepted:
            line.counted_fen -= goods_fen
        part.freight_refunded_fen += freight_fen
        line.returned += units
        line.shelf.returned += units
        self.paying_attempt(order).refunded_fen += goods_fen + freight_fen

    def accept(self, part: Part, at: datetime) -> None:
        part.is_accepted, part.arrived_at = True, part.arrived_at or at
        for line in part.lines:
            line.counted_fen = line.paid_fen - line.refunded_fen
        part.accepted_at = at
        kept_fen = sum(line.counted_fen for line in part.lines)
        part.was_worth_something = kept_fen + part.freight_fen > part.freight_refunded_fen

    def paying_attempt(self, order: Order) -> Attempt:
        """The one whose money did not go straight back."""
        return next(each for each in order.attempts if each.paid)

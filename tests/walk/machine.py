"""A random walk over the services of the shop, beside books that anybody could keep on paper.

Each rule says beforehand what must come of it, does it, and writes it into the books. After each
step the database has to agree with the books, and with every invariant of `flask check`.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from catalog.batches.errors import BatchMissing
from catalog.stock import services as stock
from catalog.stock.errors import HarvestNotIn, OutOfStock
from orders.cart import services as cart
from orders.cart.errors import NotForSale
from orders.cart.queries import Owner, get_quote
from orders.checkout.errors import NothingToOrder, NotWaiting, QuoteChanged
from orders.checkout.handlers import expire_unpaid
from orders.checkout.services import Consent, close_order, place_order
from orders.claims import services as claims
from orders.claims.errors import ClaimOpen, NoReturn, NothingClaimed, TooLate
from orders.claims.models import Fault
from orders.claims.services import ClaimDraft
from orders.deliveries.errors import NotToBeAccepted, NotToBeSent, OtherThanWaits
from orders.deliveries.handlers import accept_unasked
from orders.deliveries.rules import MAINLAND
from orders.deliveries.services import accept, dispatch
from orders.intake.handlers import follow_ledger
from orders.payments.errors import NothingToPay
from orders.payments.gateways.port import ProviderEvent
from orders.payments.handlers import apply_waiting_events, connect, reconcile
from orders.payments.models import Payment
from orders.payments.services import apply_event, start_attempt, store_event
from orders.pickups.queries import destination_of, get_point
from orders.records.models import AcceptedBy, SubOrder
from orders.records.models import Order as PlacedOrder
from orders.refunds.errors import AlreadySent, NothingChosen
from orders.refunds.errors import NotWaiting as FewerWait
from orders.refunds.handlers import ask_about_accepted
from orders.refunds.models import Side
from orders.refunds.services.cancellations import cancel_order, cancel_units
from orders.refunds.services.moves import send_again
from orders.rollups.handlers import move_watermark
from orders.shortages.errors import MoreThanWaits, PlanChanged
from orders.shortages.models import Cause
from orders.shortages.queries import Goods, get_plan
from orders.shortages.services import Report, report_shortage
from shop.clock import day_of
from shop.db import db, transaction
from shop.errors import DomainError
from shop.outbox import deliver_due
from tests.factories.catalog import NOW
from tests.factories.orders import make_delivery
from tests.walk.books import Attempt, Line, Order, Part, Shelf
from tests.walk.stage import Stage
from tests.walk.till import Mood

# Which of several things a step is about: 0 is the latest.
which = st.integers(0, 19)
few = st.integers(1, 3)
ways_to_report = ["once", "once", "twice", "stale"]
ends = st.sampled_from(["agreed", "decided", "withdrawn", "returned", "returned"])

STOCK = (
    "SELECT id, on_hand, held, promised, presale_cap, CAST(presale_ships_on AS text), price_fen"
    " FROM variant ORDER BY id"
)
ORDERS = (
    "SELECT o.id, o.paid_at IS NOT NULL, o.closed_at IS NOT NULL, p.captured_fen, p.refunded_fen"
    " FROM purchase_order o JOIN payment p ON p.order_id = o.id ORDER BY o.id"
)
LINES = (
    "SELECT l.id, l.cancelled_quantity, l.dispatched_quantity, l.refunded_fen,"
    " coalesce((SELECT sum(net_fen) FROM sales_entry e WHERE e.order_line_id = l.id), 0),"
    " CAST(l.ships_on AS text)"
    " FROM order_line l"
)
ATTEMPTS = "SELECT id, state, received_fen, refunded_fen FROM payment_attempt"
MOVED = (
    "SELECT a.intent_id, sum(r.amount_fen), sum(CASE WHEN r.moved_at IS NULL THEN 0"
    " ELSE r.amount_fen END) FROM refund r JOIN payment_attempt a ON a.id = r.attempt_id"
    " WHERE a.method = 'online' GROUP BY a.intent_id"
)
DOUBTFUL = (
    "SELECT id FROM payment_attempt WHERE check_due_at <= '{}' ORDER BY check_due_at, id LIMIT 100"
)
GIVEN_UP = "SELECT r.id FROM refund r WHERE r.moved_at IS NULL ORDER BY r.id"


def moment(at: datetime) -> str:
    """As both engines compare it."""
    return f"{at.replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}"


class Fact(NamedTuple):
    """What a checkout page says about a line."""

    shelf_id: int
    units: int
    price_fen: int
    ships_on: date | None
    # From when on the days of its part are counted.
    sent_from: date


@dataclass
class Look:
    """A checkout page that a buyer has open."""

    key: str
    fingerprint: str
    facts: list[Fact]
    # Where the goods will be fetched, if they are not brought.
    point_id: int | None = None
    became: Order | None = None


class Walk(RuleBasedStateMachine):
    """One walk. Use a subclass that has a stage."""

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.books, self.till = self.stage.begin()
        self.buyers = self.stage.residents + self.stage.members
        self.books.baskets = {buyer: {} for buyer in self.buyers}
        self.now = NOW
        self.looks: dict[int, Look] = {}
        # Events that the provider has sent at least once, and what came of those that arrived.
        self.bag: list[bytes] = []
        self.outcomes: dict[str, str] = {}
        self.pages = 0
        self.steps = -1

    @initialize(stages=st.lists(st.tuples(which, which, st.integers(0, 3)), min_size=2, max_size=4))
    def find_a_shop_at_work(self, stages: list[tuple[int, int, int]]) -> None:
        """Some orders are there already: waiting, paid, sent or accepted."""
        for who, what, stage in stages:
            self.buy(who, what, what + 1, 2, for_unit=True)
            steps = [self.pay, self.ship, self.confirm]
            for step in steps[:stage] if self.books.orders else []:
                step(0)

    # ── Stock ───────────────────────────────────────────────────────────────────────────────────

    @rule(at=which, units=few)
    def harvest(self, at: int, units: int) -> None:
        shelf = self.pick(self.books.shelves.values(), at)
        self.act(stock.receive, shelf.id, units, by=None, at=self.now)
        shelf.received += units

    @rule(at=which, units=few)
    def throw_away(self, at: int, units: int) -> None:
        shelf = self.pick(self.books.shelves.values(), at)
        given = {"by": None, "at": self.now, "reason": "rotten"}
        if units > shelf.unheld:
            self.refused(OutOfStock, stock.write_off, shelf.id, units, **given)
        else:
            self.act(stock.write_off, shelf.id, units, **given)
            shelf.written_off += units
            self.note("written off")

    @rule(at=which, found=st.integers(0, 6))
    def count(self, at: int, found: int) -> None:
        shelf = self.pick(self.books.shelves.values(), at)
        by = self.stage.managers[shelf.cooperative]
        self.act(stock.set_available, shelf.id, found, by=by, at=self.now)
        difference = found - shelf.unheld
        shelf.received += max(difference, 0)
        shelf.written_off += max(-difference, 0)

    # ── Basket and checkout ─────────────────────────────────────────────────────────────────────

    @rule(who=which, what=which, units=few)
    def fill_basket(self, who: int, what: int, units: int) -> None:
        buyer = self.pick(self.buyers, who)
        shelf = self.pick(self.books.shelves.values(), what)
        self._put_in(buyer, shelf, units)

    def _put_in(self, buyer: int, shelf: Shelf, units: int) -> None:
        basket = self.books.baskets[buyer]
        wanted = basket.get(shelf.id, 0) + units
        put_in = (Owner(account_id=buyer), shelf.id, units)
        if wanted > shelf.most(self.today):
            self.refused(NotForSale, cart.add, *put_in, at=self.now)
        else:
            self.act(cart.add, *put_in, at=self.now)
            basket[shelf.id] = wanted

    @rule(who=which)
    def look_at_checkout(self, who: int) -> None:
        """The page stays open; somebody else may be faster."""
        self._look(self.pick(self.buyers, who))

    def _look(self, buyer: int, point_id: int | None = None) -> None:
        with self.stage.app.app_context():
            to = MAINLAND if point_id is None else destination_of(get_point(point_id))
            quote = get_quote(Owner(account_id=buyer), to=to, at=self.now)
        self.pages += 1
        key = f"one-time-key-of-page-{self.pages:04d}"
        self.looks[buyer] = Look(key, quote.fingerprint, self.facts(buyer), point_id)

    @precondition(lambda self: self.looks)
    @rule(who=which, for_unit=st.booleans())
    def press_order(self, who: int, for_unit: bool) -> None:
        """Press the button of a page that was opened some steps ago, perhaps once more."""
        self._press(self.pick(self.looks, who), for_unit=for_unit)

    @rule(who=which, what=which, for_unit=st.booleans())
    def press_after_another_tab(self, who: int, what: int, for_unit: bool) -> None:
        """The basket gets fuller in a second tab while the first shows the checkout."""
        buyer = self.pick(self.buyers, who)
        self._look(buyer)
        self._put_in(buyer, self.pick(self.books.shelves.values(), what), 1)
        self._press(buyer, for_unit=for_unit)

    def _press(self, buyer: int, *, for_unit: bool) -> None:
        look = self.looks[buyer]
        given = self._form(buyer, look, for_unit)
        if look.became is not None:
            assert self.act(lambda: place_order(*given[0], **given[1]).id) == look.became.id
            self.note("pressed twice")
        elif look.facts != self.facts(buyer):
            self.refused(QuoteChanged, place_order, *given[0], **given[1])
        elif not look.facts:
            self.refused(NothingToOrder, place_order, *given[0], **given[1])
        else:
            self._place(buyer, look, given)

    @precondition(lambda self: any(s.available > 0 for s in self.books.shelves.values()))
    @rule(who=which, what=which, second=which, units=few, for_unit=st.booleans())
    def buy(self, who: int, what: int, second: int, units: int, for_unit: bool) -> None:
        """Fill, look, press: all at once, as most people do."""
        buyer = self.pick(self.buyers, who)
        full = [shelf for shelf in self.books.shelves.values() if shelf.available > 0]
        for shelf in {s.id: s for s in (self.pick(full, what), self.pick(full, second))}.values():
            room = shelf.available - self.books.baskets[buyer].get(shelf.id, 0)
            self._put_in(buyer, shelf, max(1, min(units, room)))
        self._look(buyer)
        if self.looks[buyer].facts:
            look = self.looks[buyer]
            self._place(buyer, look, self._form(buyer, look, for_unit))

    @precondition(lambda self: self.orders("waiting"))
    @rule(at=which)
    def call_off(self, at: int) -> None:
        order = self.pick(self.orders("waiting"), at)
        self.act(close_order, order.id, by=order.buyer, at=self.now)
        self.books.close(order, by_buyer=True)
        self.note("called off")

    @rule()
    def expire(self) -> None:
        over = [order for order in self.orders("waiting") if order.expires_at <= self.now]
        with self.stage.app.app_context():
            assert expire_unpaid(self.now) == len(over)
        for order in over:
            self.books.close(order, by_buyer=False)
            self.note("expired")

    # ── Payment ─────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.orders("waiting"))
    @rule(at=which)
    def pay(self, at: int) -> None:
        """The card is charged and the event arrives at once."""
        order = self.pick(self.orders("waiting"), at)
        attempt = order.open_attempt
        if attempt is None or attempt.intent_id is None:
            self._try_again(order)
        elif attempt in self.payable(order):
            self._deliver(self._send(self.till.succeed(attempt.intent_id)))

    @precondition(lambda self: self.payable(*self.orders("waiting", "paid", "closed")))
    @rule(at=which)
    def charge(self, at: int) -> None:
        """The card is charged, whatever became of the order; the event is on its way."""
        attempt = self.pick(self.payable(*self.orders("waiting", "paid", "closed")), at)
        self._send(self.till.succeed(attempt.intent_id or ""))

    @precondition(lambda self: self.payable(*self.orders("waiting", "paid", "closed")))
    @rule(at=which, wrong=st.sampled_from([{"short_fen": 1}, {"currency": "usd"}]))
    def charge_wrongly(self, at: int, wrong: dict[str, Any]) -> None:
        attempt = self.pick(self.payable(*self.orders("waiting", "paid", "closed")), at)
        self._send(self.till.succeed(attempt.intent_id or "", **wrong))

    @precondition(lambda self: self.payable(*self.orders("waiting", "paid", "closed")))
    @rule(at=which)
    def decline(self, at: int) -> None:
        attempt = self.pick(self.payable(*self.orders("waiting", "paid", "closed")), at)
        self._deliver(self._send(self.till.decline(attempt.intent_id or "")))

    @precondition(lambda self: self.payable(*self.orders("waiting", "closed")))
    @rule(at=which)
    def pay_late(self, at: int) -> None:
        """The page stays open until the order has expired, or was called off."""
        attempt = self.pick(self.payable(*self.orders("waiting", "closed")), at)
        self.now += timedelta(minutes=31)
        self.expire()
        self._deliver(self._send(self.till.succeed(attempt.intent_id or "")))

    @precondition(lambda self: self.payable(*self.orders("waiting")))
    @rule(at=which)
    def pay_twice(self, at: int) -> None:
        """A card is declined, another pays in a second tab, and then the first one does too."""
        first = self.pick(self.payable(*self.orders("waiting")), at)
        order = next(order for order in self.orders("waiting") if first in order.attempts)
        self._deliver(self._send(self.till.decline(first.intent_id or "")))
        self._try_again(order)
        second = order.open_attempt
        if second in self.payable(order) and second is not first:
            self._deliver(self._send(self.till.succeed(second.intent_id or "")))
        self._deliver(self._send(self.till.succeed(first.intent_id or "")))

    @precondition(lambda self: self.bag)
    @rule(at=which)
    def deliver_event(self, at: int) -> None:
        """Any event, for the first time or once more, before or after others."""
        self._deliver(self.pick(self.bag, at))

    @precondition(lambda self: self.orders("waiting", "paid", "closed"))
    @rule(at=which)
    def try_to_pay_again(self, at: int) -> None:
        order = self.pick(self.orders("waiting", "paid", "closed"), at)
        if order.state == "waiting":
            self._try_again(order)
        else:
            payment_id = self._payment_id(order)
            self.refused(NothingToPay, start_attempt, payment_id, at=self.now)

    # ── After payment ───────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.cancellable())
    @rule(at=which)
    def cancel(self, at: int) -> None:
        order = self.pick(self.cancellable(), at)
        self.act(cancel_order, order.id, **self._by_its_buyer(order))
        self.books.cancel(order, day_of(self.now))
        self.note("cancelled")

    @precondition(lambda self: self.sendable())
    @rule(at=which, first=st.integers(0, 2), others=st.integers(0, 2), side=st.sampled_from(Side))
    def cancel_units(self, at: int, first: int, others: int, side: Side) -> None:
        """So many units of the first line, and so many of each other one; 0 and 0 is all."""
        order, part = self.pick(self.sendable(), at)
        units = {line.id: first if line is part.lines[0] else others for line in part.lines}
        asked = units if first or others else None

        def run() -> None:
            row = db.session.get_one(SubOrder, part.id)
            cancel_units(row, asked, side=side, reason="too many", by=order.buyer, at=self.now)

        if asked is None:
            units = {line.id: line.waiting for line in part.lines}
        if any(units[line.id] > line.waiting for line in part.lines):
            self.refused(FewerWait, run)
        elif not any(units.values()):
            self.refused(NothingChosen, run)
        else:
            self.act(run)
            self.books.cancel_units(order, part, units, day_of(self.now))
            self.note("cancelled by unit")

    @precondition(lambda self: self.sendable())
    @rule(at=which, which_line=which, units=st.integers(1, 5), how=st.sampled_from(ways_to_report))
    def run_short(self, at: int, which_line: int, units: int, how: str) -> None:
        """Goods that people have paid for are not there."""
        _, part = self.pick(self.sendable(), at)
        line = self.pick([line for line in part.lines if line.waiting], which_line)
        shelf, day = line.shelf, line.ships_on
        goods = Goods(shelf.cooperative, shelf.id, day)
        lost = self.books.lose(shelf, day, units)
        if sum(lost.values()) < units:
            self.refused(MoreThanWaits, get_plan, goods, units)
            units = sum(lost.values())
        plan = self.act(get_plan, goods, units)
        assert {loss.line_id: loss.units for loss in plan.losses} == lost
        self.pages += 1
        key = f"one-time-key-of-report-{self.pages:04d}"
        by = self.stage.managers[shelf.cooperative]
        given = (Report(goods, units, Cause.SPOILED, "", "rotten"),)
        seen = {"key": key, "by": by, "at": self.now, "seen": plan.fingerprint}
        if how == "stale":
            self.refused(PlanChanged, report_shortage, *given, **seen | {"seen": "other people"})
            return
        before = sum(order.refunded_fen for order in self.books.orders)
        shortage_id = self.act(lambda: report_shortage(*given, **seen).id)
        self.books.run_short(shelf, day, units, day_of(self.now))
        after = sum(order.refunded_fen for order in self.books.orders)
        assert after - before == plan.refund_fen
        if how == "twice":
            assert self.act(lambda: report_shortage(*given, **seen).id) == shortage_id
        self.note("ran short" if day is None else "ran short of a harvest")
        if len(lost) > 1:
            self.note("ran short for several orders")

    @precondition(lambda self: self.sendable())
    @rule(at=which)
    def ship(self, at: int) -> None:
        _, part = self.pick(self.sendable(), at)
        waiting = {line.id: line.waiting for line in part.lines}
        given = (dispatch, *self._parcel(part))
        if refusal := self._first_refusal(part, waiting):
            self.refused(refusal, *given, **self._by_its_manager(part))
            return
        self.act(*given, **self._by_its_manager(part))
        self.books.ship(part, waiting, day_of(self.now))
        self.note("shipped")
        if any(line.ships_on and waiting[line.id] for line in part.lines):
            self.note("shipped from the harvest")

    @precondition(lambda self: self.sendable())
    @rule(at=which, first=st.integers(0, 2), others=st.integers(0, 2))
    def ship_some(self, at: int, first: int, others: int) -> None:
        """A first parcel; the rest comes later, or never."""
        _, part = self.pick(self.sendable(), at)
        units = {line.id: first if line is part.lines[0] else others for line in part.lines}
        given = (*self._parcel(part), units)
        if not any(units.values()):
            self.refused(NotToBeSent, dispatch, *given, **self._by_its_manager(part))
        elif refusal := self._first_refusal(part, units):
            self.refused(refusal, dispatch, *given, **self._by_its_manager(part))
        else:
            self.act(dispatch, *given, **self._by_its_manager(part))
            self.books.ship(part, units, day_of(self.now))
            self.note("shipped in part")

    def _first_refusal(self, part: Part, units: dict[int, int]) -> type[Exception] | None:
        """Why they can't be sent: the shop looks at what waits of every line before it looks for
        batches, and then into the store."""
        if any(units[line.id] > line.waiting for line in part.lines):
            return OtherThanWaits
        if self.books.picks_for(part, units) is None:
            return BatchMissing
        presold = [line for line in part.lines if line.ships_on is not None]
        if any(units[line.id] > line.shelf.unheld for line in presold):
            return HarvestNotIn
        return None

    @precondition(lambda self: any(part.is_begun for _, part in self.paid_parts()))
    @rule(at=which, which_line=which, units=few, quarters=st.integers(0, 4), end=ends)
    def claim(self, at: int, which_line: int, units: int, quarters: int, end: str) -> None:
        """Something is wrong with it: from the claim to its end, for so many quarters of what it
        is worth."""
        order, part = self.pick([both for both in self.paid_parts() if both[1].is_begun], at)
        line = self.pick(part.lines, which_line)
        claim_id = self.open_claim(order, part, line, units)
        if claim_id is not None:
            self._end_claim(claim_id, order, part, line, units, quarters, end)

    def open_claim(self, order: Order, part: Part, line: Line, units: int) -> int | None:
        """Claim units of a line; the claim, if it can be made."""
        draft = ClaimDraft({line.id: units}, Fault.SPOILED, "rotten")
        opening = {"by": order.buyer, "at": self.now}
        refusal: type[Exception] | None = None
        if part.complaint is not None:
            refusal = ClaimOpen
        elif not (open_lines := self._open_lines(part)):
            refusal = TooLate
        elif line not in open_lines or line.kept < units:
            refusal = NothingClaimed
        if refusal is not None:
            self.refused(refusal, claims.open_claim, part.id, draft, **opening)
            return None
        may_accept = (order, part) in self.acceptable()
        claim_id: int = self.act(lambda: claims.open_claim(part.id, draft, **opening).id)
        if may_accept:
            self.refused(NotToBeAccepted, accept, part.id, **self._had_by(order.buyer))
        return claim_id

    def _open_lines(self, part: Part) -> list[Line]:
        """What can be claimed: for 48 hours, and for a month what was called back."""
        is_late = part.arrived_at and self.now > part.arrived_at + timedelta(hours=48)
        return [
            line
            for line in part.lines
            if line.kept and line.kept_fen > 0 and (not is_late or self._is_called_back(line))
        ]

    def _is_called_back(self, line: Line) -> bool:
        return line.recalled_at is not None and self.now <= line.recalled_at + timedelta(days=30)

    def worth_of(self, part: Part, line: Line, units: int) -> tuple[int, int]:
        """What so many units of a line are worth at most, and the freight that goes with all."""
        whole = all(
            each.quantity - each.cancelled == (units if each is line else 0) for each in part.lines
        )
        freight_fen = part.freight_fen - part.freight_refunded_fen if whole else 0
        return min(units * line.price_fen, line.kept_fen), freight_fen

    def _end_claim(
        self,
        claim_id: int,
        order: Order,
        part: Part,
        line: Line,
        units: int,
        quarters: int,
        end: str,
    ) -> None:
        worth_fen, freight_fen = self.worth_of(part, line, units)
        fen = worth_fen * quarters // 4
        freight_fen = freight_fen if quarters == 4 else 0
        manager, buyer = self.stage.managers[part.cooperative], order.buyer
        comes_back = end == "returned" and fen > 0
        answer = claims.Answer(fen, "sorry", with_return=comes_back)
        if comes_back and line.shelf.perishable:
            self.refused(NoReturn, claims.answer, claim_id, answer, by=manager, at=self.now)
            end = "withdrawn"
        else:
            self.act(claims.answer, claim_id, answer, by=manager, at=self.now)
        if end == "decided":
            self.act(claims.escalate, claim_id, "no", by=buyer, at=self.now)
            by = self.stage.finance[0]
            self.act(claims.decide, claim_id, claims.Answer(fen), by=by, at=self.now)
        elif end == "withdrawn" or not fen:
            self.act(claims.withdraw, claim_id, by=buyer, at=self.now)
            fen = freight_fen = 0
        else:
            self.act(claims.agree, claim_id, by=buyer, at=self.now)
            if comes_back:
                self.act(claims.confirm_return, claim_id, by=manager, at=self.now)
        if fen:
            back = units if comes_back else 0
            self.give_money_back(order, part, line, fen, freight_fen, back)
            self.note("claim granted, goods back" if comes_back else "claim granted")

    def give_money_back(self, order: Order, part: Part, *given: Any) -> None:
        """What came of a claim, or of somebody's goodwill."""
        self.books.give_back_for(order, part, *given)

    @precondition(lambda self: self.acceptable())
    @rule(at=which)
    def confirm(self, at: int) -> None:
        order, part = self.pick(self.acceptable(), at)
        self.act(accept, part.id, **self._had_by(order.buyer))
        self.books.accept(part, self.now)
        self.note("accepted")

    @precondition(lambda self: self.books.orders)
    @rule(at=which, what=st.integers(0, 4))
    def come_too_late_or_too_soon(self, at: int, what: int) -> None:
        """Ask for what can't be any more, or not yet: it is refused, and nothing changes."""
        order = self.pick(self.books.orders, at)
        part = self.pick(order.parts, what)
        if what == 0 and order.state != "waiting":
            self.refused(NotWaiting, close_order, order.id, by=order.buyer, at=self.now)
        elif what == 1 and order not in self.cancellable():
            self.refused(AlreadySent, cancel_order, order.id, **self._by_its_buyer(order))
        elif what == 2 and (order, part) not in self.sendable():
            given = self._by_its_manager(part)
            self.refused(NotToBeSent, dispatch, *self._parcel(part), **given)
        elif what == 3 and (order, part) not in self.acceptable():
            self.refused(NotToBeAccepted, accept, part.id, **self._had_by(order.buyer))
        elif what == 4:
            stranger = next(buyer for buyer in self.buyers if buyer != order.buyer)
            self.refused(NotToBeAccepted, accept, part.id, **self._had_by(stranger))

    @rule(days=st.sampled_from([0, 10]))
    def accept_by_itself(self, days: int) -> None:
        self.now += timedelta(days=days)
        last = day_of(self.now) - timedelta(days=7)
        waiting = [
            part
            for _, part in self.acceptable()
            if part.promised_on < last
            and part.sent_on
            and part.sent_on < last
            and part.may_accept_itself(self.now)
        ]
        with self.stage.app.app_context():
            assert accept_unasked(self.now) == len(waiting)
        for part in waiting:
            self.books.accept(part, self.now)
            self.note("accepted by itself")

    # ── Time, and the world outside ─────────────────────────────────────────────────────────────

    @rule(minutes=st.sampled_from([1, 31, 6 * 60, 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        with self.stage.app.app_context():
            move_watermark(self.now)
            follow_ledger(self.now)

    @rule(mood=st.sampled_from([*Mood, Mood.WELL]))
    def send_what_waits(self, mood: Mood) -> None:
        """Letters, and refunds to a provider that is well or not."""
        self.stage.leave_no_news_for_search()
        self.till.mood = mood
        with self.stage.app.app_context():
            deliver_due(self.now)
        self.till.mood = Mood.WELL

    @precondition(lambda self: self.till.refunds)
    @rule(at=which, status=st.sampled_from(["succeeded", "failed"]))
    def end_refund(self, at: int, status: str) -> None:
        """The bank took the money, or sends it back, even after it had taken it."""
        refund = self.pick(self.till.refunds, at)
        if refund.status != "failed":
            self._send(self.till.end_refund(refund, status))
            self.note(f"refund {status} at the bank")

    @rule(mood=st.sampled_from([Mood.WELL, Mood.WELL, Mood.DEAF]))
    def reconcile(self, mood: Mood) -> None:
        """Ask the provider about all payments in doubt, whose events may never come."""
        self.till.mood = mood
        doubtful = [id_ for (id_,) in self.stage.ask(DOUBTFUL.format(moment(self.now)))]
        with self.stage.app.app_context():
            reconcile(self.now)
            apply_waiting_events(self.now)
        self.till.mood = Mood.WELL
        for id_ in doubtful if mood is Mood.WELL else []:
            self._reconcile(*self.books.attempt_by_id(id_))

    def _reconcile(self, order: Order, attempt: Attempt) -> None:
        before = order.state
        if attempt.intent_id is None:
            self._learn_intent(attempt)
            if attempt.intent_id is None and attempt.state == "pending":
                attempt.state = "failed"
        else:
            self._apply(self.till.get_intent(attempt.intent_id))
        if order.state != before:
            self.note("paid by asking")

    # ── What must hold ──────────────────────────────────────────────────────────────────────────

    @invariant()
    def all_agree(self) -> None:
        self.steps += 1
        if self.steps:
            self.note("steps")
        self.now += timedelta(minutes=1)
        self._compare(self.stage.ask)
        assert self.stage.list_broken() == []

    def _compare(self, ask: Any) -> None:
        books = self.books
        assert ask(STOCK) == [self._stock_row(shelf) for shelf in books.shelves.values()]
        assert ask(ORDERS) == [self._order_row(order) for order in books.orders]
        assert sorted(ask(LINES)) == sorted(
            self._line_row(line) for order in books.orders for line in order.lines
        )
        assert sorted(ask(ATTEMPTS)) == sorted(
            (attempt.id, attempt.state, attempt.received_fen, attempt.refunded_fen)
            for order in books.orders
            for attempt in order.attempts
        )
        for intent_id, granted_fen, moved_fen in ask(MOVED):
            assert moved_fen <= granted_fen
            at_provider = self.till.intents[intent_id].refunded_fen
            assert at_provider <= granted_fen, "money moved that nobody granted"

    def teardown(self) -> None:
        """In the end everything that was promised has gone out, to the fen and once."""
        super().teardown()
        if self.steps < 0:
            return
        self.stage.leave_no_news_for_search()
        for refund in self.till.refunds:
            if refund.status == "pending":
                self._send(self.till.end_refund(refund, "succeeded"))
        for payload in self.bag:
            if self.till.receive(payload).refunds:
                self._deliver(payload)
        for (refund_id,) in self.stage.ask(GIVEN_UP):
            with suppress(DomainError):
                self.act(send_again, refund_id, by=self.stage.finance[0], at=self.now)
        with self.stage.app.app_context():
            deliver_due(self.now + timedelta(days=30))
            ask_about_accepted(self.now + timedelta(days=30))
        for intent_id, granted_fen, moved_fen in self.stage.ask(MOVED):
            assert granted_fen == moved_fen == self.till.intents[intent_id].refunded_fen
            self.note("refunded to the end")
        assert set(self.stage.mail.sent.values()) <= {1}, "a letter was sent twice"
        assert self.stage.list_broken(anew=True) == []

    # ── How the rules do it ─────────────────────────────────────────────────────────────────────

    def act(self, service: Any, *args: Any, **kwargs: Any) -> Any:
        return self.stage.act(service, *args, **kwargs)

    def refused(self, error: type[Exception], service: Any, *args: Any, **kwargs: Any) -> None:
        with pytest.raises(error):
            self.stage.act(service, *args, **kwargs)
        self.note(error.__name__)

    def note(self, what: str) -> None:
        self.stage.tally[what] += 1

    def pick(self, things: Any, at: int) -> Any:
        things = list(things)
        return things[-1 - at % len(things)]

    def orders(self, *states: str) -> list[Order]:
        return [order for order in self.books.orders if order.state in states]

    def cancellable(self) -> list[Order]:
        return [
            order
            for order in self.orders("paid")
            if all(part.is_untouched for part in order.parts)
            and any(part.is_waiting for part in order.parts)
        ]

    def paid_parts(self) -> list[tuple[Order, Part]]:
        return [(order, part) for order in self.orders("paid") for part in order.parts]

    def sendable(self) -> list[tuple[Order, Part]]:
        return [(order, part) for order, part in self.paid_parts() if part.is_waiting]

    def acceptable(self) -> list[tuple[Order, Part]]:
        parts = self.paid_parts()
        return [
            (order, part)
            for order, part in parts
            if part.is_sent and not part.is_accepted and part.complaint is None
        ]

    def payable(self, *orders: Order) -> list[Attempt]:
        """Attempts whose payment page somebody may still have open."""
        return [
            attempt
            for order in orders
            for attempt in order.attempts
            if attempt.intent_id and self.till.intents[attempt.intent_id].is_payable
        ]

    @property
    def today(self) -> date:
        return day_of(self.now)

    def facts(self, buyer: int) -> list[Fact]:
        """What of a basket can be bought now."""
        inside = [(self.books.shelves[id_], n) for id_, n in self.books.baskets[buyer].items()]
        lines = [
            (shelf, units, shelf.harvest_on if units > shelf.available else None)
            for shelf, units in sorted(inside, key=lambda each: each[0].id)
            if units <= shelf.most(self.today)
        ]
        from_: dict[int, date] = {}
        for shelf, _, day in lines:
            from_[shelf.cooperative] = max(
                from_.get(shelf.cooperative, self.today), day or self.today
            )
        return [Fact(s.id, n, s.unit_fen(n), day, from_[s.cooperative]) for s, n, day in lines]

    def _by_its_buyer(self, order: Order) -> dict[str, Any]:
        return {"reason": "changed my mind", "by": order.buyer, "at": self.now}

    def _by_its_manager(self, part: Part) -> dict[str, Any]:
        return {"by": self.stage.managers[part.cooperative], "at": self.now}

    def _parcel(self, part: Part) -> tuple[Any, ...]:
        return (part.id, part.cooperative, [("顺丰速运", f"SF{part.id:010d}")])

    def _had_by(self, account_id: int) -> dict[str, Any]:
        return {"account_id": account_id, "accepted_by": AcceptedBy.BUYER, "at": self.now}

    def _form(self, buyer: int, look: Look, for_unit: bool) -> tuple[Any, Any]:
        given = (buyer, look.key, make_delivery(), Consent(look.fingerprint, perishables=True))
        return given, {
            "for_unit": for_unit and buyer in self.stage.members,
            "at": self.now,
            "point_id": look.point_id,
        }

    def _place(self, buyer: int, look: Look, given: tuple[Any, Any]) -> None:
        def run() -> Order:
            return self._written(
                db.session.get_one(PlacedOrder, place_order(*given[0], **given[1]).id)
            )

        order = look.became = self.act(run)
        assert sorted(
            (line.shelf.id, line.quantity, line.price_fen, line.ships_on) for line in order.lines
        ) == [fact[:4] for fact in look.facts]
        goods_fen = sum(fact.units * fact.price_fen for fact in look.facts)
        assert order.total_fen == goods_fen + sum(part.freight_fen for part in order.parts)
        self.books.place(order)
        self.note("placed")
        if len(order.parts) > 1:
            self.note("placed with two cooperatives")
        if not order.code:
            self._connect(order, order.attempts[0])

    def _written(self, placed: PlacedOrder) -> Order:
        """An order as it goes into the books on the day it is placed."""
        parts = [
            Part(
                part.id,
                part.cooperative_id,
                part.promised_on,
                [self._line(line) for line in part.lines],
                part.freight_fen,
            )
            for part in placed.sub_orders
        ]
        payment = db.session.query(Payment).filter_by(order_id=placed.id).one()
        (attempt,) = payment.attempts
        return Order(
            placed.id,
            placed.number,
            placed.account_id,
            parts,
            placed.total_fen,
            day_of(placed.placed_at),
            placed.expires_at,
            [Attempt(attempt.id, attempt.idempotency_key, method=attempt.method.value)],
            code=payment.transfer_code or "",
        )

    def _line(self, line: Any) -> Line:
        shelf = self.books.shelves[line.variant_id]
        assert line.unit_price_fen == shelf.unit_fen(line.quantity)
        return Line(line.id, shelf, line.quantity, line.unit_price_fen, ships_on=line.ships_on)

    def _connect(self, order: Order, attempt: Attempt) -> None:
        with self.stage.app.app_context():
            assert connect(attempt.id)
        self._learn_intent(attempt)
        assert attempt.intent_id is not None

    def _learn_intent(self, attempt: Attempt) -> None:
        known = [paper.id for paper in self.till.intents.values() if paper.key == attempt.key]
        assert len(known) <= 1, "one attempt became two intents"
        attempt.intent_id = known[0] if known else None
        if known and attempt.state == "pending":
            attempt.state = "open"

    def _try_again(self, order: Order) -> None:
        def run() -> tuple[int, str]:
            started = start_attempt(payment_id, at=self.now)
            return started.id, started.idempotency_key

        payment_id = self._payment_id(order)
        id_, key = self.act(run)
        if order.open_attempt is None:
            order.attempts.append(Attempt(id_, key))
            self.note("tried again")
        attempt = order.open_attempt
        assert attempt is not None
        assert attempt.id == id_
        self._connect(order, attempt)

    def _payment_id(self, order: Order) -> int:
        return int(self.stage.ask(f"SELECT id FROM payment WHERE order_id = {order.id}")[0][0])

    def _send(self, payload: bytes) -> bytes:
        self.bag.append(payload)
        return payload

    def _deliver(self, payload: bytes) -> None:
        """An event comes in by the webhook: kept in one act, applied in the next."""
        event = self.till.receive(payload)
        known = event.id in self.outcomes
        expected = self.outcomes[event.id] if known else self._expect(event)
        with self.stage.app.app_context():
            with transaction():
                event_id = store_event(event, at=self.now)
            with transaction():
                outcome = apply_event(event_id, self.till, at=self.now)
        assert outcome == expected
        self.outcomes[event.id] = expected
        self.note("event repeated" if known else f"event {expected}")

    def _expect(self, event: ProviderEvent) -> str:
        if event.refunds:
            return f"refund_{event.refunds[-1].outcome}"
        return self._apply(event.intent)

    def _apply(self, intent: Any) -> str:
        """What an event must come to, written into the books."""
        order, attempt = self.books.attempt_of(intent.attempt_key) or (None, None)
        assert order is not None
        assert attempt is not None
        if attempt.intent_id is None:
            attempt.intent_id = intent.id
            attempt.state = "open" if attempt.state == "pending" else attempt.state
        if attempt.state in ("succeeded", "quarantined"):
            return "ignore"
        if intent.state == "succeeded":
            if (intent.received_fen, intent.currency) != (order.total_fen, "cny"):
                attempt.state = "quarantined"
                return "quarantine"
            came_to = self.books.capture(order, attempt, intent.received_fen, self.now)
            self.note(came_to)
            return "capture"
        if attempt.state == "failed" or intent.state == "waiting":
            return "ignore"
        attempt.state = "failed"
        return "fail"

    def _stock_row(self, s: Shelf) -> tuple[Any, ...]:
        day = s.harvest_on and s.harvest_on.isoformat()
        return (s.id, s.on_hand, s.held, s.promised, s.cap, day, s.price_fen)

    def _line_row(self, line: Line) -> tuple[Any, ...]:
        day = line.ships_on and line.ships_on.isoformat()
        return (line.id, line.cancelled, line.sent, line.refunded_fen, line.counted_fen, day)

    def _order_row(self, order: Order) -> tuple[Any, ...]:
        paid, closed = order.state == "paid", order.state == "closed"
        return (order.id, paid, closed, order.captured_fen, order.refunded_fen)

"""The walk goes to a pick-up point: goods are sent there, lie there, and are handed over for a
code."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from orders.pickups import services as pickups
from orders.pickups.errors import CodeUnknown, NotArrivedYet, NotOnItsWay
from orders.pickups.handlers import accept_fetched
from tests.walk.books import Order, Part, Pickup
from tests.walk.field import WalkToTheField
from tests.walk.machine import few, which

PICKUPS = (
    "SELECT sub_order_id, code IS NOT NULL, arrived_at IS NOT NULL, handed_over_at IS NOT NULL"
    " FROM pickup ORDER BY sub_order_id"
)


class WalkToThePoint(WalkToTheField):
    """A walk in which some buyers fetch their goods."""

    @initialize(orders=st.lists(st.tuples(which, which, st.integers(0, 3)), max_size=2))
    def some_fetch(self, orders: list[tuple[int, int, int]]) -> None:
        for who, what, stage in orders:
            self.order_to_point(who, what, 1)
            steps = [self.ship, self.arrive, self.hand_over]
            for step in steps[:stage] if self.sendable() and self.fetched() else []:
                step(0)

    @rule(who=which, what=which, units=few)
    def order_to_point(self, who: int, what: int, units: int) -> None:
        """Ordered and paid at once."""
        buyer = self.pick(self.buyers, who)
        self._put_in(buyer, self.pick(self.books.shelves.values(), what), units)
        self._look(buyer, self.stage.point)
        look = self.looks[buyer]
        if look.facts:
            self._place(buyer, look, self._form(buyer, look, for_unit=False))
            assert look.became is not None
            for part in look.became.parts:
                part.pickup = Pickup()
            self.note("ordered to the point")
            self.pay(0)

    @precondition(lambda self: self.fetched())
    @rule(at=which)
    def arrive(self, at: int) -> None:
        """All of it lies at the point; what was not sent can't."""
        on_the_way = [
            (order, part, pickup)
            for order, part, pickup in self.fetched()
            if order.state == "paid" and part.is_sent and not pickup.is_there
        ]
        chosen = on_the_way if at < 15 and on_the_way else self.fetched()
        order, part, pickup = self.pick(chosen, at)
        given = {"by": self.stage.keeper, "at": self.now}
        if (order, part, pickup) in on_the_way:
            self.act(pickups.arrive, self._pickup(part)[0], **given)
            pickup.is_there = True
            self.note("arrived at the point")
        else:
            self.refused(NotOnItsWay, pickups.arrive, self._pickup(part)[0], **given)

    @precondition(lambda self: self.fetched())
    @rule(at=which)
    def hand_over(self, at: int) -> None:
        """From here on the buyer has it; a code is good for once."""
        ready = [each for each in self.fetched() if each[2].is_there and not each[2].handed_over_at]
        order, part, pickup = self.pick(ready if at < 15 and ready else self.fetched(), at)
        code = self._pickup(part)[1]
        assert (code is not None) == (order.state == "paid")
        given = (pickups.hand_over, self.stage.point, code or "")
        when: Any = {"by": self.stage.keeper, "at": self.now}
        if code is None or pickup.handed_over_at:
            self.refused(CodeUnknown, *given, **when)
        elif not pickup.is_there:
            self.refused(NotArrivedYet, *given, **when)
        else:
            self.act(*given, **when)
            pickup.handed_over_at = self.now
            part.arrived_at = part.arrived_at or self.now
            self.note("handed over")

    @precondition(lambda self: any(part.pickup for _, part in self.sendable()))
    @rule(at=which, hours=st.sampled_from([0, 47, 49]))
    def fetch(self, at: int, hours: int) -> None:
        """Sent, there, fetched, and time goes by: all at once, as it mostly is."""
        latest_first = self.sendable()[::-1]
        chosen = self.pick([both for both in latest_first if both[1].pickup], at)
        self.ship(latest_first.index(chosen))
        if chosen[1].is_sent:
            self.arrive(0)
            self.hand_over(0)
            self.accept_what_was_fetched(hours)

    @rule(hours=st.sampled_from([0, 47, 49]))
    def accept_what_was_fetched(self, hours: int) -> None:
        """48 hours later, and never before somebody has fetched it."""
        hours = hours if any(pickup.handed_over_at for *_, pickup in self.fetched()) else 0
        self.now += timedelta(hours=hours)
        due = [
            part
            for _, part in self.acceptable()
            if part.pickup is not None and part.may_accept_itself(self.now)
        ]
        with self.stage.app.app_context():
            assert accept_fetched(self.now) == len(due)
        for part in due:
            self.books.accept(part, self.now)
            self.note("fetched and accepted by itself")

    # ── What must hold ──────────────────────────────────────────────────────────────────────────

    def _compare(self, ask: Any) -> None:
        super()._compare(ask)
        assert ask(PICKUPS) == [
            (part.id, order.state == "paid", pickup.is_there, bool(pickup.handed_over_at))
            for order, part, pickup in self.fetched()
        ]

    # ── How the rules do it ─────────────────────────────────────────────────────────────────────

    def fetched(self) -> list[tuple[Order, Part, Pickup]]:
        return [
            (order, part, part.pickup)
            for order in self.books.orders
            for part in order.parts
            if part.pickup is not None
        ]

    def _pickup(self, part: Part) -> tuple[Any, ...]:
        return self.stage.ask(f"SELECT id, code FROM pickup WHERE sub_order_id = {part.id}")[0]

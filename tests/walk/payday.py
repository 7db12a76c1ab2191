"""The walk until payday: what was accepted is settled every half month, less refunds and
commission, and paid out by two people."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from orders.refunds.services.grants import Item, grant_items
from suppliers.settlements.errors import (
    BatchDecided,
    NothingLeftToPay,
    NothingToPay,
    RowAnswered,
    SamePerson,
)
from suppliers.settlements.handlers import make_statements
from suppliers.settlements.services import payouts
from tests.walk.books import Line, Order, Part
from tests.walk.complaint import WalkWithComplaints
from tests.walk.machine import which
from tests.walk.stage import COMMISSION

HERE = ZoneInfo("Asia/Shanghai")
OWED = (
    "SELECT cooperative_id, sum(amount_fen) FROM payable_entry WHERE payout_row_id IS NULL"
    " GROUP BY cooperative_id ORDER BY cooperative_id"
)
PAID = (
    "SELECT cooperative_id, sum(amount_fen) FROM payable_entry WHERE payout_row_id IS NOT NULL"
    " GROUP BY cooperative_id ORDER BY cooperative_id"
)
SETTLED = "SELECT sub_order_id, settled_fen FROM settled_part ORDER BY sub_order_id"
STATEMENTS = (
    "SELECT cooperative_id, CAST(period_from AS text), opening_fen, paid_fen, closing_fen"
    " FROM settlement_statement ORDER BY id"
)
ROWS = "SELECT id, cooperative_id, amount_fen FROM payout_row WHERE batch_id = {} ORDER BY id"


@dataclass
class Purse:
    """What the shop settled with one cooperative, and paid it."""

    closing_fen: int = 0
    # Since the last statement: when, and how much.
    payouts: list[tuple[datetime, int]] = field(default_factory=list)
    last_from: str = ""


@dataclass
class Settled:
    """A part as it was settled, and the refunds that came later."""

    part: Part
    fen: int
    late: list[tuple[datetime, int]] = field(default_factory=list)


@dataclass
class PaperRow:
    id: int
    cooperative: int
    fen: int
    outcome: str = ""
    answer: str = ""


@dataclass
class PaperBatch:
    id: int
    by: int
    rows: list[PaperRow]
    decision: str = ""


class WalkToPayday(WalkWithComplaints):
    """A walk in which cooperatives get their money."""

    def __init__(self) -> None:
        super().__init__()
        self.purses = {id_: Purse() for id_ in self.stage.managers}
        self.settled: dict[int, Settled] = {}
        # Refunds of settled parts that no statement holds yet, by the cooperative.
        self.batches: list[PaperBatch] = []
        self.made: list[tuple[int, str, int, int, int]] = []

    @initialize(at=which, days=st.sampled_from([8, 20]))
    def a_payday_comes(self, at: int, days: int) -> None:
        if self.acceptable():
            self.confirm(at)
            self.now += timedelta(days=days)
            self.settle(0)
            if self.made:
                self.prepare(at)

    @precondition(lambda self: self.kept())
    @rule(days=st.sampled_from([0, 0, 3, 16]))
    def settle(self, days: int) -> None:
        """The job runs, perhaps again: each statement is made once."""
        self.now += timedelta(days=days if self.unsettled() else 0)
        since, end = _last_half_month(self.now)
        expected = [
            made
            for id_, purse in sorted(self.purses.items())
            if purse.last_from < since.isoformat()
            and (made := self._settle(id_, purse, since, end)) is not None
        ]
        with self.stage.app.app_context():
            assert make_statements(self.now) == len(expected)
            assert make_statements(self.now) == 0
        self.made += expected
        for _ in expected:
            self.note("settled")
        if expected and days:
            self.prepare(days)

    def _settle(
        self, id_: int, purse: Purse, since: date, end: datetime
    ) -> tuple[int, str, int, int, int] | None:
        ripe = [
            part for part in self.kept() if part.cooperative == id_ and self._is_ripe(part, end)
        ]
        late = [
            (each, entry)
            for each in self.settled.values()
            if each.part.cooperative == id_
            for entry in each.late
            if entry[0] < end
        ]
        if not ripe and not late:
            return None
        paid = [payout for payout in purse.payouts if payout[0] < end]
        opening_fen = purse.closing_fen
        paid_fen = sum(fen for _, fen in paid)
        purse.closing_fen += paid_fen + sum(fen for _, (_, fen) in late)
        purse.payouts = [payout for payout in purse.payouts if payout not in paid]
        for each, entry in late:
            each.late.remove(entry)
            self.note("clawed back")
        for part in ripe:
            self.settled[part.id] = Settled(part, _worth(part))
            purse.closing_fen += _worth(part)
        purse.last_from = since.isoformat()
        return (id_, purse.last_from, opening_fen, paid_fen, purse.closing_fen)

    def _is_ripe(self, part: Part, end: datetime) -> bool:
        """The buyer has had two days when the period ended, and no claim was open then."""
        assert part.arrived_at is not None
        assert part.accepted_at is not None
        if part.id in self.settled or not part.was_worth_something:
            return False
        open_then = self.stage.ask(
            f"SELECT count(*) FROM claim WHERE sub_order_id = {part.id}"
            f" AND (closed_at IS NULL OR closed_at >= '{_plain(end)}')"
        )
        has_time = part.accepted_at < end and part.arrived_at + timedelta(hours=48) < end
        return has_time and open_then == [(0,)]

    @precondition(lambda self: self.giveable())
    @rule(at=which, which_line=which, quarters=st.integers(1, 4))
    def give_back(self, at: int, which_line: int, quarters: int) -> None:
        """The platform gives money back for something that was accepted, whatever its claims."""
        order, part, line = self.pick(self.giveable(), at + which_line)
        fen = max(1, line.counted_fen * quarters // 4)
        items = [Item(part.id, line.id, 0, fen)]
        by = self.stage.finance[0]
        self.act(grant_items, order.id, items, "goodwill", by=by, at=self.now)
        self.give_money_back(order, part, line, fen, 0, 0)

    def give_money_back(self, order: Order, part: Part, *given: Any) -> None:
        """Of what was settled it is taken off later; after a recall, by a claim too."""
        before = _worth(part)
        super().give_money_back(order, part, *given)
        if part.id in self.settled:
            self.settled[part.id].late.append((self.now, _worth(part) - before))
            self.note("refunded after the settlement")

    @precondition(lambda self: self.made)
    @rule(who=which)
    def prepare(self, who: int) -> None:
        """Everybody who is owed something, and waits in no other batch."""
        by = self._clerk(who)
        waiting = {row.cooperative for b in self.batches if not b.decision for row in b.rows}
        due = {id_: self.owed_to(id_) for id_ in sorted(self.purses) if id_ not in waiting}
        due = {id_: fen for id_, fen in due.items() if fen > 0}
        given: Any = {"by": by, "at": self.now}
        if not due:
            self.refused(NothingToPay, payouts.prepare_batch, "walk", **given)
            return
        batch_id = self.act(lambda: payouts.prepare_batch("walk", **given).id)
        rows = [PaperRow(*row) for row in self.stage.ask(ROWS.format(batch_id))]
        assert [(row.cooperative, row.fen) for row in rows] == list(due.items())
        self.batches.append(PaperBatch(batch_id, by, rows))
        self.note("payout batch prepared")

    @precondition(lambda self: self.batches)
    @rule(at=which, who=which, released=st.sampled_from([True, True, False]))
    def decide_batch(self, at: int, who: int, released: bool) -> None:
        waiting = [batch for batch in self.batches if not batch.decision]
        batch = self.pick(waiting if at < 15 and waiting else self.batches, at)
        # Mostly the other one.
        by = self._clerk(who) if who < 5 else next(c for c in self.stage.finance if c != batch.by)
        if released:
            self._release(batch, by)
        elif batch.decision:
            self.refused(BatchDecided, payouts.reject_batch, batch.id, "no", by=by, at=self.now)
        else:
            self.act(payouts.reject_batch, batch.id, "no", by=by, at=self.now)
            batch.decision = "rejected"

    def _release(self, batch: PaperBatch, by: int) -> None:
        given: Any = {"by": by, "at": self.now}
        release = (payouts.release_batch, batch.id, "walk")
        fits = [row for row in batch.rows if row.fen <= self.owed_to(row.cooperative)]
        if batch.by == by:
            self.refused(SamePerson, *release, **given)
        elif batch.decision:
            self.refused(BatchDecided, *release, **given)
        elif not fits:
            self.refused(NothingLeftToPay, *release, **given)
        else:
            assert self.act(*release, **given) == len(batch.rows) - len(fits)
            batch.decision = "released"
            for row in fits:
                row.outcome = "released"
                self.purses[row.cooperative].payouts.append((self.now, -row.fen))
                self.note("paid out")

    @precondition(lambda self: any(batch.decision == "released" for batch in self.batches))
    @rule(at=which, which_row=which, comes_back=st.booleans())
    def bank_answers(self, at: int, which_row: int, comes_back: bool) -> None:
        released = [batch for batch in self.batches if batch.decision == "released"]
        batch = self.pick(released, at)
        row = self.pick(batch.rows, which_row)
        given: Any = {"by": self._clerk(at), "at": self.now}
        if comes_back:
            may = row.outcome == "released" and row.answer != "returned"
            act: Any = (payouts.mark_returned, batch.id, row.id, "unknown")
        else:
            may = row.outcome == "released" and not row.answer
            act = (payouts.mark_paid, batch.id, row.id)
        if not may:
            self.refused(RowAnswered, *act, **given)
            return
        self.act(*act, **given)
        row.answer = "returned" if comes_back else "paid"
        if comes_back:
            self.purses[row.cooperative].payouts.append((self.now, row.fen))
            self.note("payout came back")

    # ── What must hold ──────────────────────────────────────────────────────────────────────────

    def _compare(self, ask: Any) -> None:
        super()._compare(ask)
        owed = dict.fromkeys(self.purses, 0)
        for part in self.kept():
            owed[part.cooperative] += _worth(part)
        found = {id_: int(fen) for id_, fen in ask(OWED)}
        assert {id_: found.get(id_, 0) for id_ in owed} == owed
        paid = dict.fromkeys(self.purses, 0)
        for batch in self.batches:
            for row in batch.rows:
                if row.outcome == "released" and row.answer != "returned":
                    paid[row.cooperative] -= row.fen
        found = {id_: int(fen) for id_, fen in ask(PAID)}
        assert {id_: found.get(id_, 0) for id_ in paid} == paid
        assert ask(SETTLED) == sorted((id_, each.fen) for id_, each in self.settled.items())
        assert ask(STATEMENTS) == self.made

    # ── How the rules do it ─────────────────────────────────────────────────────────────────────

    def kept(self) -> list[Part]:
        """Parts that were accepted."""
        return [part for order in self.books.orders for part in order.parts if part.is_accepted]

    def unsettled(self) -> list[Part]:
        """Of those, the ones that are in no statement."""
        return [part for part in self.kept() if part.id not in self.settled]

    def giveable(self) -> list[tuple[Order, Part, Line]]:
        """Accepted lines of which something was kept, and that nobody is complaining about."""
        return [
            (order, part, line)
            for order in self.books.orders
            for part in order.parts
            if part.is_accepted and part.complaint is None
            for line in part.lines
            if line.counted_fen > 0
        ]

    def owed_to(self, cooperative: int) -> int:
        """All that was settled, less what was refunded and paid since."""
        purse = self.purses[cooperative]
        late = [
            fen
            for each in self.settled.values()
            if each.part.cooperative == cooperative
            for _, fen in each.late
        ]
        return purse.closing_fen + sum(fen for _, fen in purse.payouts) + sum(late)


def _worth(part: Part) -> int:
    """What a cooperative gets for an accepted part: goods and freight as they were kept, less the
    commission on each line, half up."""
    goods_fen = sum(line.counted_fen for line in part.lines)
    fees_fen = sum((line.counted_fen * COMMISSION * 2 + 10_000) // 20_000 for line in part.lines)
    return goods_fen + part.freight_fen - part.freight_refunded_fen - fees_fen


def _last_half_month(now: datetime) -> tuple[date, datetime]:
    """When the half month began that was over last, and the moment at which it was."""
    today = now.astimezone(HERE).date()
    first = today.replace(day=1 if today.day <= 15 else 16)
    before = first - timedelta(days=1)
    end = datetime(first.year, first.month, first.day, tzinfo=HERE).astimezone(UTC)
    return before.replace(day=1 if before.day <= 15 else 16), end


def _plain(at: datetime) -> str:
    """As both engines compare it."""
    return f"{at.replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}"

"""The walk with claims that stay open: made in one step, answered, escalated, withdrawn or run out
in later ones, while everything else goes on."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from orders.claims import services as claims
from orders.claims.errors import NoReturn, NotYourTurn
from orders.claims.handlers import let_claims_run_out
from tests.walk.books import Complaint, Order, Part
from tests.walk.machine import few, which
from tests.walk.point import WalkToThePoint

COMPLAINTS = (
    "SELECT sub_order_id, waits_for, goods_fen, freight_fen FROM claim"
    " WHERE closed_at IS NULL ORDER BY sub_order_id"
)
TO_ANSWER, TO_CHOOSE = timedelta(hours=24), timedelta(hours=72)
TO_RETURN, TO_DECIDE = timedelta(days=10), timedelta(hours=72)


class WalkWithComplaints(WalkToThePoint):
    """A walk in which buyer, cooperative and platform take their time."""

    @initialize(at=which, is_settled=st.sampled_from([True, False, False]))
    def somebody_complains(self, at: int, is_settled: bool) -> None:
        if self.begun():
            self.complain(at, 0, 1)
        if self.complaints() and is_settled:
            self.answer(0, 2, False)
            self.time_runs_out(73)

    @precondition(lambda self: self.begun())
    @rule(at=which, which_line=which, units=few)
    def complain(self, at: int, which_line: int, units: int) -> None:
        """Make a claim, and leave it open."""
        order, part = self.pick(self.begun(), at)
        line = self.pick(part.lines, which_line)
        claim_id = self.open_claim(order, part, line, units)
        if claim_id is not None:
            goods_fen, freight_fen = self.worth_of(part, line, units)
            part.complaint = Complaint(
                claim_id, line, units, goods_fen, freight_fen, "cooperative", self.now + TO_ANSWER
            )
            self.note("claim left open")

    @precondition(lambda self: self.complaints())
    @rule(at=which, quarters=st.integers(0, 4), comes_back=st.booleans())
    def answer(self, at: int, quarters: int, comes_back: bool) -> None:
        """The cooperative offers so many quarters, or nothing, perhaps only against the goods."""
        _, part, open_ = self.pick(self.complaints(), at)
        fen = open_.goods_fen * quarters // 4
        given = claims.Answer(fen, "sorry", with_return=comes_back and fen > 0)
        by: Any = {"by": self.stage.managers[part.cooperative], "at": self.now}
        if open_.waits_for != "cooperative" or open_.last != "made":
            self.refused(NotYourTurn, claims.answer, open_.id, given, **by)
        elif given.with_return and open_.line.shelf.perishable:
            self.refused(NoReturn, claims.answer, open_.id, given, **by)
        else:
            self.act(claims.answer, open_.id, given, **by)
            freight_fen = open_.freight_fen if fen == open_.goods_fen else 0
            open_.offer_fen, open_.offer_freight_fen = fen, freight_fen if fen else 0
            open_.comes_back = given.with_return
            open_.pass_to("buyer", "offered" if fen else "refused", self.now + TO_CHOOSE)

    @precondition(lambda self: self.complaints())
    @rule(at=which, end=st.sampled_from(["agree", "escalate", "withdraw", "return", "decide"]))
    def go_on(self, at: int, end: str) -> None:
        """Whoever it is tries the next act, whether or not it is their turn."""
        order, part, open_ = self.pick(self.complaints(), at)
        manager = self.stage.managers[part.cooperative]
        if end == "agree":
            may = open_.last == "offered"
            if self._try(may, claims.agree, open_.id, by=order.buyer):
                self._agree(order, part, open_)
        elif end == "escalate":
            may = open_.waits_for == "buyer"
            if self._try(may, claims.escalate, open_.id, "no", by=order.buyer):
                open_.pass_to("platform", "escalated", self.now + TO_DECIDE)
        elif end == "withdraw":
            self._try(True, claims.withdraw, open_.id, by=order.buyer)
            self._close(part, "claim withdrawn later")
        elif end == "return":
            if self._try(open_.last == "agreed", claims.confirm_return, open_.id, by=manager):
                self._grant(order, part, open_, open_.units)
        else:
            self._decide(order, part, open_)

    @precondition(lambda self: self.complaints())
    @rule(hours=st.sampled_from([0, 25, 73, 241]))
    def time_runs_out(self, hours: int) -> None:
        """The silent cooperative brings the platform in; the silent buyer takes an offer, and lets
        a refusal, or a return, rest."""
        self.now += timedelta(hours=hours)
        over = [
            each
            for each in self.complaints()
            if each[2].due_at < self.now and each[2].waits_for != "platform"
        ]
        with self.stage.app.app_context():
            assert let_claims_run_out(self.now) == len(over)
        for order, part, open_ in over:
            if open_.waits_for == "cooperative":
                open_.pass_to("platform", "escalated", self.now + TO_DECIDE)
                self.note("claim escalated by itself")
            elif open_.last == "offered" and not open_.comes_back:
                self._agree(order, part, open_)
                self.note("claim agreed by itself")
            else:
                self._close(part, "claim lapsed")

    # ── What must hold ──────────────────────────────────────────────────────────────────────────

    def _compare(self, ask: Any) -> None:
        super()._compare(ask)
        assert ask(COMPLAINTS) == sorted(
            (part.id, open_.waits_for, open_.goods_fen, open_.freight_fen)
            for _, part, open_ in self.complaints()
        )

    # ── How the rules do it ─────────────────────────────────────────────────────────────────────

    def complaints(self) -> list[tuple[Order, Part, Complaint]]:
        """Claims that are open."""
        return [
            (order, part, part.complaint)
            for order in self.books.orders
            for part in order.parts
            if part.complaint is not None
        ]

    def begun(self) -> list[tuple[Order, Part]]:
        return [both for both in self.paid_parts() if both[1].is_begun]

    def _try(self, may: bool, act: Any, *given: Any, by: int) -> bool:
        """Whether it was this person's turn."""
        if may:
            self.act(act, *given, by=by, at=self.now)
        else:
            self.refused(NotYourTurn, act, *given, by=by, at=self.now)
        return may

    def _agree(self, order: Order, part: Part, open_: Complaint) -> None:
        if open_.comes_back:
            open_.pass_to("cooperative", "agreed", self.now + TO_RETURN)
        else:
            self._grant(order, part, open_, 0)

    def _decide(self, order: Order, part: Part, open_: Complaint) -> None:
        """The platform gives the half."""
        fen = open_.goods_fen // 2
        given = claims.Answer(fen, "half")
        may = open_.waits_for == "platform"
        if self._try(may, claims.decide, open_.id, given, by=self.stage.finance[0]):
            whole = fen == open_.goods_fen
            open_.offer_fen, open_.offer_freight_fen = fen, open_.freight_fen if whole else 0
            self._grant(order, part, open_, 0)

    def _grant(self, order: Order, part: Part, open_: Complaint, back: int) -> None:
        given = (open_.offer_fen, open_.offer_freight_fen)
        if any(given):
            self.give_money_back(order, part, open_.line, *given, back)
        self._close(part, "claim granted, goods back" if back else "claim granted later")

    def _close(self, part: Part, how: str) -> None:
        part.complaint = None
        self.note(how)

"""The walk goes to the bank: transfers with a matching code, two pairs of eyes, and money that is
paid out by hand."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from orders.checkout.errors import OnlyUnitsTransfer
from orders.checkout.services import place_order
from orders.payments.errors import TooLittle
from orders.payments.rules import spoken
from orders.transfers.errors import (
    AlreadyDecided,
    AlreadyPaid,
    NotOwed,
    ReceiptTaken,
    ReferenceUsed,
    SamePerson,
)
from orders.transfers.handlers import match_receipts
from orders.transfers.rules import read
from orders.transfers.services import matches, payouts, statements
from shop.clock import day_of
from shop.money import yuan
from tests.factories.transfers import HEAD, incoming
from tests.walk.books import Attempt, Order
from tests.walk.machine import Walk, which

DAYS = 3
amounts = st.sampled_from(["exact", "exact", "short", "rest", "over"])
MATCHES = (
    "SELECT m.id, m.amount_fen, m.decision, u.receipt_id, u.released_at IS NULL"
    " FROM receipt_match m JOIN matched_receipt u ON u.match_id = m.id"
)
GRANTED = (
    "SELECT r.id, r.amount_fen, r.moved_at IS NOT NULL, r.attempt_id FROM refund r"
    " JOIN payment_attempt a ON a.id = r.attempt_id WHERE a.method = 'transfer' ORDER BY r.id"
)


@dataclass
class Receipt:
    """Money that came in, as the bank tells."""

    id: int
    fen: int
    code: str
    is_taken: bool = False
    # It was in a proposal once: from then on people decide.
    was_proposed: bool = False


@dataclass
class Proposal:
    """What receipts are to be used for; an order of None sends them back."""

    id: int
    receipts: list[Receipt]
    order: Order | None
    by: int | None
    decision: str | None = None

    @property
    def fen(self) -> int:
        return sum(receipt.fen for receipt in self.receipts)


@dataclass
class Debt:
    """A transfer out of the account: for a refund or for a match that sends money back."""

    id: int
    owed: tuple[str, int]
    fen: int
    reference: str
    by: int
    decision: str | None = None


@dataclass
class Account:
    """The shop's account at the bank, on paper."""

    receipts: list[Receipt] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    payouts: list[Debt] = field(default_factory=list)

    @property
    def free(self) -> list[Receipt]:
        return [receipt for receipt in self.receipts if not receipt.is_taken]

    def holds(self, owed: tuple[str, int]) -> bool:
        """Whether a transfer back was entered, and nobody said that it isn't there."""
        return any(p.owed == owed and p.decision != "rejected" for p in self.payouts)

    def is_used(self, reference: str) -> bool:
        return any(p.reference == reference and p.decision != "rejected" for p in self.payouts)


class WalkToTheBank(Walk):
    """A walk in which units pay by transfer, too."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account()
        self.papers = 0

    @initialize(first=st.lists(st.tuples(which, which, amounts), min_size=1, max_size=3))
    def some_pay_by_transfer(self, first: list[tuple[int, int, str]]) -> None:
        for what, at, amount in first:
            self.order_by_transfer(at, what)
            if self.by_transfer():
                self.money_arrives(at, amount)

    # ── Transfers come in ───────────────────────────────────────────────────────────────────────

    @precondition(lambda self: any(s.available > 0 for s in self.books.shelves.values()))
    @rule(who=which, what=which)
    def order_by_transfer(self, who: int, what: int) -> None:
        """A unit may, and has days to pay; a resident may not."""
        buyer = self.pick([*self.stage.residents, *self.stage.members * 3], who)
        full = [shelf for shelf in self.books.shelves.values() if shelf.available > 0]
        shelf = self.pick(full, what)
        if self.books.baskets[buyer].get(shelf.id, 0) < shelf.available:
            self._put_in(buyer, shelf, 1)
        self._look(buyer)
        look = self.looks[buyer]
        args, given = self._form(buyer, look, for_unit=True)
        given["transfer_days"] = DAYS
        if buyer not in self.stage.members:
            self.refused(OnlyUnitsTransfer, place_order, *args, **given)
        elif look.facts:
            self._place(buyer, look, (args, given))
            assert look.became is not None
            assert look.became.expires_at == self.now + timedelta(days=DAYS)
            assert look.became.code
            self.note("ordered by transfer")

    @precondition(lambda self: self.by_transfer())
    @rule(at=which, amount=amounts)
    def money_arrives(self, at: int, amount: str) -> None:
        """Mostly for an order that waits for it."""
        waiting = self.by_transfer("waiting")
        orders = waiting if at < 15 and waiting else self.by_transfer()
        self._arrive(self.pick(orders, at), amount)

    @precondition(lambda self: self.by_transfer())
    @rule(at=which)
    def pay_in_two_transfers(self, at: int) -> None:
        waiting = self.by_transfer("waiting")
        order = self.pick(waiting or self.by_transfer(), at)
        self._arrive(order, "short")
        self._arrive(order, "rest")
        self.match()

    @precondition(lambda self: self.by_transfer())
    @rule(at=which)
    def transfer_late(self, at: int) -> None:
        """It takes longer than the order waits."""
        order = self.pick(self.by_transfer("waiting", "closed") or self.by_transfer(), at)
        if order.state == "waiting":
            self.now += timedelta(days=DAYS, minutes=1)
            self.expire()
        self._arrive(order, "exact")
        self.match()

    def _arrive(self, order: Order, amount: str) -> None:
        due_fen = order.total_fen
        rest_fen = due_fen - sum(r.fen for r in self.account.free if r.code == order.code)
        fen = {
            "exact": due_fen,
            "short": max(1, due_fen // 3),
            "rest": rest_fen if rest_fen > 0 else due_fen,
            "over": due_fen + 77,
        }[amount]
        self.papers += 1
        number, by, today = self.papers, self.stage.finance[0], day_of(self.now)
        remark = f"货款 {spoken(order.code)}"
        row = incoming(yuan(fen), remark, reference=f"HK{number}", day=today.isoformat())
        reading = read([HEAD, [str(cell) for cell in row]], today)

        def run() -> None:
            file = (f"{number}.csv", f"{number:064d}")
            statement = statements.stage(*file, reading, by=by, at=self.now)
            statements.import_statement(statement.id, by=by, at=self.now)

        self.act(run)
        ((id_, amount_fen, code),) = self.stage.ask(
            f"SELECT id, amount_fen, code FROM bank_receipt WHERE bank_reference = 'HK{number}'"
        )
        assert (amount_fen, code) == (fen, order.code)
        self.account.receipts.append(Receipt(id_, fen, code))
        self.note(f"transferred {amount}")

    @rule()
    def match(self) -> None:
        """What leaves no doubt pays by itself; what is right only together is proposed."""
        exact = [
            (receipt, order)
            for receipt in self.account.free
            for order in self.by_transfer("waiting", "closed")
            if receipt.code == order.code and receipt.fen == order.total_fen
        ]
        with self.stage.app.app_context():
            matched = match_receipts(self.now)
        for receipt, order in exact:
            if order.state != "paid":
                self._take(self._propose([receipt], order, None), order)
                matched -= 1
        assert matched == 0
        for order in self.by_transfer("waiting"):
            unused = [r for r in self.account.receipts if r.code == order.code]
            unused = [receipt for receipt in unused if not receipt.was_proposed]
            if len(unused) > 1 and sum(receipt.fen for receipt in unused) == order.total_fen:
                self._propose(unused, order, None)
                self.note("proposed by itself")

    # ── Two people match ────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.account.receipts and self.books.orders)
    @rule(at=which, to=which, who=which, together=st.booleans())
    def propose(self, at: int, to: int, who: int, together: bool) -> None:
        """Say which order money is for: mostly its own, alone or with others of the code."""
        free, all_of_them = self.account.free, self.account.receipts
        receipt = self.pick(free if at < 15 and free else all_of_them, at)
        own = [order for order in self.books.orders if order.code == receipt.code]
        order = self.pick(own if to < 15 else self.books.orders, to)
        chosen = [receipt]
        if together:
            chosen += [r for r in self.account.free if r.code == receipt.code and r is not receipt]
        by, payment_id = self._clerk(who), self._payment_id(order)
        given = ([each.id for each in chosen], payment_id, "")
        if order.state == "paid":
            self.refused(AlreadyPaid, matches.propose_match, *given, by=by, at=self.now)
        elif receipt.is_taken:
            self.refused(ReceiptTaken, matches.propose_match, *given, by=by, at=self.now)
        else:
            self.act(lambda: matches.propose_match(*given, by=by, at=self.now).id)
            self._propose(chosen, order, by)
            self.note("match proposed")

    @precondition(lambda self: self.account.receipts)
    @rule(at=which, who=which)
    def propose_return(self, at: int, who: int) -> None:
        receipt = self.pick(self.account.receipts, at)
        given, by = (receipt.id, "not ours"), self._clerk(who)
        if receipt.is_taken:
            self.refused(ReceiptTaken, matches.propose_return, *given, by=by, at=self.now)
        else:
            self.act(lambda: matches.propose_return(*given, by=by, at=self.now).id)
            self._propose([receipt], None, by)

    @precondition(lambda self: self.account.proposals)
    @rule(at=which, who=which, confirmed=st.sampled_from([True, True, False]))
    def decide(self, at: int, who: int, confirmed: bool) -> None:
        """Another one decides, once."""
        proposal = self._open_first(self.account.proposals, at)
        order, by = proposal.order, self._clerk(who)

        def run() -> None:
            if confirmed:
                matches.confirm_match(proposal.id, by=by, at=self.now)
            else:
                matches.reject_match(proposal.id, "no", by=by, at=self.now)

        if proposal.by == by:
            self.refused(SamePerson, run)
        elif proposal.decision:
            self.refused(AlreadyDecided, run)
        elif confirmed and order and order.state == "paid":
            self.refused(AlreadyPaid, run)
        elif confirmed and order and proposal.fen < order.total_fen:
            self.refused(TooLittle, run)
        else:
            self.act(run)
            if confirmed and order:
                self._take(proposal, order)
                self.note("matched by two people")
            elif confirmed:
                proposal.decision = "confirmed"
                self.note("receipt to go back")
            else:
                proposal.decision = "rejected"
                for receipt in proposal.receipts:
                    receipt.is_taken = False
                self.note("match rejected")

    @precondition(lambda self: self.by_transfer("waiting", "closed"))
    @rule(at=which, who=which)
    def match_what_is_too_much(self, at: int, who: int) -> None:
        """One sees that more came than is due and proposes it; the other confirms."""
        self._arrive(self.pick(self.by_transfer("waiting", "closed"), at), "over")
        self.propose(0, 0, who, together=False)
        self.decide(0, who, confirmed=True)
        self.decide(0, who + 1, confirmed=True)

    def _propose(self, receipts: list[Receipt], order: Order | None, by: int | None) -> Proposal:
        query = f"SELECT max(match_id) FROM matched_receipt WHERE receipt_id = {receipts[0].id}"
        proposal = Proposal(int(self.stage.ask(query)[0][0]), receipts, order, by)
        for receipt in receipts:
            receipt.is_taken = receipt.was_proposed = True
        self.account.proposals.append(proposal)
        return proposal

    def _take(self, proposal: Proposal, order: Order) -> None:
        """The money of a match pays for an order, or comes too late."""
        proposal.decision = "confirmed"
        ((id_, key),) = self.stage.ask(
            "SELECT a.id, a.idempotency_key FROM payment_attempt a"
            f" JOIN receipt_match m ON m.attempt_id = a.id WHERE m.id = {proposal.id}"
        )
        waiting = [a for a in order.attempts if a.method == "transfer" and a.state == "pending"]
        if not waiting:
            waiting.append(Attempt(id_, key, method="transfer"))
            order.attempts.append(waiting[0])
        assert waiting[0].id == id_
        came_to = self.books.capture(order, waiting[0], proposal.fen, self.now)
        surplus = " and more" if proposal.fen > order.total_fen else ""
        self.note(f"transfer: {came_to}{surplus}")

    # ── What goes back by transfer ──────────────────────────────────────────────────────────────

    @precondition(lambda self: self.may_owe())
    @rule(at=which, who=which, is_old=st.sampled_from([False, False, False, True]))
    def enter_payout(self, at: int, who: int, is_old: bool) -> None:
        """Somebody has sent money at the bank and says so; mostly a transfer of its own."""
        debts = self.debts()
        open_debts = [debt for debt in debts if not self.account.holds(debt[0])]
        owed, fen = self.pick(open_debts if at < 15 and open_debts else debts, at)
        used = [payout.reference for payout in self.account.payouts]
        self.papers += 1
        reference = self.pick(used, at) if used and is_old else f"OUT{self.papers}"
        self._enter_payout(owed, fen, reference, self._clerk(who))

    def _enter_payout(self, owed: tuple[str, int], fen: int, reference: str, by: int) -> None:
        kind, id_ = owed
        enter = {
            "refund": payouts.enter_refund_payout,
            "match": payouts.enter_return_payout,
        }[kind]
        given: Any = {"by": by, "at": self.now}
        if self.account.holds(owed):
            self.refused(NotOwed, enter, id_, reference, **given)
        elif self.account.is_used(reference):
            self.refused(ReferenceUsed, enter, id_, reference, **given)
        else:
            payout_id = self.act(lambda: enter(id_, reference, **given).id)
            self.account.payouts.append(Debt(payout_id, owed, fen, reference, by))
            self.note("payout entered")

    @precondition(lambda self: self.account.payouts)
    @rule(at=which, who=which, confirmed=st.sampled_from([True, True, False]))
    def decide_payout(self, at: int, who: int, confirmed: bool) -> None:
        """Another one looks whether the transfer is to be found at the bank."""
        payout = self._open_first(self.account.payouts, at)
        self._decide_payout(payout, self._clerk(who), confirmed=confirmed)

    def _decide_payout(self, payout: Debt, by: int, *, confirmed: bool) -> None:
        service = payouts.confirm_payout if confirmed else payouts.reject_payout
        if payout.by == by:
            self.refused(SamePerson, service, payout.id, by=by, at=self.now)
        elif payout.decision:
            self.refused(AlreadyDecided, service, payout.id, by=by, at=self.now)
        else:
            self.act(service, payout.id, by=by, at=self.now)
            payout.decision = "confirmed" if confirmed else "rejected"
            self.note(f"payout {payout.decision}")

    # ── What must hold ──────────────────────────────────────────────────────────────────────────

    def _compare(self, ask: Any) -> None:
        super()._compare(ask)
        account = self.account
        assert sorted(ask(MATCHES), key=lambda row: (row[0], row[3])) == sorted(
            (p.id, p.fen, p.decision, receipt.id, p.decision != "rejected")
            for p in account.proposals
            for receipt in p.receipts
        )
        granted: dict[int, int] = {}
        for id_, fen, is_moved, attempt_id in ask(GRANTED):
            granted[attempt_id] = granted.get(attempt_id, 0) + fen
            moved = [p for p in account.payouts if p.owed == ("refund", id_)]
            assert is_moved == any(p.decision == "confirmed" and p.fen == fen for p in moved)
        by_transfer = [
            attempt
            for order in self.books.orders
            for attempt in order.attempts
            if attempt.method == "transfer"
        ]
        assert granted == {a.id: a.refunded_fen for a in by_transfer if a.refunded_fen}
        # No fen of the account is counted twice: each receipt is one order's, or nobody's.
        taken = [p for p in account.proposals if p.order and p.decision == "confirmed"]
        assert sum(p.fen for p in taken) == sum(a.received_fen for a in by_transfer)

    def teardown(self) -> None:
        """What is owed is paid out by two people, to the fen."""
        if self.steps >= 0:
            first, second = self.stage.finance
            for owed, fen in self.debts():
                if not self.account.holds(owed):
                    self._enter_payout(owed, fen, f"END{owed}", first)
            for payout in self.account.payouts:
                if not payout.decision:
                    by = second if payout.by == first else first
                    self._decide_payout(payout, by, confirmed=True)
            assert all(is_moved for _, _, is_moved, _ in self.stage.ask(GRANTED))
        super().teardown()

    # ── How the rules do it ─────────────────────────────────────────────────────────────────────

    def by_transfer(self, *states: str) -> list[Order]:
        """Orders with a code: of these states, or of all."""
        orders = self.orders(*states) if states else self.books.orders
        return [order for order in orders if order.code]

    def debts(self) -> list[tuple[tuple[str, int], int]]:
        """All that is or was to be paid out."""
        refunds = [(("refund", id_), fen) for id_, fen, _, _ in self.stage.ask(GRANTED)]
        confirmed = [p for p in self.account.proposals if p.decision == "confirmed"]
        return refunds + [(("match", p.id), p.fen) for p in confirmed if p.order is None]

    def may_owe(self) -> bool:
        """Whether anything is or was to be paid out, without asking the database."""
        attempts = (attempt for order in self.books.orders for attempt in order.attempts)
        returns = (p.order is None and p.decision == "confirmed" for p in self.account.proposals)
        return any(a.method == "transfer" and a.refunded_fen for a in attempts) or any(returns)

    def _clerk(self, who: int) -> int:
        return self.stage.finance[who % 2]

    def _open_first(self, things: list[Any], at: int) -> Any:
        """Mostly one about which nobody has decided."""
        waiting = [thing for thing in things if thing.decision is None]
        return self.pick(waiting if at < 15 and waiting else things, at)

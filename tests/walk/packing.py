"""The walk through the packing house: harvests come in as batches, leave line by line, and are
called back."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from catalog.batches import services as batches
from catalog.batches.errors import BatchMissing, BatchNotUsable, BatchRecalled
from catalog.batches.models import Basis
from catalog.batches.services import BatchDraft
from catalog.stock.errors import HarvestNotIn
from orders.deliveries.services import dispatch
from orders.recalls.queries import list_order_ids
from tests.walk.books import Harvest
from tests.walk.machine import few, which
from tests.walk.payday import WalkToPayday

HARVESTS = (
    "SELECT b.product_id, b.id, b.quantity_g, b.allocated_g,"
    " EXISTS (SELECT 1 FROM conformity_certificate c WHERE c.batch_id = b.id),"
    " EXISTS (SELECT 1 FROM batch_recall r WHERE r.batch_id = b.id)"
    " FROM batch b ORDER BY b.product_id, b.id"
)
PICKS = (
    "SELECT a.batch_id, s.order_line_id, sum(a.quantity) FROM pick_allocation a"
    " JOIN shipment_line s ON s.id = a.shipment_line_id"
    " GROUP BY a.batch_id, s.order_line_id ORDER BY a.batch_id, s.order_line_id"
)
# Of each box in a batch a little stays over, so that nothing comes out right by chance.
CRUMBS_G = 123


class WalkThroughThePackingHouse(WalkToPayday):
    """A walk in which each unit that leaves comes from a harvest."""

    @initialize(at=which)
    def an_early_batch_is_small(self, at: int) -> None:
        self.bring_in(at, boxes=2, days_ago=3, certified=True)

    @rule(
        at=which,
        boxes=st.integers(1, 5),
        days_ago=st.integers(0, 3),
        certified=st.sampled_from([True, True, True, False]),
    )
    def bring_in(self, at: int, boxes: int, days_ago: int, certified: bool) -> None:
        """A harvest is written down, and stays where it is until it has its certificate."""
        shelf = self.pick(self.books.shelves.values(), at)
        grams = boxes * (shelf.weight_g + CRUMBS_G)
        day = self.today - timedelta(days=days_ago)
        by = self.stage.managers[shelf.cooperative]

        def run() -> Harvest:
            batch = batches.record_batch(
                shelf.cooperative,
                shelf.product,
                BatchDraft(harvested_on=day, quantity_g=grams),
                key=f"harvest-{self.steps}-{self.stage.tally['harvests']}",
                by=by,
                at=self.now,
            )
            if certified:
                batches.certify(
                    shelf.cooperative, batch.code, Basis.SELF_TESTED, by=by, at=self.now
                )
            return Harvest(batch.id, batch.code, day, grams, certified)

        harvest = self.act(run)
        self.books.harvests[shelf.product].append(harvest)
        self.note("harvests")
        self._take_in(shelf, harvest, boxes)

    def _take_in(self, shelf: Any, harvest: Harvest, units: int) -> None:
        by = self.stage.managers[shelf.cooperative]
        given = (shelf.cooperative, harvest.code, shelf.id, units)
        self.act(batches.take_in, *given, by=by, at=self.now)
        shelf.received += units
        harvest.received[shelf.id] += units

    @rule(at=which)
    def certify(self, at: int) -> None:
        """The first time, or once more with what holds now."""
        shelf, harvest = self._some(at)
        by = self.stage.managers[shelf.cooperative]
        given = (shelf.cooperative, harvest.code, Basis.CONTROLLED)
        if harvest.recalled_at is not None:
            self.refused(BatchRecalled, batches.certify, *given, by=by, at=self.now)
        else:
            self.act(batches.certify, *given, by=by, at=self.now)
            harvest.is_certified = True

    @rule(at=which, boxes=st.integers(1, 5))
    def call_back(self, at: int, boxes: int) -> None:
        """One harvest is called back, everybody who has of it is found, and what waits is not sent
        before there is another one."""
        shelf, harvest = self._some(at)
        by = self.stage.managers[shelf.cooperative]
        given = (harvest.code, "residues")
        if harvest.recalled_at is not None:
            self.refused(BatchRecalled, batches.recall, *given, by=by, at=self.now)
            return
        self.act(batches.recall, *given, cooperative_id=shelf.cooperative, by=by, at=self.now)
        if self.books.call_back(shelf.product, harvest, self.now):
            self.note("written off by a recall")
        buyers = self.books.orders_with(harvest)
        assert list(self.act(list_order_ids, harvest.id)) == [order.id for order in buyers]
        self.note("called back from buyers" if buyers else "called back")
        self._wait_for_another(shelf.product)
        self.bring_in(at, boxes, days_ago=0, certified=True)

    def _wait_for_another(self, product: int) -> None:
        for _, part in self.sendable():
            waiting = {line.id: line.waiting for line in part.lines}
            lines = [line for line in part.lines if line.shelf.product == product and line.waiting]
            if lines and self._first_refusal(part, waiting) is BatchMissing:
                given = (dispatch, *self._parcel(part))
                self.refused(BatchMissing, *given, **self._by_its_manager(part))
                self.note("not sent after a recall")
                return

    @precondition(lambda self: self.sendable())
    @rule(at=which, units=few)
    def ship_of_a_chosen_batch(self, at: int, units: int) -> None:
        """A person takes another batch than the first; one that can't be taken is refused."""
        _, part = self.pick(self.sendable(), at)
        line = self.pick([line for line in part.lines if line.waiting], at)
        harvest = self.pick(self.books.harvests[line.shelf.product], at)
        units = min(units, line.waiting)
        quantities, chosen = {line.id: units}, {line.id: {harvest.id: units}}
        given = (dispatch, *self._parcel(part), quantities)
        by = self._by_its_manager(part)
        if not harvest.may_leave or units * line.shelf.weight_g > harvest.left_g:
            self.refused(BatchNotUsable, *given, allocations=chosen, **by)
        elif line.ships_on is not None and units > line.shelf.unheld:
            self.refused(HarvestNotIn, *given, allocations=chosen, **by)
        else:
            self.act(*given, allocations=chosen, **by)
            self.books.ship(part, quantities, self.today, [(line, harvest, units)])
            self.note("shipped from a chosen batch")

    # ── What must hold ──────────────────────────────────────────────────────────────────────────

    def _compare(self, ask: Any) -> None:
        super()._compare(ask)
        harvests = [
            (product, each) for product, found in self.books.harvests.items() for each in found
        ]
        asked = [(*row[:4], bool(row[4]), bool(row[5])) for row in ask(HARVESTS)]
        assert asked == sorted(self._harvest_row(product, each) for product, each in harvests)
        assert ask(PICKS) == sorted(
            (each.id, line_id, units)
            for _, each in harvests
            for line_id, units in each.picks.items()
            if units
        )

    def _harvest_row(self, product: int, each: Harvest) -> tuple[Any, ...]:
        is_recalled = each.recalled_at is not None
        facts = (each.quantity_g, each.allocated_g, each.is_certified, is_recalled)
        return (product, each.id, *facts)

    def _some(self, at: int) -> Any:
        """A harvest, and a variant of its product."""
        shelf = self.pick(self.books.shelves.values(), at)
        return shelf, self.pick(self.books.harvests[shelf.product], at // 2)

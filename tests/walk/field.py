"""The walk goes to the field: harvests that are sold before they are in, and prices that change
between the basket and the order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from catalog.products.errors import BelowPromised
from catalog.products.models import Tier, Variant
from catalog.products.services.drafts import draft_of
from catalog.products.services.variants import edit_variant
from catalog.stock.handlers import end_presales
from shop.db import db
from tests.walk.bank import WalkToTheBank
from tests.walk.books import Shelf
from tests.walk.machine import few, which


class WalkToTheField(WalkToTheBank):
    """A walk in which cooperatives sell in advance, and change their minds about prices."""

    @initialize(at=which, units=few)
    def a_harvest_is_to_come(self, at: int, units: int) -> None:
        self.sell_in_advance(at, 5, 8)
        self.order_in_advance(at, at, units)

    @rule(at=which, days=st.integers(1, 9), units=st.integers(0, 9))
    def sell_in_advance(self, at: int, days: int, units: int) -> None:
        """So many units of a harvest that comes in some days; 0 means none any more."""
        shelf = self.pick(self.books.shelves.values(), at)
        harvest_on = self.today + timedelta(days=days) if units else None
        cap = units or None
        change = {"presale_ships_on": harvest_on, "presale_cap": cap}
        if cap is not None and cap < shelf.promised:
            self.refused(BelowPromised, self._edit, shelf, **change)
        else:
            self.act(self._edit, shelf, **change)
            shelf.harvest_on, shelf.cap = harvest_on, cap

    @rule(who=which, at=which, units=few)
    def order_in_advance(self, who: int, at: int, units: int) -> None:
        """More than there is in the store, of what is to come."""
        buyer = self.pick(self.buyers, who)
        to_come = [s for s in self.books.shelves.values() if s.in_advance(self.today) > 0]
        for shelf in [self.pick(to_come, at)] if to_come else []:
            inside = self.books.baskets[buyer].get(shelf.id, 0)
            self._put_in(buyer, shelf, max(units, shelf.available - inside + 1))
        self._look(buyer)
        look = self.looks[buyer]
        if look.facts:
            self._place(buyer, look, self._form(buyer, look, for_unit=False))
            if any(fact.ships_on for fact in look.facts):
                self.note("ordered in advance")
                self.pay(0)

    @rule()
    def end_presales(self) -> None:
        over = [
            shelf
            for shelf in self.books.shelves.values()
            if shelf.harvest_on and shelf.harvest_on <= self.today
        ]
        with self.stage.app.app_context():
            end_presales(self.now)
        for shelf in over:
            shelf.harvest_on = shelf.cap = None
            self.note("pre-sale ended")

    @rule(at=which, fen=st.sampled_from([-1, 1, 50]))
    def change_price(self, at: int, fen: int) -> None:
        """What was ordered before keeps its price; a page that is open does not."""
        shelf = self.pick(self.books.shelves.values(), at)
        changes: dict[str, Any] = {"price_fen": shelf.price_fen + fen}
        if shelf.cheaper_fen:
            changes["tiers"] = (Tier(2, shelf.price_fen + fen - shelf.cheaper_fen),)
        self.act(self._edit, shelf, **changes)
        shelf.price_fen += fen
        self.note("price changed")

    def _edit(self, shelf: Shelf, **changes: Any) -> None:
        """As the cooperative does in its form. Call it inside an act."""
        row = db.session.get_one(Variant, shelf.id)
        by = self.stage.managers[shelf.cooperative]
        draft = replace(draft_of(row), **changes)
        edit_variant(shelf.cooperative, row.product_id, row.id, draft, by=by, at=self.now)

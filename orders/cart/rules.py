"""What a basket comes to: which lines can be bought, and what each cooperative's part costs."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby

from flask_babel import gettext

from catalog.products.models import Tier, Variant
from catalog.products.rules import unit_price_text
from catalog.stock.rules import supply_of
from orders.deliveries import rules as freight
from orders.deliveries.models import FreightTariff
from orders.deliveries.rules import MAINLAND, Destination
from shop import clock

MOST_KINDS = 100


@dataclass(frozen=True)
class Line:
    """So many units of a variant, as the basket has them on a day."""

    variant: Variant
    quantity: int
    today: date
    # What one unit cost when its owner last put it in or changed it.
    seen_price_fen: int

    @cached_property
    def unit_price_fen(self) -> int:
        """What each of so many units costs."""
        return self.variant.unit_price_for(self.quantity)

    @property
    def amount_fen(self) -> int:
        return self.unit_price_fen * self.quantity

    @property
    def has_other_price(self) -> bool:
        """Whether the price is another than the one its owner last saw with it."""
        return self.unit_price_fen != self.seen_price_fen

    @property
    def tier(self) -> Tier | None:
        """The tier that so many units have reached."""
        reached = [tier for tier in self.variant.tiers if tier.from_quantity <= self.quantity]
        return reached[-1] if reached else None

    @property
    def next_tier(self) -> Tier | None:
        """The tier that more units would reach, as far as there are so many."""
        more = (tier for tier in self.variant.tiers if tier.from_quantity > self.quantity)
        tier = next(more, None)
        return tier if tier is not None and tier.from_quantity <= self.most else None

    @cached_property
    def weight_g(self) -> int:
        return self.variant.net_weight_g * self.quantity

    @property
    def unit_price_text(self) -> str:
        """The price by which variants are compared: ``15.00 元/斤``."""
        variant = self.variant
        return unit_price_text(
            self.unit_price_fen, variant.measure, variant.measure_amount, variant.unit
        )

    @property
    def cooperative_id(self) -> int:
        return self.variant.product.cooperative_id

    @property
    def most(self) -> int:
        """The largest quantity that could be bought."""
        return supply_of(self.variant, self.today).most

    @cached_property
    def ships_on(self) -> date | None:
        """The day from which this line is sent, when it is sold in advance."""
        return supply_of(self.variant, self.today).ships_on(self.quantity)

    @cached_property
    def problem(self) -> str:
        """Why this line can't be bought as it is; empty when it can."""
        return why_not(self.variant, self.quantity, self.today)

    @property
    def fewer_would_do(self) -> bool:
        """Whether a smaller quantity could be bought."""
        return bool(self.problem) and not why_none(self.variant, self.today)


@dataclass(frozen=True)
class Part:
    """What one cooperative delivers. Amounts in fen, weights in grams."""

    lines: tuple[Line, ...]
    tariff: FreightTariff
    promised_on: date
    to: Destination = MAINLAND

    @property
    def cooperative_id(self) -> int:
        return self.lines[0].cooperative_id

    @property
    def cooperative_name(self) -> str:
        return self.lines[0].variant.product.cooperative.name

    @cached_property
    def goods_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)

    @cached_property
    def weight_g(self) -> int:
        return sum(line.weight_g for line in self.lines)

    @cached_property
    def freight_fen(self) -> int:
        return freight.freight_fen(
            self.tariff, goods_fen=self.goods_fen, weight_g=self.weight_g, to=self.to
        )

    @property
    def surcharge_fen(self) -> int:
        """How much of the freight is what the zone adds."""
        return min(freight.surcharge_fen(self.to), self.freight_fen)

    @property
    def short_of_free_fen(self) -> int | None:
        """How much more makes freight free; None where it never is."""
        return freight.short_of_free_fen(self.tariff, self.goods_fen, self.to)


@dataclass(frozen=True)
class Quote:
    """A basket at this moment's prices. Lines with a problem are kept apart and not counted."""

    parts: tuple[Part, ...]
    problems: tuple[Line, ...]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for part in self.parts for line in part.lines)

    @cached_property
    def goods_fen(self) -> int:
        return sum(part.goods_fen for part in self.parts)

    @cached_property
    def freight_fen(self) -> int:
        return sum(part.freight_fen for part in self.parts)

    @property
    def total_fen(self) -> int:
        return self.goods_fen + self.freight_fen

    @property
    def has_perishables(self) -> bool:
        return any(line.variant.perishable for line in self.lines)

    @cached_property
    def facts(self) -> str:
        """What the buyer agrees to, in one canonical form: lines, prices, freight, the promised
        day, and from which day on a line is sent that is sold in advance."""
        return json.dumps(
            [
                [
                    part.cooperative_id,
                    part.freight_fen,
                    part.promised_on.isoformat(),
                    [_facts_of(line) for line in part.lines],
                ]
                for part in self.parts
            ],
            separators=(",", ":"),
        )

    @cached_property
    def fingerprint(self) -> str:
        """The same for two quotes exactly when the buyer would agree to the same thing."""
        return hashlib.sha256(self.facts.encode()).hexdigest()


def quote(
    lines: Iterable[Line],
    tariffs: Mapping[int, FreightTariff],
    at: datetime,
    to: Destination = MAINLAND,
) -> Quote:
    """Work a basket out that goes to one place. ``tariffs`` holds one for each cooperative; ``at``
    gives the promises."""
    in_order = sorted(lines, key=lambda line: (line.cooperative_id, line.variant.id))
    sound = [line for line in in_order if not line.problem]
    parts = []
    for cooperative_id, group in groupby(sound, key=lambda line: line.cooperative_id):
        tariff, lines_of_part = tariffs[cooperative_id], tuple(group)
        sent_from = max([at, *(clock.start_of(x.ships_on) for x in lines_of_part if x.ships_on)])
        promised_on = freight.promised_on(tariff, sent_from, to)
        parts.append(Part(lines_of_part, tariff, promised_on, to))
    return Quote(tuple(parts), tuple(line for line in in_order if line.problem))


def why_not(variant: Variant, quantity: int, today: date) -> str:
    """Why so many of a variant can't be bought now, in a sentence; empty when they can."""
    supply = supply_of(variant, today)
    problem = why_none(variant, today)
    if problem or supply.most >= quantity:
        return problem
    if supply.in_advance > supply.in_stock:
        return str(
            gettext("预售只剩 %(left)s %(unit)s。", left=supply.in_advance, unit=variant.unit)
        )
    return str(
        gettext(
            "库存不够，只剩 %(available)s %(unit)s。",
            available=supply.in_stock,
            unit=variant.unit,
        )
    )


def why_none(variant: Variant, today: date) -> str:
    """Why not even one unit can be bought now; empty when one can."""
    problem = why_not_sold(variant)
    if problem:
        return problem
    if supply_of(variant, today).most <= 0:
        return str(gettext("已经售罄，只剩 0 %(unit)s。", unit=variant.unit))
    return ""


def why_not_sold(variant: Variant) -> str:
    """Why a variant is not for sale, however many there are; empty when it is."""
    product = variant.product
    if product.waits_for_licence:
        return str(gettext("合作社的证照在更新，这个商品暂停销售。"))
    if not product.cooperative.may_sell:
        return str(gettext("这家合作社暂停销售。"))
    if product.delisted_at is not None:
        return str(gettext("这个商品已经下架。"))
    if variant.withdrawn_at is not None:
        return str(gettext("这个规格不再销售。"))
    return ""


def _facts_of(line: Line) -> list[int | str]:
    facts: list[int | str] = [line.variant.id, line.quantity, line.unit_price_fen]
    return facts if line.ships_on is None else [*facts, line.ships_on.isoformat()]

"""What a basket comes to: which lines can be bought, and what each cooperative's part costs."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask_babel import gettext

from catalog.products.models import Variant
from catalog.products.rules import unit_price_text
from orders.deliveries import rules as freight
from orders.deliveries.models import FreightTariff

MOST_KINDS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of a variant, as the basket has them."""

    variant: Variant
    quantity: int

    @property
    def amount_fen(self) -> int:
        return self.variant.price_fen * self.quantity

    @property
    def weight_g(self) -> int:
        return self.variant.net_weight_g * self.quantity

    @property
    def unit_price_text(self) -> str:
        """The price by which variants are compared: ``15.00 元/斤``."""
        variant = self.variant
        return unit_price_text(
            variant.price_fen, variant.measure, variant.measure_amount, variant.unit
        )

    @property
    def cooperative_id(self) -> int:
        return self.variant.product.cooperative_id

    @property
    def problem(self) -> str:
        """Why this line can't be bought as it is; empty when it can."""
        return why_not(self.variant, self.quantity)

    @property
    def fewer_would_do(self) -> bool:
        """Whether a smaller quantity could be bought."""
        return bool(self.problem) and not why_none(self.variant)


@dataclass(frozen=True, slots=True)
class Part:
    """What one cooperative delivers. Amounts in fen, weights in grams."""

    lines: tuple[Line, ...]
    tariff: FreightTariff
    promised_on: date

    @property
    def cooperative_id(self) -> int:
        return self.lines[0].cooperative_id

    @property
    def cooperative_name(self) -> str:
        return self.lines[0].variant.product.cooperative.name

    @property
    def goods_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)

    @property
    def weight_g(self) -> int:
        return sum(line.weight_g for line in self.lines)

    @property
    def freight_fen(self) -> int:
        return freight.freight_fen(self.tariff, goods_fen=self.goods_fen, weight_g=self.weight_g)

    @property
    def short_of_free_fen(self) -> int | None:
        """How much more makes freight free; None where it never is."""
        return freight.short_of_free_fen(self.tariff, self.goods_fen)


@dataclass(frozen=True, slots=True)
class Quote:
    """A basket at this moment's prices. Lines with a problem are kept apart and not counted."""

    parts: tuple[Part, ...]
    problems: tuple[Line, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for part in self.parts for line in part.lines)

    @property
    def goods_fen(self) -> int:
        return sum(part.goods_fen for part in self.parts)

    @property
    def freight_fen(self) -> int:
        return sum(part.freight_fen for part in self.parts)

    @property
    def total_fen(self) -> int:
        return self.goods_fen + self.freight_fen

    @property
    def has_perishables(self) -> bool:
        return any(line.variant.perishable for line in self.lines)

    @property
    def facts(self) -> str:
        """What the buyer agrees to, in one canonical form: lines, prices and freight."""
        return json.dumps(
            [
                [
                    part.cooperative_id,
                    part.freight_fen,
                    [[x.variant.id, x.quantity, x.variant.price_fen] for x in part.lines],
                ]
                for part in self.parts
            ],
            separators=(",", ":"),
        )

    @property
    def fingerprint(self) -> str:
        """The same for two quotes exactly when the buyer would agree to the same thing."""
        return hashlib.sha256(self.facts.encode()).hexdigest()


def quote(lines: Iterable[Line], tariffs: Mapping[int, FreightTariff], at: datetime) -> Quote:
    """Work a basket out. ``tariffs`` holds one for each cooperative; ``at`` gives the promises."""
    in_order = sorted(lines, key=lambda line: (line.cooperative_id, line.variant.id))
    sound = [line for line in in_order if not line.problem]
    parts = []
    for cooperative_id, group in groupby(sound, key=lambda line: line.cooperative_id):
        tariff = tariffs[cooperative_id]
        parts.append(Part(tuple(group), tariff, freight.promised_on(tariff, at)))
    return Quote(tuple(parts), tuple(line for line in in_order if line.problem))


def why_not(variant: Variant, quantity: int) -> str:
    """Why so many of a variant can't be bought now, in a sentence; empty when they can."""
    problem = why_none(variant)
    if problem or variant.available >= quantity:
        return problem
    return str(
        gettext(
            "库存不够，只剩 %(available)s %(unit)s。",
            available=variant.available,
            unit=variant.unit,
        )
    )


def why_none(variant: Variant) -> str:
    """Why not even one unit can be bought now; empty when one can."""
    product = variant.product
    if not product.cooperative.may_sell:
        return str(gettext("这家合作社暂停销售。"))
    if product.delisted_at is not None:
        return str(gettext("这个商品已经下架。"))
    if variant.withdrawn_at is not None:
        return str(gettext("这个规格不再销售。"))
    if variant.available <= 0:
        return str(gettext("已经售罄，只剩 0 %(unit)s。", unit=variant.unit))
    return ""

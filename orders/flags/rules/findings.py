"""What of the ledger looks odd. Every rule is plain arithmetic over whole numbers: what it is asked
of is handed in, and what it found comes back with the numbers that show it.

A finding is a reason to look, never a judgement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from orders.flags.models import FlagKind

PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From where on something looks odd. Amounts in fen, shares and multiples in percent."""

    # A price so many times the usual one, or so many times below it, among at least so many lines.
    price_percent: int = 300
    price_lines: int = 20
    # An order of at least so much of which so much went back within so many days.
    bulk_fen: int = 500_000
    refund_percent: int = 50
    refund_days: int = 30
    # The last days of a month that sold so many times their usual sum, and at least so much.
    spike_days: int = 3
    spike_percent: int = 400
    spike_fen: int = 1_000_000
    # Weights are not exact: so much above the harvest is still the harvest.
    harvest_percent: int = 10


# What the usual day of a town is taken from, before the last days of a month.
USUAL_DAYS = 90


@dataclass(frozen=True)
class Finding:
    """One thing to look at, in one town, with the lines that show it."""

    kind: FlagKind
    subject: str
    town_code: str
    facts: Mapping[str, Any]
    entry_ids: Sequence[int]


class Sold(NamedTuple):
    """A sale of the ledger, as far as its price goes; None is an unknown weight."""

    id: int
    town_code: str
    category_id: int
    category: str
    product: str
    unit: str
    unit_price_fen: int
    amount_fen: int
    weight_g: int | None

    @property
    def per_kg_fen(self) -> int | None:
        return self.amount_fen * 1000 // self.weight_g if self.weight_g else None

    @property
    def measure(self) -> tuple[str, str]:
        """Of what it is compared with: its category by weight, or the same product by the unit."""
        if self.weight_g:
            return (str(self.category_id), "kg")
        return (self.product, self.unit)


class Taken(NamedTuple):
    """A line of an order or sale: what it brought, or what of it went back."""

    id: int
    town_code: str
    counted_on: date
    amount_fen: int
    refund_fen: int


class Tie(NamedTuple):
    """A line, and by what its buyer and its cooperative have to do with each other."""

    id: int
    town_code: str
    cooperative_id: int
    cooperative: str
    # The order, or the line where there is none.
    bought_as: str
    reason: str
    amount_fen: int


class Proof(NamedTuple):
    """That a photo proves a line; ``occasion`` is what it may prove in one go."""

    sha256: str
    occasion: str
    entry_id: int
    town_code: str


class Crop(NamedTuple):
    """What is known to have been harvested of a product, and sold since; in grams."""

    product_id: int
    product: str
    since: date
    harvested_g: int
    sold_g: int


def median(counts: Mapping[int, int]) -> int:
    """The middle of values that each occur so often; the lower of the two where there are two."""
    half = (sum(counts.values()) + 1) // 2
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= half:
            return value
    return 0


def odd_prices(
    lines: Iterable[Sold], usual: Mapping[tuple[str, str], Mapping[int, int]], limits: Limits
) -> list[Finding]:
    """Lines whose price is far from the median of the same measure, where enough is known of it.

    ``usual`` says of each measure how often each price (fen a kilogram or a unit) was paid.
    """
    norms = {
        measure: (median(counts), count)
        for measure, counts in usual.items()
        if (count := sum(counts.values())) >= limits.price_lines
    }
    found = []
    for line in lines:
        norm, count = norms.get(line.measure, (0, 0))
        price = line.per_kg_fen if line.weight_g else line.unit_price_fen
        if norm and price is not None and _is_far(price, norm, limits.price_percent):
            facts = {
                "product": line.product,
                "of": line.category if line.weight_g else line.product,
                "per": "kg" if line.weight_g else line.unit,
                "price_fen": price,
                "norm_fen": norm,
                "lines": count,
            }
            subject = f"entry:{line.id}"
            found.append(Finding(FlagKind.PRICE, subject, line.town_code, facts, [line.id]))
    return found


def large_refunds(sales: Mapping[str, Sequence[Taken]], limits: Limits) -> list[Finding]:
    """Large orders of which most went back within a few days of the sale.

    ``sales`` are all lines of each order, the order's number first.
    """
    found = []
    for subject, lines in sales.items():
        sold = [line for line in lines if line.amount_fen > 0]
        if not sold:
            continue
        amount = sum(line.amount_fen for line in sold)
        until = min(line.counted_on for line in sold) + timedelta(days=limits.refund_days)
        back = [
            line
            for line in lines
            if (line.refund_fen or line.amount_fen < 0) and line.counted_on <= until
        ]
        refund = sum(line.refund_fen - min(line.amount_fen, 0) for line in back)
        if amount >= limits.bulk_fen and refund * PERCENT >= amount * limits.refund_percent:
            last = max(line.counted_on for line in back)
            facts = {
                "order": subject,
                "amount_fen": amount,
                "refund_fen": refund,
                "percent": refund * PERCENT // amount,
                "days": (last - min(line.counted_on for line in sold)).days,
            }
            ids = [line.id for line in (*sold, *back)]
            found.append(Finding(FlagKind.REFUNDED, subject, sold[0].town_code, facts, ids))
    return found


def related_sales(ties: Iterable[Tie]) -> list[Finding]:
    """One finding for each order, with all the reasons why its two sides are no strangers."""
    by_order: dict[str, list[Tie]] = {}
    for tie in ties:
        by_order.setdefault(tie.bought_as, []).append(tie)
    found = []
    for subject, some in by_order.items():
        amounts = {tie.id: tie.amount_fen for tie in some}
        facts = {
            "cooperative": some[0].cooperative,
            "reasons": sorted({tie.reason for tie in some}),
            "amount_fen": sum(amounts.values()),
        }
        town = some[0].town_code
        found.append(Finding(FlagKind.RELATED, subject, town, facts, sorted(amounts)))
    return found


def spike(
    town_code: str, last_day: date, days: Mapping[date, int], limits: Limits
) -> Finding | None:
    """A month whose last days sold many times what the days before them usually did.

    ``days`` says in fen what was sold on each day; a town that sold nothing before has no usual.
    The finding comes without its lines: they are not looked up for months that are as usual.
    """
    first = last_day - timedelta(days=limits.spike_days - 1)
    last_fen = sum(fen for day, fen in days.items() if first <= day <= last_day)
    usual_since = first - timedelta(days=USUAL_DAYS)
    before = sum(fen for day, fen in days.items() if usual_since <= day < first)
    if before <= 0 or last_fen < limits.spike_fen:
        return None
    # A day's average against a day's average, without dividing.
    percent = last_fen * USUAL_DAYS * PERCENT // (before * limits.spike_days)
    if percent < limits.spike_percent:
        return None
    facts = {
        "month": f"{last_day:%Y-%m}",
        "days": limits.spike_days,
        "fen": last_fen,
        "daily_fen": last_fen // limits.spike_days,
        "usual_fen": before // USUAL_DAYS,
        "percent": percent,
    }
    subject = f"{town_code}:{last_day:%Y-%m}"
    return Finding(FlagKind.SPIKE, subject, town_code, facts, ())


def shared_photos(proofs: Iterable[Proof]) -> list[Finding]:
    """Every sale whose photo also proves another one; the first to use it is not to blame."""
    by_photo: dict[str, list[Proof]] = {}
    for proof in proofs:
        by_photo.setdefault(proof.sha256, []).append(proof)
    found = []
    for sha256, some in by_photo.items():
        first: dict[str, Proof] = {}
        for proof in some:
            first.setdefault(proof.occasion, proof)
        earliest, *later = first.values()
        for count, proof in enumerate(later, 1):
            facts = {"earlier": count, "sha256": sha256[:12], "elsewhere": False}
            ids = [proof.entry_id]
            # Who answers for one town is shown nothing of another's.
            if earliest.town_code == proof.town_code:
                ids.insert(0, earliest.entry_id)
            else:
                facts["elsewhere"] = True
            subject = f"{sha256}:{proof.occasion}"
            found.append(Finding(FlagKind.EVIDENCE, subject, proof.town_code, facts, ids))
    return found


def above_harvest(
    crop: Crop, town_code: str, month: str, entry_ids: Sequence[int], limits: Limits
) -> Finding | None:
    """A product of which more was sold since its first batch than all its batches brought."""
    if crop.harvested_g <= 0:
        return None
    if crop.sold_g * PERCENT <= crop.harvested_g * (PERCENT + limits.harvest_percent):
        return None
    facts = {
        "product": crop.product,
        "since": crop.since.isoformat(),
        "sold_g": crop.sold_g,
        "harvested_g": crop.harvested_g,
        "percent": (crop.sold_g - crop.harvested_g) * PERCENT // crop.harvested_g,
        "tolerance": limits.harvest_percent,
    }
    return Finding(
        FlagKind.HARVEST, f"{crop.product_id}:{month}:{town_code}", town_code, facts, entry_ids
    )


def _is_far(price: int, norm: int, percent: int) -> bool:
    return price * PERCENT >= norm * percent or price * percent <= norm * PERCENT

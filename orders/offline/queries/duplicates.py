"""Look for what may be the same sale: an order in the shop, or a line entered before (rule 7)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased

from orders.offline.models import EvidenceLink, OfflineEvidence, OfflineSale
from orders.offline.queries.sales import is_reversed
from orders.records.models import Order, OrderLine, SubOrder
from orders.sales.models import Channel, EntryKind, SalesEntry
from shop import clock
from shop.db import db

# An order and its contract are seldom further apart.
NEAR = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a sale is known by. Amounts in fen; a resident has no unit. The number of an order is
    what a sheet says, empty where it says none."""

    cooperative_id: int
    product_name: str
    sold_on: date
    amount_fen: int
    buyer_unit: str
    order_number: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another sale that may be the same: an order, by its number, or a line of the ledger."""

    day: date
    amount_fen: int
    order_number: str = ""
    entry_id: int | None = None
    # That the same file is its evidence.
    shares_evidence: bool = False

    @property
    def key(self) -> str:
        """Names it in a form that says what was seen."""
        return self.order_number or f"{self.entry_id}{'e' if self.shares_evidence else ''}"


def find_likenesses(
    sought: Sequence[Sought], *, without: Collection[int] = ()
) -> list[list[Likeness]]:
    """For each sale the others that may be the same, in two or three statements; ``without`` are
    lines of the ledger that it stands in the stead of. An order that a sale names comes first."""
    if not sought:
        return []
    named, online, before = _named(sought), _orders(sought), _entries(sought, without)
    found = []
    for each in sought:
        own = named.get((each.cooperative_id, _plain(each.order_number)), [])
        known = {like.order_number for like in own}
        near = [like for like in _near(online, each) if like.order_number not in known]
        found.append([*own, *before.get(_key(each), ()), *near])
    return found


def find_by_evidence(
    evidence_ids: Collection[int], *, without: Collection[int] = ()
) -> list[Likeness]:
    """Lines that were not reversed and that the same files prove, whoever brought them."""
    other = aliased(OfflineEvidence)
    query = (
        select(SalesEntry.id, SalesEntry.sold_on, SalesEntry.amount_fen)
        .join(OfflineSale, OfflineSale.entry_id == SalesEntry.id)
        .join(EvidenceLink, EvidenceLink.sale_id == OfflineSale.id)
        .join(other, other.id == EvidenceLink.evidence_id)
        .where(
            other.sha256.in_(
                select(OfflineEvidence.sha256).where(OfflineEvidence.id.in_(evidence_ids))
            ),
            SalesEntry.id.not_in(without),
            ~is_reversed(),
        )
        .distinct()
        .order_by(SalesEntry.id)
        .limit(20)
    )
    rows = db.session.execute(query)
    return [Likeness(day, fen, entry_id=id_, shares_evidence=True) for id_, day, fen in rows]


def _entries(
    sought: Sequence[Sought], without: Collection[int]
) -> dict[tuple[object, ...], list[Likeness]]:
    days = {each.sold_on for each in sought}
    query = (
        select(
            SalesEntry.id,
            SalesEntry.cooperative_id,
            SalesEntry.product_name,
            SalesEntry.sold_on,
            SalesEntry.amount_fen,
        )
        .where(
            SalesEntry.cooperative_id.in_({each.cooperative_id for each in sought}),
            # Serves the index; no line counts before its own day.
            SalesEntry.counted_on >= min(days),
            SalesEntry.sold_on.between(min(days), max(days)),
            SalesEntry.channel != Channel.ONLINE,
            SalesEntry.kind == EntryKind.SALE,
            SalesEntry.id.not_in(without),
            ~is_reversed(),
        )
        .order_by(SalesEntry.id)
    )
    found: dict[tuple[object, ...], list[Likeness]] = defaultdict(list)
    wanted = {_key(each) for each in sought}
    for id_, cooperative_id, product, day, fen in db.session.execute(query):
        key = (cooperative_id, product, day, fen)
        if key in wanted:
            found[key].append(Likeness(day, fen, entry_id=id_))
    return found


def _named(sought: Sequence[Sought]) -> dict[tuple[int, str], list[Likeness]]:
    """The parts of orders in the shop whose number, or whose order's, a sale gives as its own:
    they are the same whatever the day, the amount and the name of the buyer."""
    numbers = {_plain(each.order_number) for each in sought} - {""}
    if not numbers:
        return {}
    query = (
        select(
            SubOrder.cooperative_id,
            SubOrder.number,
            Order.number,
            Order.placed_at,
            SubOrder.goods_fen,
        )
        .join(SubOrder.order)
        .where(
            # A part's number is that of its order and one letter, or two.
            Order.number.in_({number[: len(number) - n] for number in numbers for n in range(3)}),
            SubOrder.cooperative_id.in_({each.cooperative_id for each in sought}),
            Order.closed_at.is_(None),
            SubOrder.cancelled_at.is_(None),
        )
        .order_by(SubOrder.id)
    )
    found: dict[tuple[int, str], list[Likeness]] = defaultdict(list)
    for cooperative_id, number, whole, at, fen in db.session.execute(query):
        like = Likeness(clock.day_of(at), fen, order_number=number)
        found[(cooperative_id, number)].append(like)
        found[(cooperative_id, whole)].append(like)
    return found


def _plain(number: str) -> str:
    """A number as the shop writes it, whatever a sheet made of its letters."""
    return "".join(number.split()).upper()


def _orders(sought: Sequence[Sought]) -> dict[tuple[int, str], list[tuple[str, date, int]]]:
    """What units ordered of the cooperatives around these days: parts whole, and their lines."""
    units = {each.buyer_unit for each in sought if each.buyer_unit}
    if not units:
        return {}
    days = [each.sold_on for each in sought if each.buyer_unit]
    query = (
        select(
            SubOrder.cooperative_id,
            Order.buyer_unit,
            SubOrder.number,
            Order.placed_at,
            SubOrder.goods_fen,
            OrderLine.amount_fen,
        )
        .join(SubOrder.order)
        .join(SubOrder.lines)
        .where(
            SubOrder.cooperative_id.in_({each.cooperative_id for each in sought}),
            Order.buyer_unit.in_(units),
            Order.placed_at >= clock.start_of(min(days) - NEAR),
            Order.placed_at < clock.end_of(max(days) + NEAR),
            Order.closed_at.is_(None),
            SubOrder.cancelled_at.is_(None),
        )
        .order_by(SubOrder.id)
    )
    found: dict[tuple[int, str], list[tuple[str, date, int]]] = defaultdict(list)
    for cooperative_id, unit, number, at, goods_fen, line_fen in db.session.execute(query):
        for fen in {goods_fen, line_fen}:
            found[(cooperative_id, unit)].append((number, clock.day_of(at), fen))
    return found


def _near(
    orders: dict[tuple[int, str], list[tuple[str, date, int]]], sought: Sought
) -> Iterable[Likeness]:
    seen: set[str] = set()
    for number, day, fen in orders.get((sought.cooperative_id, sought.buyer_unit), ()):
        is_near = abs(day - sought.sold_on) <= NEAR
        if is_near and fen == sought.amount_fen and number not in seen:
            seen.add(number)
            yield Likeness(day, fen, order_number=number)


def _key(sought: Sought) -> tuple[object, ...]:
    return (sought.cooperative_id, sought.product_name, sought.sold_on, sought.amount_fen)

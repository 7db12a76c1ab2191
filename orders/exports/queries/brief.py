"""Read what a brief is made of. Each function is one statement, or two."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from catalog.products.models import Product
from catalog.products.queries import was_on_sale
from orders.closing.models import CloseState, MonthClose
from orders.exports.rules.brief import Move
from orders.rollups.queries import sums_by
from orders.rollups.rules import Dimension, Span
from orders.sales.queries import Slice
from orders.statistics.queries.figures import names_of
from orders.statistics.rules.labels import BUYER_TYPES, CHANNELS
from orders.statistics.rules.periods import Period
from shop import clock
from shop.db import db
from shop.organisations.models import Organisation
from shop.places.models import Town

_NOW, _BEFORE = "now", "before"
_LABELS: dict[Dimension, Mapping[Any, Any]] = {
    Dimension.CHANNEL: CHANNELS,
    Dimension.BUYER_TYPE: BUYER_TYPES,
}


def moves_of(by: Dimension, part: Slice) -> list[Move]:
    """What each category, channel or kind of buyer sold in a slice (net), and on the same days of
    the year before."""
    period = Period(part.since, part.until)
    before = period.year_before
    spans = {
        _NOW: Span(period.since, period.until),
        _BEFORE: Span(before.since, before.until),
    }
    found = {
        key: held for (key,), held in sums_by([by], part, spans, ["net_fen", "newest_id"]).items()
    }
    newest = {key: max(span.newest_id for span in held.values()) for key, held in found.items()}
    labels = _LABELS.get(by) or names_of(by, newest)
    return [
        Move(str(labels[key]), *(held[span].net_fen if span in held else 0 for span in spans))
        for key, held in sorted(found.items())
    ]


def list_unfiled(towns: Sequence[Town], months: Iterable[str]) -> dict[str, list[str]]:
    """Of these months (``2026-11``) the names of the towns that have not filed them."""
    wanted = list(months)
    query = select(MonthClose.town_code, MonthClose.month).where(
        MonthClose.month.in_(wanted), MonthClose.state != CloseState.OPEN
    )
    filed = {(town, month) for town, month in db.session.execute(query)}
    return {
        month: [town.name for town in towns if (town.code, month) not in filed] for month in wanted
    }


def list_coming(part: Slice, month: int) -> Sequence[str]:
    """The names of products on sale when a slice ends whose season begins with a month (1 to 12)
    of the calendar, and that have no season in the month before it."""
    bit, earlier = 1 << (month - 1), 1 << ((month - 2) % 12)
    query = (
        select(Product.name)
        .join(Organisation, Organisation.id == Product.cooperative_id)
        .where(
            was_on_sale(clock.end_of(part.until)),
            part.scope.contains(Product.town_code),
            Product.town_code.startswith(part.town_code or part.county_code or ""),
            Product.season_mask.bitwise_and(bit) != 0,
            Product.season_mask.bitwise_and(earlier) == 0,
        )
        .distinct()
        .order_by(Product.name)
    )
    return db.session.scalars(query).all()

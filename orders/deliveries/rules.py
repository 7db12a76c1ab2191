"""What freight costs, and which day is promised. Fen and grams; days are those of Zhuhai."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from catalog.batches.models import Batch
from orders.deliveries.models import DeliveryZone, FreightTariff
from shop import clock

# A buyer who says nothing has this long, after the promised day, to say that something is wrong.
DAYS_TO_COMPLAIN = 7

# What an installation begins with; administrators change it on their screen.
DEFAULT_TARIFF = {
    "first_g": 3000,
    "first_fen": 1000,
    "step_g": 1000,
    "step_fen": 200,
    "free_from_fen": 9900,
    "lead_days": 2,
}


# The islands, as an installation begins with them: they are reached by ferry.
DEFAULT_ZONE = "海岛"
DEFAULT_SURCHARGE_FEN = 1500
DEFAULT_EXTRA_DAYS = 2
DEFAULT_ZONE_TOWNS = ("440402105", "440402106", "440402107")


@dataclass(frozen=True, slots=True)
class Collection:
    """Goods are fetched at a pick-up point: what that costs, and when they are there."""

    fee_fen: int
    # Until then (on a clock in Zhuhai) an order counts as today's.
    cut_off: time
    # Days from the first possible one, the day after the order.
    lead_days: int


@dataclass(frozen=True, slots=True)
class Destination:
    """Where goods go, as far as freight and time are concerned."""

    # None on the mainland.
    zone: DeliveryZone | None = None
    # None when they are brought to an address.
    collection: Collection | None = None


MAINLAND = Destination()


def freight_fen(
    tariff: FreightTariff, *, goods_fen: int, weight_g: int, to: Destination = MAINLAND
) -> int:
    """What the buyer pays for one cooperative's part.

    At a pick-up point its fee, whatever the weight. Elsewhere nothing from the free amount on,
    else the first weight, each further step that was begun, and what the zone adds.
    """
    if to.collection is not None:
        return to.collection.fee_fen
    if short_of_free_fen(tariff, goods_fen, to) == 0:
        return 0
    steps = -(-max(0, weight_g - tariff.first_g) // tariff.step_g)
    return tariff.first_fen + steps * tariff.step_fen + surcharge_fen(to)


def surcharge_fen(to: Destination) -> int:
    """What the zone adds to the freight of each cooperative's part."""
    return 0 if to.zone is None else to.zone.surcharge_fen


def short_of_free_fen(
    tariff: FreightTariff, goods_fen: int, to: Destination = MAINLAND
) -> int | None:
    """How much more must be bought for free freight; None where it makes no difference."""
    free_from_fen = tariff.free_from_fen if to.zone is None else to.zone.free_from_fen
    if free_from_fen is None or to.collection is not None:
        return None
    return max(0, free_from_fen - goods_fen)


def promised_on(tariff: FreightTariff, placed_at: datetime, to: Destination = MAINLAND) -> date:
    """The day on which the buyer has the parcel, or can fetch it."""
    if to.collection is not None:
        return collected_from(to.collection, placed_at)
    extra_days = 0 if to.zone is None else to.zone.extra_days
    return clock.day_of(placed_at) + timedelta(days=tariff.lead_days + extra_days)


def collected_from(collection: Collection, placed_at: datetime) -> date:
    """The day on which goods lie ready: an order from the cut-off on is the next day's."""
    is_late = clock.local(placed_at).time() >= collection.cut_off
    return clock.day_of(placed_at) + timedelta(days=1 + collection.lead_days + is_late)


def closes_at(tariff: FreightTariff, day: date, to: Destination = MAINLAND) -> datetime:
    """From when on no further order is promised for this day: a pick-up point's cut-off, elsewhere
    midnight."""
    if to.collection is not None:
        last_day = day - timedelta(days=1 + to.collection.lead_days)
        return datetime.combine(last_day, to.collection.cut_off, clock.SHANGHAI).astimezone(UTC)
    extra_days = 0 if to.zone is None else to.zone.extra_days
    return clock.end_of(day - timedelta(days=tariff.lead_days + extra_days))


def accepted_unasked_before(at: datetime) -> date:
    """Parts promised before this day count as accepted now, though the buyer said nothing."""
    return clock.day_of(at) - timedelta(days=DAYS_TO_COMPLAIN)


def recalls_of(batches: Mapping[int, Iterable[Batch]]) -> dict[int, datetime]:
    """When the last batch of each order line was called back, where one was."""
    recalled = {
        line_id: [batch.recall.at for batch in some if batch.recall]
        for line_id, some in batches.items()
    }
    return {line_id: max(moments) for line_id, moments in recalled.items() if moments}


def tracking_number_of(text: str) -> str:
    """A tracking number as carriers print it: capitals and digits without gaps."""
    return "".join(text.split()).upper()


def without_repeats(parcels: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same parcels, each once, in their order."""
    return list(dict.fromkeys(parcels))

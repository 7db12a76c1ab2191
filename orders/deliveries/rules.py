"""What freight costs, and which day is promised. Fen and grams; days are those of Zhuhai."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from orders.deliveries.models import FreightTariff
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


def freight_fen(tariff: FreightTariff, *, goods_fen: int, weight_g: int) -> int:
    """What the buyer pays for one cooperative's part: nothing from the free amount on, else the
    first weight and each further step that was begun."""
    if short_of_free_fen(tariff, goods_fen) == 0:
        return 0
    steps = -(-max(0, weight_g - tariff.first_g) // tariff.step_g)
    return tariff.first_fen + steps * tariff.step_fen


def short_of_free_fen(tariff: FreightTariff, goods_fen: int) -> int | None:
    """How much more must be bought for free freight; None where freight is never free."""
    if tariff.free_from_fen is None:
        return None
    return max(0, tariff.free_from_fen - goods_fen)


def promised_on(tariff: FreightTariff, placed_at: datetime) -> date:
    """The day on which the buyer has the parcel."""
    return clock.day_of(placed_at) + timedelta(days=tariff.lead_days)


def accepted_unasked_before(at: datetime) -> date:
    """Parts promised before this day count as accepted now, though the buyer said nothing."""
    return clock.day_of(at) - timedelta(days=DAYS_TO_COMPLAIN)


def tracking_number_of(text: str) -> str:
    """A tracking number as carriers print it: capitals and digits without gaps."""
    return "".join(text.split()).upper()


def without_repeats(parcels: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same parcels, each once, in their order."""
    return list(dict.fromkeys(parcels))

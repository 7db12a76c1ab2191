"""What an official asked for, kept inside what they may see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import urlencode

from flask import url_for

from orders.records.models import BuyerType
from orders.sales.models import Mode
from orders.sales.queries import Slice
from orders.statistics.forms import FilterForm, PlaceForm
from orders.statistics.queries.places import (
    get_category,
    get_cooperative_known_in,
    get_county_in,
    list_categories,
    list_cooperatives,
    list_towns,
)
from orders.statistics.rules.labels import BUYER_TYPES, CHANNEL_FILTERS, MODES, Channels
from orders.statistics.rules.periods import Period
from orders.statistics.rules.summary import Line, Summary
from shop.accounts.people.queries import get_town_in
from shop.accounts.people.rules import Scope, scope_of_place
from shop.errors import NotFound

_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Asked:
    """A part of the ledger, and what was chosen in it as the address and the person name it."""

    part: Slice
    filters: dict[str, str]
    names: dict[str, str]

    @property
    def period(self) -> Period:
        return Period(self.part.since, self.part.until)

    @property
    def place(self) -> Scope:
        """The part of the land that it is about."""
        code = self.part.town_code or self.part.county_code
        return scope_of_place(code) if code else self.part.scope

    def without(self, name: str) -> dict[str, str]:
        """The filters but one, for the link that takes it away."""
        return {key: value for key, value in self.filters.items() if key != name}


def asked_of(form: FilterForm, scope: Scope, period: Period) -> Asked:
    """Look up what a valid form names. Raises NotFound for anything outside the scope."""
    return look_up(form.filters(), scope, period)


def look_up(filters: dict[str, str], scope: Scope, period: Period) -> Asked:
    """Look up what filters name, each as it stands in an address. Raises NotFound."""
    county = get_county_in(scope, filters["county"]) if "county" in filters else None
    town = get_town_in(scope, filters["town"]) if "town" in filters else None
    category = get_category(_id(filters["category"])) if "category" in filters else None
    cooperative = (
        get_cooperative_known_in(scope, _id(filters["cooperative"]))
        if "cooperative" in filters
        else None
    )
    named = {"county": county, "town": town, "category": category, "cooperative": cooperative}
    names = {key: found.name for key, found in named.items() if found} | _choices(filters)
    part = Slice(
        scope=scope,
        since=period.since,
        until=period.until,
        county_code=county and county.code,
        town_code=town and town.code,
        category_id=category and category.id,
        cooperative_id=cooperative and cooperative.id,
        buyer_type=BuyerType(filters["buyer_type"]) if "buyer_type" in filters else None,
        channels=Channels(filters["channel"]).meant if "channel" in filters else (),
        mode=Mode(filters["mode"]) if "mode" in filters else None,
    )
    return Asked(part, filters, names)


def offer_choices(form: PlaceForm, scope: Scope, today: date) -> None:
    """Fill the lists of a filter with what lies inside the scope."""
    everything = Slice(scope=scope, since=today, until=today)
    towns = list_towns(everything, today)
    counties = {town.county.code: town.county.name for town in towns}
    form.county.offer(counties.items())
    form.town.offer((town.code, town.county.name + town.name) for town in towns)
    form.category.offer((str(category.id), category.name) for category in list_categories())
    form.cooperative.offer((str(id_), name) for id_, name in list_cooperatives(everything))


def days_of(period: Period) -> dict[str, str]:
    """A period as the ledger's address says it."""
    days = {"from": period.from_month, "to": period.to_month}
    if not period.begins_a_month:
        days["since"] = period.since.isoformat()
    return days if period.ends_a_month else days | {"until": period.until.isoformat()}


Links = Callable[..., str | None]


def ledger_links() -> Links:
    """What gives the addresses of the lines that numbers are the sums of, from a period and some
    choices; None where a choice excludes another. A table has hundreds: the page's own address,
    each period and each choice are written once."""
    path, days = url_for("ledger.index"), dict[Period, str]()
    written = lru_cache(maxsize=None)(lambda item: urlencode([item]))

    def link(period: Period, *choices: dict[str, str]) -> str | None:
        filters: dict[str, str] = {}
        for choice in choices:
            for name, value in choice.items():
                if filters.setdefault(name, value) != value:
                    return None
        if period not in days:
            days[period] = f"{path}?{urlencode(days_of(period))}"
        return "&".join([days[period], *map(written, filters.items())])

    return link


def ledger_url(period: Period, *choices: dict[str, str]) -> str | None:
    """The address of the lines that a single number is the sum of."""
    return ledger_links()(period, *choices)


def cell_links(asked: Asked, summary: Summary) -> Callable[[Line, str], str | None]:
    """Where each number of a summary leads: to the lines that it is the sum of."""
    period, url = asked.period, ledger_links()
    days = {"month": period.last_month, "before": period.year_before}
    overlays = {
        "month": {},
        "cumulative": {},
        "before": {},
        "direct": {"mode": Mode.DIRECT.value},
        "helped": {"mode": Mode.HELPED.value},
        "online": {"channel": Channels.ONLINE.value},
        "offline": {"channel": Channels.NOT_ONLINE.value},
        "union": {"buyer_type": BuyerType.UNION.value},
    }

    def link(line: Line, column: str) -> str | None:
        if column not in overlays:
            return None
        row = {summary.by.value: line.key} if line.key else {}
        return url(days.get(column, period), asked.filters, row, overlays[column])

    return link


def _choices(filters: dict[str, str]) -> dict[str, str]:
    labels = {"buyer_type": BUYER_TYPES, "channel": CHANNEL_FILTERS, "mode": MODES}
    return {key: str(labels[key][filters[key]]) for key in labels if key in filters}


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _LARGEST_ID):
        raise NotFound
    return int(text)

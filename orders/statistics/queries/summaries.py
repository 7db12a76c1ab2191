"""Put the summary table together: every row that belongs in it, sold or not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from orders.benefits.rules import Totals
from orders.closing.queries.benefits import pinned_benefits
from orders.rollups.rules import Dimension
from orders.sales.queries import Slice
from orders.statistics.queries.figures import (
    Found,
    figures_by,
    names_of,
    products_by,
)
from orders.statistics.queries.places import list_categories, list_cooperatives, list_towns
from orders.statistics.rules.labels import BUYER_TYPES
from orders.statistics.rules.periods import Period
from orders.statistics.rules.summary import By, Figures, Row, Summary, summarise
from orders.targets.queries import plans_in
from orders.targets.rules import Plan
from shop.clock import month_of
from shop.places.models import Town


@dataclass(frozen=True)
class Goals:
    """The towns of a slice, and their yearly targets where they say something about it."""

    towns: Sequence[Town]
    plans: dict[str, Plan]

    @property
    def targets(self) -> dict[str, int]:
        """In fen, by the codes of towns."""
        return {code: plan.amount_fen for code, plan in self.plans.items()}

    def of(self, town_codes: Iterable[str]) -> int | None:
        held = [self.plans[code].amount_fen for code in town_codes if code in self.plans]
        return sum(held) if held else None


def get_summary(by: By, part: Slice) -> Summary:
    """The table of a slice."""
    return summarise_with(by, part, get_goals(part))


def get_goals(part: Slice) -> Goals:
    """The assisted towns of a slice and all with a target, with the targets that compare."""
    plans = plans_in(part.until.year, part.scope.prefix)
    towns = list_towns(part, part.until, list(plans))
    codes = {town.code for town in towns}
    fits = part.is_whole and Period(part.since, part.until).begins_the_year
    held = {code: plan for code, plan in plans.items() if fits and code in codes}
    return Goals(towns, held)


def summarise_with(by: By, part: Slice, goals: Goals, found: Found | None = None) -> Summary:
    """The table of a slice whose targets are at hand, and maybe its figures."""
    figures, newest = found or figures_by(by, part)
    products = products_by(by, part) if part.is_by_product else {}
    labels = _labels(by, part, goals) | names_of(Dimension(by), newest)
    benefits = _benefits(by, part)
    counts = by is not By.BUYER_TYPE and part.is_by_product
    rows = [
        Row(
            key=key,
            label=label,
            figures=figures.get(key, Figures()),
            target_fen=goals.of(_towns_of(key, by, goals)),
            products=products.get(key, 0) if counts else None,
            towns_without_target=_missing(_towns_of(key, by, goals), goals),
            benefits=benefits.get(key) if key else None,
        )
        for key, label in (sorted(labels.items()) if by.is_place else labels.items())
    ]
    return summarise(
        by,
        Period(part.since, part.until),
        rows,
        _total(part, goals, figures[""], products, benefits.get("")),
    )


def rank_towns(part: Slice, goals: Goals, net: dict[str, int]) -> Summary:
    """The towns alone, with what they sold (in fen, by code) against their targets."""
    rows = [
        Row(
            key=town.code,
            label=town.county.name + town.name,
            figures=Figures(cumulative_fen=net.get(town.code, 0)),
            target_fen=goals.of([town.code]),
            products=None,
        )
        for town in goals.towns
    ]
    empty = Row(key="", label="", figures=Figures(), target_fen=None, products=None)
    return summarise(By.TOWN, Period(part.since, part.until), rows, empty)


def _labels(by: By, part: Slice, goals: Goals) -> dict[str, str]:
    """The rows that belong in a table whether or not something was sold, in their order."""
    match by:
        case By.TOWN:
            return {town.code: town.county.name + town.name for town in goals.towns}
        case By.COUNTY:
            return {town.county.code: town.county.name for town in goals.towns}
        case By.CATEGORY:
            chosen = part.category_id
            return {
                str(category.id): category.name
                for category in list_categories()
                if chosen == category.id or (chosen is None and not category.closed)
            }
        case By.COOPERATIVE:
            chosen = part.cooperative_id
            return {
                str(id_): name for id_, name in list_cooperatives(part) if chosen in (None, id_)
            }
        case By.BUYER_TYPE:
            return {
                buyer_type.value: str(label)
                for buyer_type, label in BUYER_TYPES.items()
                if part.buyer_type in (None, buyer_type)
            }


def _towns_of(key: str, by: By, goals: Goals) -> list[str]:
    """The towns that a row is about, if it is about places."""
    if by is By.TOWN:
        return [key]
    if by is By.COUNTY:
        return [town.code for town in goals.towns if town.county_code == key]
    return []


def _missing(town_codes: list[str], goals: Goals) -> int:
    return sum(code not in goals.plans for code in town_codes)


def _benefits(by: By, part: Slice) -> dict[str, Totals]:
    """Households and jobs are known of places and cooperatives, and of whole months."""
    if not part.is_by_product or part.category_id is not None:
        return {}
    until = part.until if Period(part.since, part.until).ends_a_month else _month_before(part.until)
    return pinned_benefits(
        by.value,
        part.scope,
        (month_of(part.since), month_of(until)),
        county_code=part.county_code,
        town_code=part.town_code,
        cooperative_id=part.cooperative_id,
    )


def _month_before(day: date) -> date:
    return day.replace(day=1) - timedelta(days=1)


def _total(
    part: Slice,
    goals: Goals,
    figures: Figures,
    products: dict[str, int],
    benefits: Totals | None,
) -> Row:
    codes = [town.code for town in goals.towns]
    return Row(
        key="",
        label="",
        figures=figures,
        target_fen=goals.of(codes),
        products=sum(products.values()) if part.is_by_product else None,
        towns_without_target=_missing(codes, goals),
        benefits=benefits,
    )

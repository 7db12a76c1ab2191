"""Put the summary table together: every row that belongs in it, sold or not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from orders.benefits.rules import Totals
from orders.closing.queries.benefits import pinned_benefits
from orders.records.models import BuyerType
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
from orders.targets.queries import Aim, plans_in
from orders.targets.rules import Plan
from shop.clock import month_of
from shop.places.models import Town


@dataclass(frozen=True)
class Goals:
    """The towns of a slice, and the yearly targets that say something about it or its parts."""

    towns: Sequence[Town]
    # What the slice chooses of them.
    category_id: int | None
    buyer_type: BuyerType | None
    aims: dict[Aim, Plan]

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The towns' targets for what the slice chooses, by code."""
        return self.plans_of()

    def plans_of(
        self, category_id: int | None = None, buyer_type: BuyerType | None = None
    ) -> dict[str, Plan]:
        """The towns' targets for a part of what the slice chooses, by code."""
        part = (category_id or self.category_id, buyer_type or self.buyer_type)
        return {aim.town_code: plan for aim, plan in self.aims.items() if aim[1:] == part}

    @property
    def targets(self) -> dict[str, int]:
        """In fen, by the codes of towns."""
        return {code: plan.amount_fen for code, plan in self.plans.items()}

    def of(self, town_codes: Iterable[str]) -> int | None:
        return _sum_of(self.plans, town_codes)


def get_summary(by: By, part: Slice) -> Summary:
    """The table of a slice."""
    return summarise_with(by, part, get_goals(part))


def get_goals(part: Slice) -> Goals:
    """The assisted towns of a slice and all with a target, with the targets that compare."""
    aims = plans_in(part.until.year, part.scope.prefix)
    towns = list_towns(part, part.until, sorted({aim.town_code for aim in aims}))
    codes = {town.code for town in towns}
    fits = part.compares_with_targets and Period(part.since, part.until).begins_the_year
    held = {aim: plan for aim, plan in aims.items() if fits and aim.town_code in codes}
    return Goals(towns, part.category_id, part.buyer_type, held)


def summarise_with(by: By, part: Slice, goals: Goals, found: Found | None = None) -> Summary:
    """The table of a slice whose targets are at hand, and maybe its figures."""
    figures, newest = found or figures_by(by, part)
    products = products_by(by, part) if part.is_by_product else {}
    labels = _labels(by, part, goals) | names_of(Dimension(by), newest)
    benefits = _benefits(by, part)
    counts = by is not By.BUYER_TYPE and part.is_by_product
    rows = []
    for key, label in sorted(labels.items()) if by.is_place else labels.items():
        plans, codes = _plans_of(key, by, goals)
        row = Row(
            key=key,
            label=label,
            figures=figures.get(key, Figures()),
            target_fen=_sum_of(plans, codes),
            products=products.get(key, 0) if counts else None,
            towns_without_target=_missing(plans, codes),
            benefits=benefits.get(key) if key else None,
        )
        rows.append(row)
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


def _plans_of(key: str, by: By, goals: Goals) -> tuple[dict[str, Plan], list[str]]:
    """The targets that a row compares with, by town, and the towns that it is about."""
    all_of = [town.code for town in goals.towns]
    match by:
        case By.TOWN:
            return goals.plans, [key]
        case By.COUNTY:
            return goals.plans, [town.code for town in goals.towns if town.county_code == key]
        case By.CATEGORY if key.isdigit():
            return goals.plans_of(category_id=int(key)), all_of
        case By.BUYER_TYPE if key:
            return goals.plans_of(buyer_type=BuyerType(key)), all_of
    return {}, []


def _sum_of(plans: Mapping[str, Plan], town_codes: Iterable[str]) -> int | None:
    held = [plans[code].amount_fen for code in town_codes if code in plans]
    return sum(held) if held else None


def _missing(plans: Mapping[str, Plan], town_codes: Iterable[str]) -> int:
    return sum(code not in plans for code in town_codes)


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
        towns_without_target=_missing(goals.plans, codes),
        benefits=benefits,
    )

"""What the pictures of the overview and of its page of charts show, with where each leads."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext

from orders.sales.queries import Slice
from orders.statistics.queries.figures import NetByTownAndMonth, net_by_town_and_month
from orders.statistics.queries.summaries import Goals
from orders.statistics.rules.figures import completion_permille, year_on_year
from orders.statistics.rules.forecast import Forecast, Profile, forecast, profile_of_plan
from orders.statistics.rules.periods import Period, end_of_month
from orders.statistics.rules.pictures import running, shade, shares
from orders.statistics.rules.summary import Line, Summary
from orders.statistics.views.asked import Asked, ledger_url
from orders.targets.rules import months_of, pace_by_plan
from shop.clock import month_of
from shop.money import wan
from shop.web.filters import month as month_name


@dataclass(frozen=True)
class MonthPoint:
    """A month of this year beside the same one of last year, in fen."""

    label: str
    value: int
    before: int
    text: str
    url: str | None
    before_url: str | None

    @property
    def year_on_year(self) -> int | None:
        return year_on_year(self.value, self.before)


@dataclass(frozen=True)
class Bullet:
    """A town's completion in permille, and how far its plan wants it to be, if it has months."""

    line: Line
    plan: int | None


@dataclass(frozen=True)
class HeatCell:
    text: str
    shade: int
    url: str | None


@dataclass(frozen=True)
class HeatRow:
    label: str
    cells: list[HeatCell]
    total: str
    url: str | None


@dataclass(frozen=True)
class Share:
    """What one category brought: net fen, its share in permille, grams."""

    label: str
    net_fen: int
    permille: int | None
    weight_g: int
    url: str | None


@dataclass(frozen=True)
class Outlook:
    """The forecast with what stands beside it, month by month in fen; None is not known."""

    forecast: Forecast
    basis: str
    sold: list[int | None]
    expected: list[int]
    low: list[int | None]
    high: list[int | None]
    plan: list[int] | None
    target_fen: int | None

    @property
    def completion(self) -> int | None:
        return completion_permille(self.forecast.total_fen, self.target_fen)


def by_town(net: NetByTownAndMonth, period: Period) -> dict[str, int]:
    """Net fen by town over the months of a period that begins the year."""
    sums: dict[str, int] = defaultdict(int)
    for (town, month), fen in net.items():
        if period.from_month <= month <= period.to_month:
            sums[town] += fen
    return sums


def bullets(towns: Summary, goals: Goals) -> list[Bullet]:
    """The towns that have a target, the furthest first."""
    until = towns.period.until
    ranked = sorted((line for line in towns.lines if line.rank), key=lambda line: line.rank or 0)
    return [Bullet(line, pace_by_plan([goals.plans[line.key]], until)) for line in ranked]


def month_points(asked: Asked, net: NetByTownAndMonth) -> list[MonthPoint]:
    sums = _by_month(net)
    return [_month_point(asked, sums, month) for month in asked.period.months]


def heat_rows(asked: Asked, goals: Goals, net: NetByTownAndMonth) -> list[HeatRow]:
    """The towns of a slice, each with what it brought in every month."""
    months = asked.period.months
    now = {(town, m.to_month): net.get((town, m.to_month), 0) for town, _ in net for m in months}
    highest = max(now.values(), default=0)
    names = {town.code: town.county.name + town.name for town in goals.towns}
    rows = []
    for code in sorted(names.keys() | {town for town, month in now if now[town, month]}):
        values = [now.get((code, month.to_month), 0) for month in months]
        rows.append(
            HeatRow(
                label=names.get(code, code),
                cells=[
                    HeatCell(
                        text=wan(fen) if fen else "",
                        shade=shade(fen, highest),
                        url=ledger_url(month, asked.filters, {"town": code}),
                    )
                    for month, fen in zip(months, values, strict=True)
                ],
                total=wan(sum(values)),
                url=ledger_url(asked.period, asked.filters, {"town": code}),
            )
        )
    return rows


def category_shares(asked: Asked, summary: Summary) -> list[Share]:
    """The categories that brought something, the largest first."""
    sold = [(line, line.figures) for line in summary.lines if line.figures.cumulative_fen]
    sold.sort(key=lambda pair: -pair[1].cumulative_fen)
    parts = shares([sums.cumulative_fen for _, sums in sold])
    return [
        Share(
            label=line.label,
            net_fen=sums.cumulative_fen,
            permille=part,
            weight_g=sums.weight_g,
            url=ledger_url(asked.period, asked.filters, {"category": line.key}),
        )
        for (line, sums), part in zip(sold, parts, strict=True)
    ]


def outlook(asked: Asked, goals: Goals, net: NetByTownAndMonth) -> Outlook | None:
    """The year to its end; None where there is not enough to go by, or where it is over."""
    day, sold = asked.period.until, _months_in(net, asked.period.until.year)
    plan = months_of(goals.plans.values()) if goals.plans else None
    basis, found = gettext("上年各月"), forecast(sold, _last_year(asked.part, net, day), day)
    if found is None and plan is not None:
        basis, found = gettext("目标的分月"), forecast(sold, profile_of_plan(plan, day), day)
    if found is None:
        return None
    target = sum(each.amount_fen for each in goals.plans.values()) or None
    return _outlook(found, basis, sold, plan, target, day)


def _outlook(
    found: Forecast,
    basis: str,
    sold: list[int],
    plan: list[int] | None,
    target_fen: int | None,
    day: date,
) -> Outlook:
    """The range opens evenly over the months that are to come."""
    now, expected = running(sold), running(found.months)
    to_come = 12 - found.completed
    steps = [max(0, month + 1 - found.completed) for month in range(12)]
    return Outlook(
        forecast=found,
        basis=basis,
        sold=[fen if month < day.month else None for month, fen in enumerate(now)],
        expected=expected,
        low=[
            max(now[day.month - 1], fen - (found.total_fen - found.low_fen) * step // to_come)
            if step
            else None
            for fen, step in zip(expected, steps, strict=True)
        ],
        high=[
            fen + (found.high_fen - found.total_fen) * step // to_come if step else None
            for fen, step in zip(expected, steps, strict=True)
        ],
        plan=running(plan) if plan else None,
        target_fen=target_fen,
    )


def _last_year(part: Slice, net: NetByTownAndMonth, day: date) -> Profile:
    """Last year's months of a slice, and what its month had by the same day."""
    year = day.year - 1
    whole = replace(part, since=date(year, 1, 1), until=date(year, 12, 31))
    months = _months_in(net_by_town_and_month(whole), year)
    begun = _months_in(net, year)[day.month - 1]
    return Profile(tuple(months), months[day.month - 1] if day == end_of_month(day) else begun)


def _months_in(net: NetByTownAndMonth, year: int) -> list[int]:
    sums = _by_month(net)
    return [sums.get(month_of(date(year, month, 1)), 0) for month in range(1, 13)]


def _by_month(net: NetByTownAndMonth) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for (_, month), fen in net.items():
        sums[month] += fen
    return sums


def _month_point(asked: Asked, net: dict[str, int], month: Period) -> MonthPoint:
    before = month.year_before
    value, base = net.get(month.to_month, 0), net.get(before.to_month, 0)
    return MonthPoint(
        label=month_name(month.until.month),
        value=value,
        before=base,
        text=wan(value) if value else "",
        url=ledger_url(month, asked.filters),
        before_url=ledger_url(before, asked.filters),
    )

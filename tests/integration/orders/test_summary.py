"""Every cell of the summary equals what plain Python makes of the raw lines."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from catalog.categories.models import Category
from catalog.categories.services import load_categories
from orders.records.models import BuyerType, OrderLine
from orders.rollups.queries import sums_of
from orders.rollups.rules import Dimension
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.queries import Slice, totals_of
from orders.statistics.queries.ledger import list_lines
from orders.statistics.queries.pivots import get_pivot
from orders.statistics.queries.summaries import get_summary
from orders.statistics.rules.sheets import written
from orders.statistics.rules.summary import By
from orders.targets.models import Target
from orders.targets.services import set_target
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db, transaction
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, place
from tests.factories.people import make_cooperative, make_places, make_resident
from tests.factories.sales import make_entry, make_refund, roll_up_some

pytestmark = pytest.mark.both_engines

TOWNS = ("440981127", "440981124", "440904116", "441721101")
SCOPES = (
    Scope(ScopeLevel.BUREAU, None),
    Scope(ScopeLevel.CITY, "440900"),
    Scope(ScopeLevel.COUNTY, "440981"),
    Scope(ScopeLevel.TOWN, "441721101"),
)
# So few that lines of a month, of a day and of many months make a page.
PER_PAGE = 3
FIRST_DAY = date(2022, 12, 1)

a_sale = st.fixed_dictionaries(
    {
        "cooperative": st.integers(0, len(TOWNS)),
        "day": st.dates(FIRST_DAY, date(2025, 3, 31)),
        "fen": st.integers(1, 90_000_000),
        "channel": st.sampled_from(Channel),
        "mode": st.sampled_from(Mode),
        "buyer_type": st.sampled_from(BuyerType),
        "category": st.integers(0, 2),
        "refund_after": st.none() | st.integers(1, 400),
        "activity": st.none() | st.integers(1, 3),
        # What the cooperative's town and the category are called when it is written.
        "town": st.none() | st.integers(0, len(TOWNS) - 1),
        "renamed": st.booleans(),
    }
)
# Of a town, a category (by its place) and a type of buyer; None is all of them.
a_target = st.tuples(
    st.sampled_from(TOWNS),
    st.none() | st.integers(0, 2),
    st.none() | st.sampled_from([BuyerType.RESIDENT, BuyerType.UNION]),
)
a_case = st.fixed_dictionaries(
    {
        "sales": st.lists(a_sale, max_size=14),
        "targets": st.dictionaries(a_target, st.integers(1, 900_000_000)),
        # Whole years, a leap year's February, days in the middle of a month, and an empty year.
        "until": st.sampled_from(
            [
                date(2024, 12, 31),
                date(2024, 2, 29),
                date(2025, 2, 28),
                date(2023, 7, 15),
                date(2026, 5, 4),
            ]
        ),
        "since_month": st.sampled_from([1, 1, 1, 2]),
        "by": st.sampled_from(By),
        "scope": st.sampled_from(SCOPES),
        # How much of the ledger is rolled up, and in steps of how many lines.
        "rolled": st.integers(0, 10),
        "step": st.integers(1, 9),
    }
)


@pytest.fixture
def market(context):
    """Five cooperatives in four assisted towns, and an order whose lines online sales come from."""
    with transaction():
        make_places()
        load_categories()
        cooperatives = [make_cooperative(town) for town in (*TOWNS, TOWNS[0])]
        order = place(make_resident(), {make_variant(cooperatives[0]): 1})
    categories = db.session.scalars(select(Category).order_by(Category.position)).all()
    return cooperatives, [(c.id, c.name) for c in categories[:3]], order.sub_orders[0].lines[0].id


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(case=a_case)
def test_every_cell_equals_an_independent_recomputation(market, monkeypatch, case):
    monkeypatch.setattr("orders.statistics.queries.ledger.PER_PAGE", PER_PAGE)
    try:
        _write(market, case)
        roll_up_some(case["rolled"], case["step"])
        since = date(case["until"].year, case["since_month"], 1)
        part = Slice(scope=case["scope"], since=since, until=case["until"])
        raw = [row._asdict() for row in db.session.execute(select(*SalesEntry.__table__.columns))]
        table = get_summary(case["by"], part)
        expected = _recompute(raw, part, case["by"])
        got = {
            line.key: {
                column.name: written(column.kind, value)
                for column, value in zip(table.columns, line.values, strict=True)
            }
            for line in [*table.lines, table.total]
        }
        for key, cells in expected.items():
            assert {name: got[key][name] for name in cells} == cells, key
        # Whatever else has a row sold nothing.
        for key in got.keys() - expected.keys():
            assert got[key]["cumulative"] == got[key]["month"] == got[key]["before"] == 0
        counted = [row for row in raw if _counts(row, part, part.since, part.until)]
        assert totals_of(part).net_fen == sums_of(part).net_fen == _net(counted)
        assert sums_of(part).lines == len(counted)
        newest = sorted(counted, key=lambda row: (row["counted_on"], row["id"]), reverse=True)
        for number in (1, 2, 3, 7):
            page, sums = list_lines(part, number)
            first = (number - 1) * PER_PAGE
            assert [entry.id for entry in page.items] == [
                row["id"] for row in newest[first : first + PER_PAGE]
            ]
            assert page.total == sums.lines == len(counted)
    finally:
        db.session.rollback()


def _write(market, case) -> None:
    cooperatives, categories, line_id = market
    for sale in case["sales"]:
        channel, changes = sale["channel"], {"activity_id": sale["activity"]}
        seller, (category_id, category) = (
            cooperatives[sale["cooperative"]],
            categories[sale["category"]],
        )
        if sale["town"] is not None:
            seller.town_code = TOWNS[sale["town"]]
        if channel is Channel.ONLINE:
            changes["order_line_id"] = _copy_of(line_id).id
        entry = make_entry(
            seller,
            sale["day"],
            sale["fen"],
            channel=channel,
            mode=sale["mode"],
            buyer_type=sale["buyer_type"],
            net_weight_g=None if channel is not Channel.ONLINE and sale["fen"] % 3 == 0 else 2500,
            category=(category_id, category + ("（新名）" if sale["renamed"] else "")),
            **changes,
        )
        if sale["refund_after"] is not None:
            day = sale["day"] + timedelta(days=sale["refund_after"])
            make_refund(entry, day, max(1, sale["fen"] // 3))
    for (town_code, at, buyer_type), fen in case["targets"].items():
        about = {
            "category_id": None if at is None else categories[at][0],
            "buyer_type": buyer_type,
        }
        set_target(town_code, case["until"].year, fen * 2, "第一版", by=None, at=NOW, **about)
        set_target(town_code, case["until"].year, fen, "第二版", by=None, at=NOW, **about)


def _copy_of(line_id: int) -> OrderLine:
    line = db.session.get_one(OrderLine, line_id)
    columns = [column.name for column in OrderLine.__table__.columns if column.name != "id"]
    copy = OrderLine(**{name: getattr(line, name) for name in columns})
    db.session.add(copy)
    db.session.flush()
    return copy


# ── Turned as an official likes ─────────────────────────────────────────────────────────────────

WITH_TARGETS = {Dimension.COUNTY, Dimension.TOWN, Dimension.CATEGORY, Dimension.BUYER_TYPE}
RAW = {
    Dimension.COUNTY: lambda row: row["county_code"],
    Dimension.TOWN: lambda row: row["town_code"],
    Dimension.CATEGORY: lambda row: str(row["category_id"]),
    Dimension.COOPERATIVE: lambda row: str(row["cooperative_id"]),
    Dimension.BUYER_TYPE: lambda row: row["buyer_type"].value,
    Dimension.CHANNEL: lambda row: row["channel"].value,
    Dimension.MODE: lambda row: row["mode"].value,
    Dimension.MONTH: lambda row: f"{row['counted_on']:%Y-%m}",
}


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    case=a_case,
    levels=st.lists(st.sampled_from(Dimension), min_size=1, max_size=3, unique=True),
    days=st.none()
    | st.none()
    | st.tuples(st.dates(FIRST_DAY, date(2025, 6, 1)), st.integers(0, 500)),
    only=st.fixed_dictionaries(
        {
            # Mostly none: only then are there targets.
            "channels": st.sampled_from(
                [(), (), (), (Channel.FAIR,), (Channel.OFFLINE, Channel.FAIR)]
            ),
            "mode": st.sampled_from([None, None, None, *Mode]),
            "buyer_type": st.none() | st.sampled_from(BuyerType),
        }
    ),
)
def test_every_cell_of_a_pivot_equals_an_independent_recomputation(
    market, case, levels, days, only
):
    since, until = date(case["until"].year, case["since_month"], 1), case["until"]
    if days:
        since, until = days[0], days[0] + timedelta(days=days[1])
    try:
        _write(market, case)
        roll_up_some(case["rolled"], case["step"])
        part = Slice(scope=case["scope"], since=since, until=until, **only)
        raw = [row._asdict() for row in db.session.execute(select(*SalesEntry.__table__.columns))]
        own = [
            row
            for row in raw
            if row["town_code"].startswith(part.scope.prefix)
            and (not part.channels or row["channel"] in part.channels)
            and part.mode in (None, row["mode"])
            and part.buyer_type in (None, row["buyer_type"])
        ]
        pivot = get_pivot(levels, part)
        got = {line.key: _written(pivot, line) for line in [*pivot.lines, pivot.total]}
        # Places with a target have rows whether or not they sold.
        idle = got.keys() - _turn(own, levels, since, until).keys() - {()}
        expected = _turn(own, levels, since, until, len(idle))
        for key, cells in expected.items():
            assert {name: got[key][name] for name in cells} == cells, key
        for key in got.keys() - expected.keys():
            assert got[key]["net"] == got[key]["lines"] == got[key]["before"] == 0
        _require_targets(got, _targets(levels, part), own, levels, since, until)
        _require_last_names(own, pivot, since, until)
    finally:
        db.session.rollback()


def _written(pivot, line) -> dict[str, object]:
    return {
        column.name: written(column.kind, value)
        for column, value in zip(pivot.columns, line.values, strict=True)
    }


def _turn(rows, levels, since, until, idle=0) -> dict[tuple[str, ...], dict[str, object]]:
    now, before = defaultdict(list), defaultdict(list)
    for row in rows:
        key = tuple(RAW[level](row) for level in levels)
        if since <= row["counted_on"] <= until:
            now[key].append(row)
            now[()].append(row)
        if _last_year(since) <= row["counted_on"] <= _last_year(until):
            later = tuple(
                f"{int(value[:4]) + 1}{value[4:]}" if level is Dimension.MONTH else value
                for level, value in zip(levels, key, strict=True)
            )
            before[later].append(row)
            before[()].append(row)
    whole = _net(now[()])
    nets = [_net(now[key]) for key in {*now, *before} - {()}]
    nets = sorted([*nets, *([0] * idle)], reverse=True)
    return {
        key: _pivot_cells(now[key], _net(before[key]), whole, nets if key else None)
        for key in {*now, *before}
    }


def _pivot_cells(rows, before, whole, nets) -> dict[str, object]:
    net = _net(rows)
    known = [row["net_weight_g"] for row in rows if row["net_weight_g"] is not None]
    tonnes = (Decimal(sum(known)) / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    cells = {
        "net": _wan(net),
        "refunds": _wan(sum(row["refund_fen"] for row in rows)),
        "lines": len(rows),
        "tonnes": tonnes if known or not rows else None,
        "before": _wan(before),
        "year_on_year": _tenths(Decimal((net - before) * 100) / before) if before > 0 else "—",
        "share": _tenths(Decimal(net * 100) / whole) if whole > 0 else "—",
    }
    return cells if nets is None else cells | {"rank": nets.index(net) + 1}


def _require_targets(got, targets, rows, levels, since, until) -> None:
    """Whatever has a target has a row, and no row another one's."""
    assert targets.keys() <= got.keys()
    if not targets:
        assert all("target" not in cells for cells in got.values())
        return
    net = defaultdict(int)
    for row in rows:
        if since <= row["counted_on"] <= until:
            key = tuple(RAW[level](row) for level in levels)
            net[key] += row["amount_fen"] - row["refund_fen"]
    progress = _progress(until)
    for key in got.keys() - {()}:
        fen = targets.get(key)
        completion = _tenths(Decimal(net[key] * 100) / fen) if fen else None
        expected = {
            "target": _wan(fen) if fen else None,
            "completion": "—" if completion is None else completion,
            "progress": progress,
            "gap": "—" if completion is None else completion - progress,
        }
        assert {name: got[key][name] for name in expected} == expected, key


def _require_last_names(rows, pivot, since, until) -> None:
    """A category is called what its newest line of both periods called it."""
    if Dimension.CATEGORY not in pivot.levels:
        return
    at, called = pivot.levels.index(Dimension.CATEGORY), {}
    for row in sorted(rows, key=lambda row: row["id"]):
        day = row["counted_on"]
        if since <= day <= until or _last_year(since) <= day <= _last_year(until):
            called[str(row["category_id"])] = row["category_name"]
    known = {str(id_): name for id_, name in db.session.execute(select(Category.id, Category.name))}
    for line in pivot.lines:
        assert line.labels[at] == (known | called)[line.key[at]]


# ── The same table, made without the shop's arithmetic ──────────────────────────────────────────


def _recompute(raw, part, by) -> dict[str, dict[str, object]]:
    key_of = {
        By.COUNTY: lambda row: row["county_code"],
        By.TOWN: lambda row: row["town_code"],
        By.CATEGORY: lambda row: str(row["category_id"]),
        By.COOPERATIVE: lambda row: str(row["cooperative_id"]),
        By.BUYER_TYPE: lambda row: row["buyer_type"].value,
    }[by]
    rows = defaultdict(list)
    for row in raw:
        if row["town_code"].startswith(part.scope.prefix):
            rows[key_of(row)].append(row)
            rows[""].append(row)
    rows[""] += []
    has_offline = any(
        _counts(row, part, part.since, part.until) and row["channel"] is not Channel.ONLINE
        for row in rows[""]
    )
    has_fairs = bool(_fairs(rows[""], part))
    levels = [] if by is By.COOPERATIVE else [Dimension(by)]
    targets = _targets(levels, part)
    whole = _targets([], part).get(())
    if by is By.COOPERATIVE:
        targets = {}
    table = {
        key: _cells(own, part, targets.get((key,)) if key else whole, has_offline, has_fairs)
        for key, own in rows.items()
    }
    return {key: cells for key, cells in table.items() if key == "" or _is_seen(rows[key], part)}


def _is_seen(rows, part) -> bool:
    before = (_last_year(part.since), _last_year(part.until))
    return any(
        _counts(row, part, part.since, part.until) or _counts(row, part, *before) for row in rows
    )


def _targets(levels, part) -> dict[tuple[str, ...], int]:
    """What is wanted in the year of a slice, by row, from the raw versions. Of a category or a type
    of buyer where rows are told apart by them or one is chosen, else of all that a town sells."""
    fits = part.since == date(part.until.year, 1, 1) and not part.channels and part.mode is None
    if not fits or not set(levels) <= WITH_TARGETS:
        return {}
    newest = {}
    rows = db.session.execute(select(*Target.__table__.columns).order_by(Target.version))
    for row in rows.mappings():
        newest[row["town_code"], row["year"], row["category_id"], row["buyer_type"]] = row
    found = defaultdict(int)
    for row in newest.values():
        wants_category = Dimension.CATEGORY in levels
        wants_buyer = Dimension.BUYER_TYPE in levels or part.buyer_type is not None
        if (
            row["year"] == part.until.year
            and row["town_code"].startswith(part.scope.prefix)
            and (row["category_id"] is not None) is wants_category
            and (row["buyer_type"] is not None) is wants_buyer
            and part.buyer_type in (None, row["buyer_type"])
        ):
            own = {**row, "county_code": row["town_code"][:6]}
            found[tuple(RAW[level](own) for level in levels)] += row["amount_fen"]
    return dict(found)


def _cells(rows, part, target, has_offline, has_fairs) -> dict[str, object]:
    now = [row for row in rows if _counts(row, part, part.since, part.until)]
    month = max(part.since, part.until.replace(day=1))
    before = _net(
        row for row in rows if _counts(row, part, _last_year(part.since), _last_year(part.until))
    )
    year = _net(now)
    completion = _tenths(Decimal(year * 100) / target) if target else None
    progress = _progress(part.until)
    offline = _wan(_net(row for row in now if row["channel"] is not Channel.ONLINE))
    return {
        "target": None if target is None else _wan(target),
        "month": _wan(_net(row for row in now if row["counted_on"] >= month)),
        "cumulative": _wan(year),
        "before": _wan(before),
        "year_on_year": _tenths(Decimal((year - before) * 100) / before) if before > 0 else "—",
        "completion": "—" if completion is None else completion,
        "gap": "—" if completion is None else completion - progress,
        "direct": _wan(_net(row for row in now if row["mode"] is Mode.DIRECT)),
        "helped": _wan(_net(row for row in now if row["mode"] is Mode.HELPED)),
        "online": _wan(_net(row for row in now if row["channel"] is Channel.ONLINE)),
        "offline": offline if has_offline else None,
        "union": _wan(_net(row for row in now if row["buyer_type"] is BuyerType.UNION)),
        "cooperatives": len({row["cooperative_id"] for row in now if row["kind"] == "sale"}),
        "fairs": len(_fairs(rows, part)) if has_fairs else None,
        "households": None,
        "jobs": None,
    }


def _progress(until) -> Decimal:
    days = (date(until.year + 1, 1, 1) - date(until.year, 1, 1)).days
    elapsed = (until - date(until.year, 1, 1)).days + 1
    return _tenths(Decimal(elapsed * 100) / days)


def _fairs(rows, part) -> set[int]:
    return {
        row["activity_id"]
        for row in rows
        if row["activity_id"] and row["kind"] == "sale" and row["channel"] is Channel.FAIR
        if _counts(row, part, part.since, part.until)
    }


def _counts(row, part, since, until) -> bool:
    inside = row["town_code"].startswith(part.scope.prefix)
    return inside and since <= row["counted_on"] <= until


def _net(rows) -> int:
    return sum(row["amount_fen"] - row["refund_fen"] for row in rows)


def _last_year(day: date) -> date:
    """The same day of the year before; a month's last day stays its last day."""
    next_day = day + timedelta(days=1)
    if next_day.day == 1:
        return next_day.replace(year=next_day.year - 1) - timedelta(days=1)
    return day.replace(year=day.year - 1)


def _wan(fen: int) -> Decimal:
    return (Decimal(fen) / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _tenths(percent: Decimal) -> Decimal:
    return percent.quantize(Decimal("0.1"), ROUND_HALF_UP)

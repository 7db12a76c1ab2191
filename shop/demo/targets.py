"""This year's targets: by season and evenly, some revised, and counties that say their own."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from catalog.categories.queries import find_by_slug
from orders.sales.models import SalesEntry
from orders.target_sheets.handlers import stage_file
from orders.targets.models import WHOLE, Spread
from orders.targets.services import set_area_target, set_target
from shop import clock
from shop.db import db, total, transaction
from shop.places.models import Town
from shop.places.queries import list_assisted_towns

# How far along the towns are, in hundredths of their target: some ahead, some behind.
COMPLETIONS = (104, 91, 96, 78, 88, 112, 69, 93, 84)
# The target of a town that has sold nothing yet, in fen.
FIRST_TARGET = 2_000_000
STEP = 100_000
# What the county of the first town and the whole say of themselves, in hundredths of the sum.
COUNTY_SAYS, WHOLE_SAYS = 110, 100
# What fruit is to bring of a town's target, in hundredths.
FRUIT_SHARE = 60


def set_for_this_year(administrator_id: int, at: datetime) -> None:
    """Such that some towns are ahead of time and some behind."""
    today = clock.day_of(at)
    new_year = clock.start_of(date(today.year, 1, 1))
    with transaction():
        towns = list_assisted_towns(today)
        sold = _sold_in(today.year)
        amounts = {}
        for place, town in enumerate(towns):
            steps = sold.get(town.code, 0) * 100 // COMPLETIONS[place % len(COMPLETIONS)] // STEP
            amounts[town.code] = steps * STEP or FIRST_TARGET
            # Most towns sell what has a season; the rest is spread evenly.
            spread = Spread.EVEN if place % 3 == 2 else Spread.SEASON
            given = {"by": administrator_id, "at": new_year, "spread": spread}
            set_target(town.code, today.year, amounts[town.code], "年初下达", **given)
        _tell_apart(towns[0], amounts, today.year, administrator_id, new_year)
        _revise(towns[1], amounts, today, administrator_id, at)
        _say_own(towns[0].county_code, amounts, today.year, administrator_id, new_year)


def bring_next_year(administrator_id: int, at: datetime) -> None:
    """A sheet for the coming year waits: most rows are right, one town is not known."""
    year = clock.day_of(at).year + 1
    rows = [["镇", "年度", "目标(万元)", "分月方式"]]
    for place, town in enumerate(list_assisted_towns(date(year, 1, 1))):
        rows.append([town.name, str(year), str(12 + 3 * place), "按产季" if place % 3 else "平均"])
    rows.append(["示例镇（演示）", str(year), "20", ""])
    content = "\r\n".join(",".join(row) for row in rows).encode("utf-8-sig")
    stage_file(f"{year}年目标（初稿）.csv", content, by=administrator_id, at=at)


def _sold_in(year: int) -> dict[str, int]:
    query = (
        select(SalesEntry.town_code, total(SalesEntry.net_fen))
        .where(SalesEntry.month.startswith(str(year)))
        .group_by(SalesEntry.town_code)
    )
    return dict(db.session.execute(query).all())


def _tell_apart(town: Town, amounts: dict[str, int], year: int, by: int, at: datetime) -> None:
    """A town also says what its fruit is to bring."""
    fruit = find_by_slug("fruit")
    if fruit is not None:
        fen = amounts[town.code] * FRUIT_SHARE // 100 // STEP * STEP or STEP
        given = {"by": by, "at": at, "spread": Spread.SEASON, "category_id": fruit.id}
        set_target(town.code, year, fen, "水果为主", **given)


def _revise(town: Town, amounts: dict[str, int], today: date, by: int, at: datetime) -> None:
    """A town's target was a little lower at first, if there was time to change it."""
    changed = min(at, clock.start_of(date(today.year, 7, 1)) + timedelta(hours=10))
    amounts[town.code] += STEP
    given = {"by": by, "at": changed, "spread": Spread.SEASON}
    set_target(town.code, today.year, amounts[town.code], "年中调增：新增一家合作社", **given)


def _say_own(county: str, amounts: dict[str, int], year: int, by: int, at: datetime) -> None:
    in_county = sum(fen for code, fen in amounts.items() if code.startswith(county))
    given = {"by": by, "at": at}
    set_area_target(county, year, in_county * COUNTY_SAYS // 100, "县里自加压力", **given)
    set_area_target(WHOLE, year, sum(amounts.values()) * WHOLE_SAYS // 100, "年初下达", **given)

"""Whoever asks, and whatever they choose: what comes out is theirs, all of it and nothing else."""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from catalog.categories.services import load_categories
from orders.records.models import BuyerType
from orders.sales.models import Channel, Mode, SalesEntry
from shop.accounts.people.models import ScopeLevel
from shop.db import db
from tests.factories.people import make_cooperative, make_official, make_places, sign_in
from tests.factories.sales import make_entry
from tests.parts.tables import read_csv, read_xlsx

pytestmark = pytest.mark.both_engines

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
YEAR = "from=2026-01&to=2026-11"
SHIGU, CAOJIANG, GUANZHU, CHENGCUN = "440981127", "440981124", "440904116", "441721101"
TOWNS = (SHIGU, CAOJIANG, GUANZHU, CHENGCUN)
SCOPES = {
    "bureau": (ScopeLevel.BUREAU, None),
    "city": (ScopeLevel.CITY, "440900"),
    "county": (ScopeLevel.COUNTY, "440981"),
    "town": (ScopeLevel.TOWN, SHIGU),
}
# What an address says, and which lines it means.
FILTERS = {
    "": lambda e: True,
    "county=440981": lambda e: e.county_code == "440981",
    f"town={SHIGU}": lambda e: e.town_code == SHIGU,
    f"town={CHENGCUN}": lambda e: e.town_code == CHENGCUN,
    "category=1": lambda e: e.category_id == 1,
    "buyer_type=union": lambda e: e.buyer_type is BuyerType.UNION,
    "channel=fair": lambda e: e.channel is Channel.FAIR,
    "channel=not_online": lambda e: e.channel is not Channel.ONLINE,
    "mode=helped": lambda e: e.mode is Mode.HELPED,
    f"town={SHIGU}&mode=direct&category=2": lambda e: (
        (e.town_code, e.mode, e.category_id) == (SHIGU, Mode.DIRECT, 2)
    ),
}
DOORS = (
    "/statistics?{}",
    "/statistics/brief?{}",
    "/statistics/ledger?{}",
    f"/statistics/exports/detail.csv?{YEAR}&{{}}",
    f"/statistics/exports/detail.xlsx?{YEAR}&{{}}",
    f"/statistics/exports/summary.csv?{YEAR}&{{}}",
    f"/statistics/exports/summary.xlsx?{YEAR}&{{}}",
    f"/statistics/exports/pivot.csv?{YEAR}&first=month&second=category&{{}}",
    f"/statistics/exports/jobs/detail.csv?{YEAR}&{{}}",
)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lines(act):
    """Lines of four towns that differ in everything that can be chosen."""

    def build():
        make_places()
        load_categories()
        for place, town in enumerate(TOWNS):
            seller = make_cooperative(town)
            for number in range(6):
                make_entry(
                    seller,
                    date(2026, 1 + number, 3),
                    10_000 * (place + 1) + number * 101,
                    category=[(1, "水果"), (2, "蔬菜")][number % 2],
                    buyer_type=[BuyerType.UNION, BuyerType.PRIVATE, BuyerType.RESIDENT][number % 3],
                    channel=[Channel.FAIR, Channel.AGREEMENT][number // 3],
                    mode=[Mode.DIRECT, Mode.HELPED][number % 2],
                )
        return list(db.session.scalars(select(SalesEntry)))

    return act(build)


@pytest.mark.parametrize("who", SCOPES)
def test_every_file_and_page_holds_what_is_theirs(lines, act, app, who):
    level, code = SCOPES[who]
    client = app.test_client()
    sign_in(client, act(make_official, level, code))
    prefix = {"bureau": "", "city": "4409", "county": "440981", "town": SHIGU}[who]
    own = [entry for entry in lines if entry.town_code.startswith(prefix)]
    for chosen, means in FILTERS.items():
        expected = [entry for entry in own if means(entry)]
        net = Decimal(sum(entry.net_fen for entry in expected)) / 100
        doors = [door.format(chosen) for door in DOORS]
        is_beyond = "town" in chosen and not any(map(means, own))
        if is_beyond and not any(entry.town_code == chosen[5:14] for entry in own):
            assert {client.get(door).status_code for door in doors} == {404}, chosen
            continue
        overview, brief, ledger, *files, job = (client.get(door).data for door in doors)
        for read, head, data in zip(
            (read_csv, read_xlsx, read_csv, read_xlsx, read_csv),
            ("序号", "序号", "年度目标", "年度目标", "上年同期"),
            files,
            strict=True,
        ):
            table = read(data, head)
            if head == "序号":
                assert table.sum_of("净额(元)") == table.total_of("净额(元)") == net, chosen
                assert len(table.rows) == len(expected)
            else:
                wan = round(net / 10_000, 2)
                assert table.total_of("本年累计" if head == "年度目标" else "净额") == wan, chosen
        # The seal names the same sum in full.
        text = io.StringIO(files[2].decode("utf-8-sig"))
        sealed = {row[0]: row[1] for row in csv.reader(text) if row[0].startswith("# ")}
        assert Decimal(sealed["# 净额合计(元)"]) == net
        assert f"一共 {len(expected)} 行" in job.decode()
        assert f"合计（全部 {len(expected)} 笔）" in ledger.decode() or not expected
        figure = re.search(r'brief-figure">([0-9.,]+)', brief.decode())
        assert Decimal(figure[1]) == round(net / 10_000, 2)
        names = {SHIGU: "石鼓镇", CAOJIANG: "曹江镇", GUANZHU: "观珠镇", CHENGCUN: "程村镇"}
        for town, name in names.items():
            if not town.startswith(prefix):
                for page in (overview, brief, ledger, job, files[0], files[2]):
                    assert name not in page.decode(), (chosen, name)


BEYOND = ("county=440904", f"town={GUANZHU}", f"town={CHENGCUN}", "town=440981%00", "category=x")


def test_what_lies_beyond_is_not_found_and_leaves_no_trace(lines, act, app):
    client = app.test_client()
    sign_in(client, act(make_official, ScopeLevel.COUNTY, "440981"))
    for beyond in BEYOND:
        for door in DOORS:
            assert client.get(door.format(beyond)).status_code == 404, (door, beyond)
        fields = dict(pair.split("=") for pair in f"{YEAR}&{beyond}".split("&"))
        answer = client.post("/statistics/exports/jobs/detail.csv", data=fields)
        assert answer.status_code == 404
    assert "还没有人导出过" in client.get("/statistics/exports/register").text

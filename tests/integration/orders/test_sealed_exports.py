"""An export is sealed: it says what it holds, is registered, and can be made again byte by byte."""

import hashlib
import io
import re
import zipfile
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
import time_machine
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from orders.closing.models import ActKind, CloseState, MonthAct, MonthClose
from orders.exports import handlers
from orders.exports.models import ExportJob, ExportRecord, PackIssue
from orders.exports.services import jobs
from orders.exports.views import exports as exports_view
from orders.exports.views import register as register_view
from orders.targets.services import set_target
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Body, ScopeLevel
from shop.app import LARGEST_REQUEST
from shop.db import db
from shop.organisations.models import Organisation
from shop.places.models import Town
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    make_cooperative,
    make_official,
    make_places,
    sign_in,
)
from tests.factories.sales import make_entry, make_refund
from tests.parts.tables import read_csv, read_xlsx

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
LOCKED = datetime(2026, 4, 9, 2, 30, tzinfo=UTC)
# Twelve weeks of it.
FIRST_QUARTER = "from=2026-01&to=2026-03&week=2026-W02"
SPRING = "from=2026-03&to=2026-03"
YEAR = "from=2026-01&to=2026-11"
DETAIL, SUMMARY, PIVOT, SUPPLY = (
    f"/statistics/exports/{name}" for name in ("detail", "summary", "pivot", "supply")
)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sellers(act):
    """Two cooperatives in two cities, with a sale in each of three months and one refund."""

    def build():
        make_places()
        made = [make_cooperative(TOWN), make_cooperative(OTHER_TOWN)]
        for number, seller in enumerate(made):
            for month in (1, 2, 3):
                make_entry(seller, date(2026, month, 10), 100_00 * month + number)
        sale = make_entry(made[0], date(2026, 3, 11), 50_00, order_number="00123")
        make_refund(sale, date(2026, 3, 12), 20_00)
        return [each.id for each in made]

    return act(build)


@pytest.fixture
def official(act, app):
    def enter(level=ScopeLevel.BUREAU, code=None):
        client = app.test_client()
        client.account = act(make_official, level, code)
        sign_in(client, client.account)
        return client

    return enter


def lock(*months, towns=(TOWN,), at=LOCKED):
    """As if the city had confirmed these months of these towns."""
    by = make_official(ScopeLevel.CITY, "440900")
    for town in towns:
        for month in months:
            closed = MonthClose(
                town_code=town, month=month, state=CloseState.LOCKED, version=2, round=1
            )
            db.session.add(closed)
            db.session.flush()
            step = MonthAct(
                close_id=closed.id,
                version=2,
                round=1,
                kind=ActKind.LOCKED,
                at=at,
                by_id=by.id,
                level=ScopeLevel.CITY,
                body=Body.HEADQUARTERS,
                note="",
            )
            db.session.add(step)
    db.session.flush()


def seal_of(text):
    """The seal at the end of a CSV file."""
    lines = [line for line in text.splitlines() if line.startswith('"# ')]
    return dict(line[3:-1].split('","', 1) for line in lines)


def sell(sellers, day, amount_fen=777_00, **changes):
    return make_entry(db.session.get_one(Organisation, sellers[0]), day, amount_fen, **changes)


def records(act):
    return act(lambda: db.session.scalars(select(ExportRecord).order_by(ExportRecord.id)).all())


# ── What a file says of itself ──────────────────────────────────────────────────────────────────


def test_the_seal_of_a_csv_is_checked_with_a_hash_and_a_sum(sellers, official, act):
    data = official().get(f"{DETAIL}.csv?{YEAR}").data
    text = data.decode("utf-8-sig")
    seal = seal_of(text)
    rows = [line for line in text.split("\r\n")[1:] if line and line[0].isdigit()]
    assert seal["行数"] == str(len(rows)) == "8"
    body = "".join(f"{row}\r\n" for row in rows).encode()
    assert seal["各行 SHA-256"] == hashlib.sha256(body).hexdigest()
    assert (seal["金额合计(元)"], seal["退款合计(元)"]) == ("1250.03", "20.00")
    assert seal["净额合计(元)"] == read_csv(data, "序号").totals["净额(元)"] == "1230.03"
    assert seal["封存时间"] == "2026-11-23 14:00:00"
    assert seal["期间"] == "2026-01-01/2026-11-23"
    assert seal["月结状态"] == "未全部锁定"
    (record,) = records(act)
    assert record.file_sha256 == hashlib.sha256(data).hexdigest()
    assert (record.bytes, record.rows, record.net_fen) == (len(data), 8, 1230_03)
    assert seal["台账截止行号"] == str(record.as_of_entry_id)


def test_a_workbook_bears_the_same_seal_at_its_foot_and_among_its_notes(sellers, official, act):
    client = official()
    text = client.get(f"{DETAIL}.csv?{YEAR}&mode=direct").data.decode("utf-8-sig")
    data = client.get(f"{DETAIL}.xlsx?{YEAR}&mode=direct").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    expected = [f"{name}:{value}" for name, value in seal_of(text).items()]
    assert len(expected) == 10
    for sheet in (0, 1):
        cells = [line[0] for line in book.get_sheet_by_index(sheet).to_python()]
        assert cells[-10:] == expected
    csv_record, xlsx_record = records(act)
    assert csv_record.rows_sha256 == xlsx_record.rows_sha256
    assert csv_record.filters == xlsx_record.filters == {"mode": "direct"}


def test_a_summary_is_sealed_with_the_sums_of_its_lines(sellers, official):
    client = official(ScopeLevel.TOWN, TOWN)
    text = client.get(f"{SUMMARY}.csv?{YEAR}&by=town").data.decode("utf-8-sig")
    seal = seal_of(text)
    assert (seal["行数"], seal["净额合计(元)"]) == ("1", "630.00")
    row = text.split("\r\n")[1] + "\r\n"
    assert seal["各行 SHA-256"] == hashlib.sha256(row.encode()).hexdigest()
    assert seal["范围和条件"].endswith("石鼓镇")


def test_a_pivot_is_sealed_with_its_turn_its_rows_and_the_sums_of_its_lines(sellers, official, act):
    address = f"{YEAR}&first=month&second=town&mode=direct"
    text = official().get(f"{PIVOT}.csv?{address}").data.decode("utf-8-sig")
    seal = seal_of(text)
    rows = text.split("\r\n")[1:7]
    assert [row[:9] for row in rows[::2]] == ['"2026-01"', '"2026-02"', '"2026-03"']
    body = "".join(f"{row}\r\n" for row in rows).encode()
    assert seal["各行 SHA-256"] == hashlib.sha256(body).hexdigest()
    assert (seal["行数"], seal["净额合计(元)"]) == ("6", "1230.03")
    assert seal["范围和条件"] == "全部帮扶镇·直接采购·按月份、镇"
    (record,) = records(act)
    said = (record.table, record.by, record.filters, record.rows, record.net_fen)
    assert said == ("pivot", "month,town", {"mode": "direct"}, 6, 1230_03)


def test_a_hostile_name_is_one_text_in_every_place(act, official, sellers):
    act(sell, sellers, date(2026, 5, 5), product_name='=1+"\x1f1', note="@x\x1f")
    client = official()
    row = read_csv(client.get(f"{DETAIL}.csv?from=2026-05&to=2026-05").data, "序号").rows[0]
    assert (row["产品名称"], row["备注"], row["规格"]) == ("'=1+\"1", "'@x", "5斤装")
    row = read_xlsx(client.get(f"{DETAIL}.xlsx?from=2026-05&to=2026-05").data, "序号").rows[0]
    assert (row["产品名称"], row["备注"], row["规格"]) == ('=1+"1', "@x", "5斤装")


# ── The same again ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [f"{table}.{kind}" for table in (DETAIL, SUMMARY, PIVOT, SUPPLY) for kind in ("csv", "xlsx")],
)
def test_a_locked_period_is_the_same_bytes_for_ever(sellers, official, act, name):
    act(set_target, TOWN, 2026, 1_000_000_00, "", by=None, at=LOCKED)
    act(lock, "2026-01", "2026-02", "2026-03")
    client = official(ScopeLevel.TOWN, TOWN)
    first = client.get(f"{name}?{FIRST_QUARTER}").data
    with time_machine.travel(datetime(2026, 12, 30, 9, tzinfo=UTC), tick=False):
        act(sell, sellers, date(2026, 5, 5))
        act(set_target, TOWN, 2026, 3_000_000_00, "改", by=None, at=NOW)

        def rename():
            db.session.get_one(Town, TOWN).name = "新名镇"
            db.session.get_one(Organisation, sellers[0]).name = "另一个名字"

        act(rename)
        again = official(ScopeLevel.TOWN, TOWN).get(f"{name}?{FIRST_QUARTER}").data
    assert first == again
    seals = {(record.as_of, record.is_locked) for record in records(act)}
    assert seals == {(LOCKED, True)}
    if name.endswith("csv"):
        assert seal_of(first.decode("utf-8-sig"))["月结状态"] == "已锁定"
    else:
        with zipfile.ZipFile(io.BytesIO(first)) as archive:
            assert {each.date_time[0] for each in archive.infolist()} == {1980}
            assert b"2026-04-09T02:30:00Z" in archive.read("docProps/core.xml")


# What every engine, every run and every machine comes to: of a workbook, its table unpacked.
KNOWN = {
    f"{DETAIL}.csv": "c3b2325fb2649cf44a878f5cd5df5c834edd58b0d82e5285d88635b7b1899277",
    f"{DETAIL}.xlsx": "0d4c624a69a63cdf1f6a975a77e6cb90f9874d336e44baa5a6cf9e4086564b7f",
    f"{SUMMARY}.csv": "bfe3402f4113c40c3b3aafa40d11ed168e72a5965513227af1d5d7a1965fe2de",
    f"{SUMMARY}.xlsx": "af581ecd4d3da526f50a1d4a2b0f9c0beb0d61bed2c986685eb8f9ff450cbbcc",
}


@pytest.mark.both_engines
def test_a_locked_month_has_one_form_on_every_engine(act, official):
    def build():
        make_places()
        seller = make_cooperative(TOWN)
        frozen = {"cooperative_name": "演示合作社", "credit_code": "91440981MA00000001"}
        for number in range(4):
            make_entry(
                seller,
                date(2026, 3, 28 - number % 2),
                1_234_501 + number,
                id=900 - number,
                quantity=3,
                village="演示村",
                order_number=f"2026032800{number}",
                **frozen,
            )
        lock("2026-03")

    act(build)
    client = official(ScopeLevel.TOWN, TOWN)
    found = {name: content_of(client.get(f"{name}?{SPRING}").data) for name in KNOWN}
    assert {name: hashlib.sha256(data).hexdigest() for name, data in found.items()} == KNOWN


def content_of(data):
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def test_one_month_that_is_not_locked_leaves_the_period_open(sellers, official, act):
    act(lock, "2026-01", "2026-03")
    client = official(ScopeLevel.TOWN, TOWN)
    client.get(f"{DETAIL}.csv?{FIRST_QUARTER}").close()
    client.get(f"{DETAIL}.csv?{SPRING}").close()
    # The town next door is not locked.
    official().get(f"{DETAIL}.csv?{SPRING}").close()
    assert [record.is_locked for record in records(act)] == [False, True, False]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_exported_can_be_exported_again_whatever_came_after(sellers, official, act, kind):
    client = official()
    first = client.get(f"{DETAIL}.{kind}?{YEAR}").data
    act(sell, sellers, date(2026, 3, 1))
    assert client.get(f"{DETAIL}.{kind}?{YEAR}").data != first
    record_id = records(act)[0].id
    again = client.post(f"/statistics/exports/register/{record_id}/file")
    assert again.data == first
    assert len(records(act)) == 3
    stranger = official(ScopeLevel.TOWN, TOWN)
    assert stranger.post(f"/statistics/exports/register/{record_id}/file").status_code == 404


# ── The register ────────────────────────────────────────────────────────────────────────────────


def test_officials_see_the_exports_of_their_own_places(sellers, official, act):
    takers = {
        "bureau": official(),
        "city": official(ScopeLevel.CITY, "440900"),
        "county": official(ScopeLevel.COUNTY, "440981"),
        "town": official(ScopeLevel.TOWN, TOWN),
        "elsewhere": official(ScopeLevel.TOWN, OTHER_TOWN),
    }
    for client in takers.values():
        client.get(f"{DETAIL}.csv?{YEAR}").close()
    takers["bureau"].get(f"{DETAIL}.csv?{YEAR}&town={TOWN}").close()
    places = [record.place for record in records(act)]
    assert places == ["000000000", "440900000", "440981000", TOWN, OTHER_TOWN, TOWN]
    seen = {
        name: [
            client.get(f"/statistics/exports/register/{record.id}").status_code == 200
            for record in records(act)
        ]
        for name, client in takers.items()
    }
    assert seen == {
        "bureau": [True] * 6,
        "city": [False, True, True, True, False, True],
        "county": [False, False, True, True, False, True],
        "town": [False, False, False, True, False, True],
        "elsewhere": [False, False, False, False, True, False],
    }
    listed = takers["county"].get("/statistics/exports/register").text
    assert listed.count("/statistics/exports/register/") == 3 + 1  # and where a file is verified


def verify(client, data=b"", sha256=""):
    file = (io.BytesIO(data), "台账.xlsx") if data else (io.BytesIO(b""), "")
    fields = {"file": file, "sha256": sha256}
    return client.post("/statistics/exports/register/verification", data=fields)


def test_a_file_that_is_larger_than_other_uploads_is_verified_too(app, sellers, official):
    client = official(ScopeLevel.TOWN, TOWN)
    data = client.get(f"{DETAIL}.csv?{YEAR}").data
    app.config["MAX_CONTENT_LENGTH"] = 1000
    try:
        assert len(data) > 1000
        assert "核验一致" in verify(client, data).text
        assert client.post("/sign-in", data={"identifier": "1" * 2000}).status_code == 413
    finally:
        app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST


def test_anybody_in_scope_can_verify_a_file_and_nobody_else(sellers, official):
    client = official(ScopeLevel.TOWN, TOWN)
    data = client.get(f"{DETAIL}.xlsx?{YEAR}").data
    colleague, stranger = (
        official(ScopeLevel.COUNTY, "440981"),
        official(ScopeLevel.TOWN, OTHER_TOWN),
    )
    said = verify(colleague, data).text
    assert "核验一致" in said
    assert "2026年11月23日" in said or "11-23 14:00" in said
    assert "核验一致" in verify(colleague, sha256=hashlib.sha256(data).hexdigest().upper()).text
    turned = client.get(f"{PIVOT}.csv?{YEAR}&first=month&second=mode&orders=1").data
    said = verify(colleague, turned).text
    assert "多维统计" in said
    page = re.search(r"/statistics/exports/register/[0-9]+", said)
    assert "按月份、帮扶方式，并列下单、付款" in colleague.get(page[0]).text
    for client, content in ((colleague, data + b" "), (colleague, data[:-1]), (stranger, data)):
        assert "没有登记，或者被改过" in verify(client, content).text


@pytest.mark.parametrize(
    ("data", "sha256", "words"),
    [
        (b"", "", "请选择文件"),
        (b"", "abc", "SHA-256 是 64 位"),
        (b"", "x" * 64, "SHA-256 是 64 位"),
        (b"", "1" * 5000, "SHA-256"),
    ],
)
def test_what_is_no_file_and_no_hash_is_explained(official, data, sha256, words):
    answer = verify(official(), data, sha256)
    assert (answer.status_code, words in answer.text) == (422, True)


def test_a_bomb_is_only_hashed(official):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 50_000_000)
    assert "没有登记" in verify(official(), bomb.getvalue()).text


# ── Long ones ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def _short(monkeypatch):
    """As if seven lines were long already."""
    for module in (exports_view, register_view):
        monkeypatch.setattr(module, "MOST_AT_ONCE", 7)


def fetch(client, address):
    """A file that lies in a folder, and its content type."""
    with closing(client.get(address)) as answer:
        return answer.data, answer.headers["Content-Type"]


def run_worker(app):
    with app.app_context():
        return handlers.make_files(datetime.now(UTC))


@pytest.mark.usefixtures("_short")
def test_a_long_file_is_made_by_the_worker_and_told_of_once(sellers, official, act, app):
    client = official()
    page = client.get(f"{DETAIL}.csv?{YEAR}&mode=direct", follow_redirects=True)
    assert "一共 8 行" in page.text
    assert records(act) == []
    address = "/statistics/exports/jobs/detail.csv"
    asked = {"from": "2026-01", "to": "2026-11", "mode": "direct"}
    where = client.post(address, data=asked).location
    assert client.post(address, data=asked).location == where
    assert "已写 0 / 8 行" in client.get(where).text
    assert client.get(f"{where}/file").status_code == 404
    act(sell, sellers, date(2026, 4, 1))
    assert (run_worker(app), run_worker(app)) == (1, 0)
    assert client.get(f"{where}/progress").headers["HX-Refresh"] == "true"
    assert "做好了：8 行" in client.get(where).text
    data, content_type = fetch(client, f"{where}/file")
    assert content_type == "text/csv; charset=utf-8"
    # What was sold while it waited is not in it.
    assert len(read_csv(data, "序号").rows) == 8
    (record,) = records(act)
    assert record.file_sha256 == hashlib.sha256(data).hexdigest()
    told = act(lambda: db.session.scalars(select(Notice)).all())
    assert [(each.letter, each.path) for each in told] == [("orders/export_ready", where)]
    stranger = official(ScopeLevel.TOWN, TOWN)
    for address in (where, f"{where}/progress", f"{where}/file"):
        assert stranger.get(address).status_code == 404


@pytest.mark.usefixtures("_short")
def test_a_file_is_thrown_away_after_some_days_and_its_register_stays(
    sellers, official, act, app, settings
):
    client = official()
    where = client.post(
        "/statistics/exports/jobs/detail.xlsx",
        data=dict(pair.split("=") for pair in YEAR.split("&")),
    ).location
    run_worker(app)
    assert fetch(client, f"{where}/file")[0]
    with app.app_context():
        assert handlers.forget_files(NOW + jobs.KEPT) == 0
        later = NOW + 2 * jobs.KEPT
        assert handlers.forget_files(later) == 1
        assert handlers.forget_files(later) == 0
    record = records(act)[0]
    assert not (settings.data_folder / "exports" / f"{record.file_sha256}.xlsx").exists()
    assert client.get(f"{where}/file").status_code == 404
    assert "已经清除" in client.get(where).text
    assert len(records(act)) == 1


def test_a_file_that_cannot_be_made_is_given_up_and_said(sellers, official, act, app, monkeypatch):
    client = official()
    fields = {"from": "2026-01", "to": "2026-11"}
    where = client.post("/statistics/exports/jobs/detail.csv", data=fields).location

    def burst(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(handlers, "make", burst)
    assert run_worker(app) == 0
    assert "没有做成" in client.get(where).text
    assert records(act) == []
    assert [path.suffix for path in exports_of(app)] == []


def exports_of(app):
    folder = app.config["SETTINGS"].data_folder / "exports"
    return list(folder.glob("*.part"))


def test_a_worker_that_died_is_followed_by_another_three_times(sellers, official, act, app):
    client = official()
    fields = {"from": "2026-01", "to": "2026-11"}
    where = client.post("/statistics/exports/jobs/detail.csv", data=fields).location
    job_id = int(where.rsplit("/", 1)[1])
    moment = NOW
    for _ in range(3):
        assert act(jobs.take_up, job_id, at=moment) is not None
        assert act(jobs.take_up, job_id, at=moment) is None
        moment += 2 * jobs.DEAD_AFTER
    assert act(jobs.take_up, job_id, at=moment) is None
    assert act(lambda: db.session.get_one(ExportJob, job_id).failed_at) == moment


def test_nobody_has_more_than_five_files_made_at_once(sellers, official):
    client = official()
    places = [
        client.post(
            "/statistics/exports/jobs/detail.csv",
            data={"from": f"2026-0{month}", "to": "2026-11"},
            follow_redirects=True,
        )
        for month in range(1, 7)
    ]
    assert ["已经有 5 份文件" in page.text for page in places] == [False] * 5 + [True]


# ── The monthly pack ────────────────────────────────────────────────────────────────────────────


def test_the_pack_of_a_month_comes_once_with_links_that_want_a_sign_in(sellers, official, act, app):
    act(sell, sellers, date(2026, 10, 5))
    client = official(ScopeLevel.TOWN, TOWN)
    bad = client.post("/statistics/packs", data={"day": "31"})
    assert bad.status_code == 422
    client.post("/statistics/packs", data={"day": "9"})
    client.post("/statistics/packs", data={"day": "5"})
    assert "每月 5 日" in client.get("/statistics/packs").text
    early, day = (datetime(2026, 11, day, 19, tzinfo=UTC) for day in (3, 8))
    with app.app_context():
        assert [handlers.make_packs(each) for each in (early, day, day)] == [0, 1, 0]
        assert handlers.make_files(day) == 2
        assert handlers.make_files(day) == 0
    (notice,) = act(lambda: db.session.scalars(select(Notice)).all())
    assert (notice.letter, notice.path) == ("orders/export_pack", "/statistics/packs/2026-10")
    page = client.get(notice.path).text
    assert "/statistics/brief?year=2026&amp;month=10" in page
    detail, summary = act(
        lambda: db.session.scalars(select(ExportJob.id).order_by(ExportJob.id)).all()
    )
    file, _ = fetch(client, f"/statistics/exports/jobs/{detail}/file")
    assert [row["净额(元)"] for row in read_xlsx(file, "序号").rows] == ["777"]
    file, _ = fetch(client, f"/statistics/exports/jobs/{summary}/file")
    assert read_xlsx(file, "年度目标").totals["本年累计"] == "0.14"
    assert official().get(notice.path).status_code == 404
    assert app.test_client().get(notice.path).status_code == 302


def test_who_has_unsubscribed_or_left_office_gets_no_pack(sellers, official, act, app):
    client = official()
    client.post("/statistics/packs", data={"day": "1"})
    client.post("/statistics/packs/end")
    leaver = official()
    leaver.post("/statistics/packs", data={"day": "1"})
    act(dismiss, leaver.account)
    with app.app_context():
        assert handlers.make_packs(NOW) == 0
    assert act(lambda: db.session.scalars(select(PackIssue)).all()) == []


def dismiss(account):
    db.session.merge(account).official_appointment.ended_at = NOW

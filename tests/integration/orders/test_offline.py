"""An official enters a sale that was not made online: in a minute, proven, and once."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from catalog.categories.models import Category
from catalog.categories.services import load_categories
from catalog.products.models import Variant
from orders.closing.models import CloseState, MonthClose
from orders.closing.queries.figures import figures_of
from orders.fairs.models import Activity
from orders.fairs.services.activities import cancel_activity
from orders.offline.handlers import forget_stray_evidence
from orders.offline.models import EvidenceLink, OfflineEvidence, OfflineImport, OfflineSale
from orders.sales.models import EntryKind, Mode, SalesEntry
from orders.sales.queries import Slice
from orders.statistics.queries.summaries import get_summary
from orders.statistics.rules.summary import By
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.clock import month_of
from shop.db import db
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from tests.factories.catalog import make_product
from tests.factories.fairs import BUREAU, make_fair
from tests.factories.offline import photo
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    TOWN,
    make_cooperative,
    make_enterprise_member,
    make_official,
    sign_in,
)
from tests.factories.sales import make_entry
from tests.parts.pages import see
from tests.parts.queries import counted_queries

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
BEFORE = NOW - timedelta(days=10)
FAIR = "珠海示例展销会"
MOST_STATEMENTS = 14


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place_of(act):
    """A cooperative of the town with one product, and one elsewhere."""

    def build():
        load_categories()
        cooperative, other = make_cooperative(), make_cooperative("441721101")
        product = make_product(cooperative, stock=50)
        (variant,) = product.variants
        return {
            "cooperative": cooperative.id,
            "other": other.id,
            "variant": variant.id,
            "weight": variant.net_weight_g,
            "product": product.name,
        }

    return act(build)


@pytest.fixture
def official(act, app):
    def enter(level=ScopeLevel.TOWN, code=TOWN):
        client = app.test_client()
        account = act(lambda: make_official(level, code))
        sign_in(client, account)
        return client

    return enter


def fields(of, **changes):
    return {
        "sold_on": "2026-11-20",
        "product": str(of["variant"]),
        "quantity": "2",
        "unit_price": "60",
        "channel": "fair",
        "activity_name": "香洲展销会",
        "buyer_type": "union",
        "buyer_unit": "示例工会",
        "buyer_district": "香洲区",
        "mode": "",
        "evidence_kind": "contract",
        "key": "k" * 32,
        "files": [(BytesIO(photo()), "合同.jpg")],
        **changes,
    }


def send(client, of, **changes):
    address = f"/statistics/offline/cooperatives/{of['cooperative']}"
    return client.post(address, data=fields(of, **changes), content_type="multipart/form-data")


def entries(act):
    return act(lambda: list(db.session.scalars(select(SalesEntry).order_by(SalesEntry.id))))


def close(act, month, state=CloseState.FILED):
    act(
        lambda: db.session.add(
            MonthClose(town_code=TOWN, month=month, state=state, version=1, round=1)
        )
    )


def test_a_sale_is_entered_with_its_proof_and_counts_at_once(act, official, place_of):
    client = official()
    answer = send(client, place_of)
    assert answer.status_code == 303
    (entry,) = entries(act)
    assert (entry.quantity_milli, entry.unit_price_fen, entry.net_fen) == (2000, 6000, 12_000)
    assert entry.net_weight_g == 2 * place_of["weight"]
    assert (entry.mode, entry.activity_name, entry.buyer_unit) == (
        Mode.DIRECT,
        "香洲展销会",
        "示例工会",
    )
    assert entry.town_code == TOWN
    page = client.get(answer.location).text
    assert "合同.jpg" in page
    assert "120.00" in client.get("/statistics/ledger").text
    assert act(list_broken) == []


def test_a_ledger_line_and_its_reversal_lead_to_what_proves_them(act, official, place_of):
    client = official()
    sale = send(client, place_of, invoice_number="").location
    assert client.post(f"{sale}/reversal", data={"reason": "重复填报"}).status_code == 303
    lines = entries(act)
    assert [line.kind for line in lines] == [EntryKind.SALE, EntryKind.REVERSAL]
    others = official(code="441721101"), official(ScopeLevel.COUNTY, "440902")
    for line in lines:
        address = f"/statistics/ledger/{line.id}"
        page = see(client, address)
        assert page.link("看填报的这一笔") == sale
        assert "合同.jpg" in see(client, sale).text
        evidence = page.link("合同.jpg")
        with client.get(evidence) as shown:
            assert shown.mimetype == "image/webp"
        for other in others:
            assert [other.get(each).status_code for each in (address, sale, evidence)] == [404] * 3


def test_the_same_form_sent_twice_makes_one_sale(act, official, place_of):
    client = official()
    first, second = send(client, place_of), send(client, place_of)
    assert first.location == second.location
    assert len(entries(act)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quantity": "0"}, "0.001"),
        ({"quantity": "两箱"}, "请填写数字"),
        ({"unit_price": ""}, "单价和金额至少填一个"),
        ({"amount": "121"}, "数量乘单价是 120.00 元"),
        ({"sold_on": "2026-11-24"}, "之间的日期"),
        ({"sold_on": "昨天"}, "请填写日期"),
        ({"product": "99999"}, "请从列表中选择"),
        ({"product": "other"}, "请填写产品名称"),
        ({"buyer_unit": ""}, "请填写采购单位的名称"),
        ({"activity_name": ""}, "展销会请填写活动名称"),
        ({"buyer_district": ""}, "请填写这一项"),
        ({"files": []}, "请至少上传一份佐证材料"),
        ({"files": [(BytesIO(b"MZ\x90\x00" * 50), "合同.pdf")]}, "要是照片"),
        ({"files": [(BytesIO(b"%PDF-1.7\n/JavaScript\n%%EOF"), "合同.pdf")]}, "合同.pdf"),
        ({"key": ""}, "已经过期"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(
    act, official, place_of, changes, words
):
    client = official()
    answer = send(client, place_of, **changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert "示例工会" in answer.text or changes.get("buyer_unit") == ""
    assert entries(act) == []


def test_files_brought_with_a_form_that_lacked_something_need_not_be_brought_again(
    act, official, place_of
):
    client = official()
    page = send(client, place_of, quantity="").text
    kept = re.search(r'name="kept_files"[^>]*value="(\d+)"', page)
    assert kept
    assert send(client, place_of, files=[], kept_files=kept[1]).status_code == 303
    assert act(lambda: db.session.scalar(select(func.count(EvidenceLink.id)))) == 1


def test_a_free_product_gives_its_price_from_the_amount_and_its_weight_from_the_unit(
    act, official, place_of
):
    category = act(lambda: db.session.scalar(select(func.min(Category.id))))
    answer = send(
        official(),
        place_of,
        product="other",
        product_name="荔枝干",
        category=str(category),
        unit="斤",
        quantity="12.5",
        unit_price="",
        amount="125.03",
        buyer_type="private",
    )
    assert answer.status_code == 303
    (entry,) = entries(act)
    assert (entry.unit_price_fen, entry.amount_fen, entry.net_weight_g) == (1000, 12_503, 6250)
    assert (entry.product_id, entry.mode) == (None, Mode.HELPED)


def test_what_looks_like_an_order_in_the_shop_is_shown_and_needs_a_word(act, official, place_of):
    def buy():
        buyer = make_enterprise_member()
        variant = db.session.get_one(Variant, place_of["variant"])
        order = accepted(dispatched(paid(place(buyer, {variant: 2}, for_unit=True))))
        return order.buyer_unit, order.goods_fen, order.sub_orders[0].number

    unit, goods_fen, number = act(buy)
    client = official()
    changes = {"buyer_unit": unit, "unit_price": "", "amount": str(goods_fen / 100)}
    changes["sold_on"] = month_of(NOW.date()) + "-22"
    page = send(client, place_of, **changes)
    assert page.status_code == 422
    assert number in page.text
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page.text)
    assert seen
    changes |= {"seen": seen[1], "duplicate_note": "两次采购"}
    changes["files"] = [(BytesIO(photo()), "合同.jpg")]
    assert send(client, place_of, **changes).status_code == 303
    sale = act(lambda: db.session.scalars(select(OfflineSale)).one())
    assert sale.duplicate_note == "两次采购"


def test_the_same_goods_day_and_amount_or_the_same_photo_need_a_word(act, official, place_of):
    client = official()
    send(client, place_of)
    same_goods = send(client, place_of, key="a" * 32, files=[(BytesIO(photo(90)), "别的.jpg")])
    assert same_goods.status_code == 422
    assert "可能已经记过" in same_goods.text
    same_photo = send(client, place_of, key="b" * 32, quantity="7")
    assert same_photo.status_code == 422
    assert "用的是同一份佐证材料" in same_photo.text
    assert len(entries(act)) == 1


def test_a_sale_of_a_filed_month_needs_a_reason_and_counts_in_the_next_open_one(
    act, official, place_of
):
    close(act, "2026-09")
    close(act, "2026-10", CloseState.LOCKED)
    client = official()
    refused = send(client, place_of, sold_on="2026-09-12")
    assert refused.status_code == 409
    assert "2026-09 已经上报" in refused.text
    assert entries(act) == []
    kept = re.search(r'name="kept_files"[^>]*value="(\d+)"', refused.text)
    answer = send(
        client,
        place_of,
        sold_on="2026-09-12",
        late_reason="票据晚到",
        files=[],
        kept_files=kept[1],
    )
    assert answer.status_code == 303
    (entry,) = entries(act)
    assert (entry.month, entry.sold_on.isoformat()) == ("2026-11", "2026-09-12")
    assert entry.note == "迟报：票据晚到"


def test_a_sale_is_reversed_once_with_a_reason(act, official, place_of):
    client = official()
    address = send(client, place_of).location
    assert client.post(f"{address}/reversal", data={"reason": ""}).status_code == 422
    client.post(f"{address}/reversal", data={"reason": "重复录入"})
    client.post(f"{address}/reversal", data={"reason": "重复录入"})
    sale, reversal = entries(act)
    assert (reversal.kind, reversal.net_fen) == (EntryKind.REVERSAL, -sale.net_fen)
    assert reversal.note == "重复录入"
    assert "已冲销" in client.get(address).text
    assert act(list_broken) == []


def test_a_correction_is_a_reversal_and_a_line_that_points_at_the_old_one(act, official, place_of):
    client = official()
    address = send(client, place_of).location
    form = client.get(f"{address}/correction/new").text
    assert 'value="60.00"' in form
    data = fields(place_of, quantity="3", key="c" * 32, reason="少写一箱", files=[], amount="")
    answer = client.post(f"{address}/correction", data=data, content_type="multipart/form-data")
    assert answer.status_code == 303
    first, reversal, instead = entries(act)
    assert (reversal.corrects_id, instead.corrects_id) == (first.id, first.id)
    assert (instead.net_fen, instead.quantity_milli) == (18_000, 3000)
    assert "合同.jpg" in client.get(answer.location).text
    data = fields(place_of, quantity="4", key="d" * 32, reason="再改", files=[])
    client.post(f"{address}/correction", data=data, content_type="multipart/form-data")
    assert len(entries(act)) == 3


def test_a_sale_that_names_an_announced_fair_is_part_of_its_result(act, official, place_of):
    fair = act(lambda: hold_a_fair(place_of["cooperative"]))
    client = official()
    form = client.get(f"/statistics/offline/cooperatives/{place_of['cooperative']}/new").text
    assert f'<option value="{FAIR}">' in form
    address = send(client, place_of, activity_name=f" {FAIR} ").location
    assert "计入这场活动的结果" in client.get(address).text
    assert "120.00" in client.get(f"/official/activities/{fair}/lines").text
    assert fairs_counted(act) == 1
    # What was sold there stays sold there, whatever becomes of the fair.
    act(lambda: call_off(fair))
    data = fields(place_of, quantity="3", key="c" * 32, reason="少写一箱", files=[])
    data |= {"activity_name": FAIR, "unit_price": "50"}
    answer = client.post(f"{address}/correction", data=data, content_type="multipart/form-data")
    client.post(f"{answer.location}/reversal", data={"reason": "没有卖"})
    assert [(e.kind, e.activity_id) for e in entries(act)] == [
        (EntryKind.SALE, fair),
        (EntryKind.REVERSAL, fair),
        (EntryKind.SALE, fair),
        (EntryKind.REVERSAL, fair),
    ]
    assert act(list_broken) == []


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"name": "另一场展销会"}, {}),
        ({"from_on": date(2026, 11, 21)}, {}),
        ({"from_on": date(2026, 11, 18)}, {}),
        ({"announced": False}, {}),
        ({"called_off": True}, {}),
        ({"of": "other"}, {}),
        ({}, {"channel": "offline", "activity_name": ""}),
    ],
    ids="name day-before day-after unannounced called-off elsewhere unnamed".split(),
)
def test_a_sale_that_means_no_announced_fair_keeps_its_own_words(
    act, official, place_of, held, said
):
    act(lambda: hold_a_fair(place_of[held.get("of", "cooperative")], **held))
    assert send(official(), place_of, **{"activity_name": FAIR} | said).status_code == 303
    (entry,) = entries(act)
    assert entry.activity_id is None
    assert fairs_counted(act) == 0


def test_an_earlier_sale_becomes_part_of_a_fair_when_it_is_corrected(act, official, place_of):
    client = official()
    address = send(client, place_of, activity_name=FAIR).location
    fair = act(lambda: hold_a_fair(place_of["cooperative"]))
    data = fields(place_of, key="c" * 32, reason="补记活动", files=[]) | {"activity_name": FAIR}
    client.post(f"{address}/correction", data=data, content_type="multipart/form-data")
    assert [e.activity_id for e in entries(act)] == [None, None, fair]


def hold_a_fair(cooperative_id, *, called_off=False, of="", **held):
    cooperative = db.session.get_one(Organisation, cooperative_id)
    fair = make_fair(cooperative, **{"name": FAIR, "from_on": date(2026, 11, 19)} | held, at=BEFORE)
    if called_off:
        call_off(fair.id)
    return fair.id


def call_off(fair_id):
    by = db.session.get_one(Activity, fair_id).made_by_id
    cancel_activity(fair_id, "台风", BUREAU, by=by, at=NOW)


def fairs_counted(act):
    """展销会场次 of the month."""

    def read():
        scope = Scope(ScopeLevel.TOWN, TOWN)
        month = Slice(scope=scope, since=date(2026, 11, 1), until=date(2026, 11, 30))
        return get_summary(By.TOWN, month).total.figures.fairs

    return act(read)


def test_evidence_is_seen_inside_the_scope_alone_and_each_look_is_written_down(
    act, official, place_of
):
    client = official()
    send(client, place_of)
    evidence = act(lambda: db.session.scalars(select(OfflineEvidence.id)).one())
    address = f"/statistics/offline/evidence/{evidence}"
    seen = official(ScopeLevel.COUNTY, TOWN[:6]).get(address)
    assert (seen.status_code, seen.mimetype) == (200, "image/webp")
    seen.close()
    assert official(ScopeLevel.TOWN, "441721101").get(address).status_code == 404
    looks = act(
        lambda: db.session.scalars(
            select(AuditEntry.subject_id).where(AuditEntry.act == "view_sale_evidence")
        ).all()
    )
    assert looks == [str(evidence)]


def test_nobody_enters_for_or_sees_a_town_that_is_not_theirs(official, place_of):
    client = official()
    address = send(client, place_of).location
    stranger = official(ScopeLevel.TOWN, "441721101")
    assert send(stranger, place_of).status_code == 404
    for path in ("", "/reversal/new", "/correction/new"):
        assert stranger.get(f"{address}{path}").status_code == 404
    own = f"/statistics/offline/cooperatives/{place_of['other']}/new"
    assert stranger.get(own).status_code == 200
    assert stranger.get(f"{own}?like={address.rpartition('/')[2]}").status_code == 404
    for path in ("/reversal", "/correction", "/evidence"):
        assert stranger.post(f"{address}{path}", data={"reason": "没有"}).status_code == 404
    assert "白糖" not in stranger.get("/statistics/offline").text


def test_the_list_says_what_lacks_proof_in_few_statements(official, place_of, app, act):
    client = official()
    for number in range(3):
        files = [(BytesIO(photo(40 + 70 * number)), "照片.jpg")]
        send(client, place_of, key=f"{number}" * 32, quantity=f"{number + 1}", files=files)
    with counted_queries(app) as statements:
        page = client.get("/statistics/offline").text
    assert page.count("佐证齐") == 3
    assert len(statements) <= MOST_STATEMENTS
    assert "这里还没有线下销售" in client.get("/statistics/offline?show=unproven").text
    for odd in ("show=x&channel=y&year=1999", "page=0&year=九"):
        assert client.get(f"/statistics/offline?{odd}").status_code == 200


def test_files_that_no_row_speaks_of_go_after_a_week(app, official, place_of, settings):
    send(official(), place_of)
    folder = Path(settings.uploads_folder / "offline")
    stray = folder / f"{'0' * 64}.webp"
    stray.write_bytes(b"left over")
    with app.app_context(), time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False):
        forget_stray_evidence(datetime(2099, 1, 1, tzinfo=UTC))
    assert not stray.exists()
    assert len(list(folder.glob("*.webp"))) == 1


def test_the_file_to_hand_in_says_what_an_official_said_of_a_sale(official, place_of):
    client = official()
    send(client, place_of, invoice_number="26440000000000000009", batch_code="P-1", note="两箱")
    answer = client.get("/statistics/exports/detail.csv?from=2026-11&to=2026-11")
    heads, line = list(csv.reader(StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))[:2]
    said = dict(zip(heads, line, strict=True))
    assert said["发票号码"] == "26440000000000000009"
    assert said["批次/合格证号"] == "P-1"
    assert (said["佐证材料"], said["填报人"]) == ("1份", "李干部")
    assert (said["备注"], said["带动户数"], said["审核人"]) == ("两箱", "", "")


def test_a_months_file_says_how_many_lines_lack_evidence(act, official, place_of):
    send(official(), place_of)
    assert act(lambda: figures_of(TOWN, "2026-11").unevidenced) == 0
    entry = entries(act)[0]

    def import_one():
        sheet = OfflineImport(
            scope_code=TOWN,
            file_name="台账.csv",
            sha256="0" * 64,
            uploaded_at=NOW,
            uploaded_by_id=entry.recorded_by_id,
            heads=[],
            row_count=1,
        )
        cooperative = db.session.get_one(Organisation, place_of["cooperative"])
        sold = make_entry(cooperative, NOW.date(), 700)
        db.session.add(sheet)
        db.session.flush()
        facts = {"entry_id": sold.id, "import_id": sheet.id, "row_number": 2}
        db.session.add(OfflineSale(**facts, fingerprint="f" * 64))

    act(import_one)
    assert act(lambda: figures_of(TOWN, "2026-11").unevidenced) == 1

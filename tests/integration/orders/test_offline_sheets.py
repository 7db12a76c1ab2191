"""A sheet of sales is looked at first, then counted in one act, and never twice."""

from datetime import UTC, date, datetime
from io import BytesIO
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import func, select

from catalog.categories.services import load_categories
from orders.closing.models import CloseState, MonthClose
from orders.offline.handlers import MOST_ROWS, forget_rows, stage_file, work_on_imports
from orders.offline.models import OfflineImport, OfflineImportRow, OfflineSale
from orders.sales.models import Channel, EntryKind, Mode, SalesEntry
from orders.sales.services import reverse_sale
from shop.accounts.people.models import ScopeLevel
from shop.db import db
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from shop.sheets.errors import FileRefused
from tests.factories.catalog import make_variant
from tests.factories.fairs import make_fair
from tests.factories.offline import HEAD, as_csv, photo, sale_row
from tests.factories.orders import paid, place
from tests.factories.people import (
    TOWN,
    make_cooperative,
    make_official,
    make_resident,
    sign_in,
)
from tests.factories.sheets import table_of
from tests.factories.transfers import as_xlsx

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(act, app):
    """A town's official, signed in, and a cooperative of that town and one elsewhere."""

    def build():
        load_categories()
        own, other = make_cooperative(name="石鼓合作社"), make_cooperative("441721101")
        return own.id, own.credit_code, other.name, make_official(ScopeLevel.TOWN, TOWN)

    own, code, other, account = act(build)
    client = app.test_client()
    sign_in(client, account)
    return SimpleNamespace(own=own, code=code, other=other, by=account.id, client=client)


def row(cooperative="石鼓合作社", **changes):
    return sale_row(cooperative, **changes)


def bring(app, desk, rows, name="台账.csv", encoding="utf-8-sig"):
    """Upload a sheet and have it checked; the id of the import."""
    content = as_xlsx(rows) if name.endswith("xlsx") else as_csv(rows, encoding)
    with app.app_context():
        import_id = stage_file(TOWN, name, content, by=desk.by, at=NOW)
    work(app)
    return import_id


def work(app):
    with app.app_context():
        work_on_imports(NOW)


def confirm(app, desk, import_id, note=""):
    address = f"/statistics/offline/imports/{import_id}/confirmation"
    answer = desk.client.post(address, data={"duplicate_note": note})
    work(app)
    return answer


def counts(act, import_id):
    found = act(lambda: db.session.get_one(OfflineImport, import_id).counts)
    return {name: count for name, count in found.items() if count}


def words(act, import_id):
    query = select(OfflineImportRow.faults).where(OfflineImportRow.import_id == import_id)
    found = act(lambda: db.session.scalars(query).all())
    return [fault[:2] for faults in found for fault in faults]


def entries(act):
    return act(lambda: list(db.session.scalars(select(SalesEntry).order_by(SalesEntry.id))))


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("台账.csv", "utf-8-sig"), ("台账.csv", "gb18030"), ("台账.xlsx", "")],
)
def test_the_ledger_that_an_office_keeps_is_taken_over(app, act, desk, name, encoding):
    title = ["消费帮扶销售明细台账", *[""] * (len(HEAD) - 1)]
    total = ["合计", *[""] * 13, "250"]
    rows = [
        title,
        HEAD,
        row(number="1", note="第一车", invoice="26440000000000000001", net_weight_g="6"),
        row(number="2", accepted_on="2026/11/5", channel="线下", activity="", buyer_type="市民"),
        total,
        ["填报单位(盖章):"],
    ]
    import_id = bring(app, desk, rows, name, encoding)
    assert counts(act, import_id) == {"good": 2}
    assert entries(act) == [], "nothing counts before it is confirmed"
    confirm(app, desk, import_id)
    first, second = entries(act)
    assert (first.quantity_milli, first.amount_fen, first.net_weight_g) == (12_500, 12_500, 6000)
    assert (first.channel, first.mode, first.activity_name) == (
        Channel.FAIR,
        Mode.DIRECT,
        "香洲展销会",
    )
    assert (first.cooperative_id, first.town_code, first.note) == (desk.own, TOWN, "第一车")
    assert (second.sold_on.isoformat(), second.buyer_unit) == ("2026-11-05", "")
    assert second.net_weight_g == 6250, "the unit itself is a weight"
    sale = act(lambda: db.session.scalars(select(OfflineSale).order_by(OfflineSale.id)).first())
    assert (sale.invoice_number, sale.row_number) == ("26440000000000000001", 3)
    assert "待补佐证" in desk.client.get("/statistics/offline?show=unproven").text
    assert act(list_broken) == []


def test_rows_that_name_an_announced_fair_are_part_of_its_result(app, act, desk):
    def hold():
        own = db.session.get_one(Organisation, desk.own)
        return make_fair(own, name="香洲展销会", from_on=date(2026, 11, 19), at=NOW).id

    sheet = [
        HEAD,
        row(),
        row(accepted_on="2026-11-18", quantity="30", amount="300"),
        row(activity="别的展销会", quantity="40", amount="400"),
        row(channel="线下", activity="", quantity="50", amount="500"),
    ]
    import_id = bring(app, desk, sheet)
    # It was announced between the check and the confirmation.
    fair = act(hold)
    confirm(app, desk, import_id)
    assert [entry.activity_id for entry in entries(act)] == [fair, None, None, None]
    assert counts(act, bring(app, desk, sheet)) == {"known": 4}
    assert act(list_broken) == []


def test_the_same_file_again_doubles_nothing_and_a_reversed_row_may_come_again(app, act, desk):
    rows = [HEAD, row(), row(quantity="3", amount="30")]
    confirm(app, desk, bring(app, desk, rows))
    again = bring(app, desk, rows)
    assert counts(act, again) == {"known": 2}
    assert "同一个文件" in desk.client.get(f"/statistics/offline/imports/{again}").text
    confirm(app, desk, again)
    assert len(entries(act)) == 2
    first = entries(act)[0].id
    act(lambda: reverse_sale(first, "误报", by=None, at=NOW))
    third = bring(app, desk, rows)
    assert counts(act, third) == {"good": 1, "known": 1}
    confirm(app, desk, third)
    kinds = [entry.kind for entry in entries(act)]
    assert kinds.count(EntryKind.SALE) == 3
    assert sum(entry.net_fen for entry in entries(act)) == 12_500 + 3000


@pytest.mark.parametrize(
    ("changes", "column", "kind"),
    [
        ({"cooperative": "没有的合作社"}, "cooperative", "unknown_cooperative"),
        ({"credit_code": "0" * 18}, "credit_code", "unknown_cooperative"),
        ({"town": "曹江镇"}, "town", "other_town"),
        ({"category": "法宝"}, "category", "no_category"),
        ({"product": ""}, "product", "missing"),
        ({"unit": ""}, "unit", "missing"),
        ({"quantity": "=1/0"}, "quantity", "no_number"),
        ({"quantity": "#N/A"}, "quantity", "is_error"),
        ({"quantity": "-3"}, "quantity", "out_of_bounds"),
        ({"quantity": "1.2345"}, "quantity", "too_fine"),
        ({"amount": "126"}, "amount", "disagrees"),
        ({"amount": "", "unit_price": ""}, "amount", "missing"),
        ({"refund": "5"}, "refund", "refund"),
        ({"net": "120"}, "net", "other_net"),
        ({"channel": "电话"}, "channel", "no_choice"),
        ({"activity": ""}, "activity", "missing"),
        ({"buyer_unit": ""}, "buyer_unit", "missing"),
        ({"buyer_type": ""}, "buyer_type", "missing"),
        ({"accepted_on": "2026-02-30"}, "accepted_on", "no_day"),
        ({"accepted_on": ""}, "accepted_on", "missing"),
        ({"accepted_on": "2027-01-01"}, "accepted_on", "future"),
        ({"accepted_on": "2020-12-31"}, "accepted_on", "too_early"),
        ({"month": "2026-10"}, "month", "other_month"),
        ({"net_weight_g": "三筐"}, "net_weight_g", "no_number"),
    ],
)
def test_what_is_wrong_is_said_beside_its_cell(app, act, desk, changes, column, kind):
    import_id = bring(app, desk, [HEAD, row(**changes)])
    assert counts(act, import_id) == {"wrong": 1}
    assert words(act, import_id) == [[column, kind]]
    page = desk.client.get(f"/statistics/offline/imports/{import_id}")
    assert page.status_code == 200
    assert "有误" in page.text
    confirm(app, desk, import_id)
    assert entries(act) == []


def test_good_rows_go_in_while_bad_ones_come_back_in_a_file_with_reasons(app, act, desk):
    import_id = bring(app, desk, [HEAD, row(), row(quantity="many"), row(unit="")])
    confirm(app, desk, import_id)
    assert len(entries(act)) == 1
    answer = desk.client.get(f"/statistics/offline/imports/{import_id}/rejected.xlsx")
    heads, first, second = table_of(answer.data)
    answer.close()
    assert heads[-1] == "有误的原因"
    assert "不是数字" in first[-1]
    assert "单位：没有填" in second[-1]


def test_a_cooperative_elsewhere_is_left_to_its_own_town(app, act, desk):
    import_id = bring(app, desk, [HEAD, sale_row(desk.other)])
    assert words(act, import_id) == [["cooperative", "not_in_scope"]]


def test_online_rows_and_what_the_shop_knows_itself_are_left_out(app, act, desk):
    import_id = bring(app, desk, [HEAD, row(channel="线上"), row(households="many")])
    assert counts(act, import_id) == {"good": 1, "online": 1}


def test_a_filed_month_takes_rows_only_with_a_remark_and_counts_them_later(app, act, desk):
    act(lambda: close("2026-10"))
    rows = [HEAD, row(accepted_on="2026-10-03"), row(accepted_on="2026-10-04", note="票据晚到")]
    import_id = bring(app, desk, rows)
    assert words(act, import_id) == [["note", "closed"]]
    confirm(app, desk, import_id)
    (entry,) = entries(act)
    assert (entry.month, entry.sold_on.isoformat()) == ("2026-11", "2026-10-04")
    assert entry.note == "迟报：票据晚到"


def test_a_month_filed_after_the_check_stops_the_whole_sheet(app, act, desk):
    import_id = bring(app, desk, [HEAD, row(accepted_on="2026-10-03"), row()])
    act(lambda: close("2026-10"))
    confirm(app, desk, import_id)
    assert entries(act) == [], "nothing is counted by halves"
    page = desk.client.get(f"/statistics/offline/imports/{import_id}").text
    assert "什么都还没有记入" in page
    assert counts(act, import_id) == {"good": 1, "wrong": 1}
    confirm(app, desk, import_id)
    assert len(entries(act)) == 1


def test_what_looks_like_another_sale_counts_only_with_a_word(app, act, desk):
    confirm(app, desk, bring(app, desk, [HEAD, row()]))
    rows = [HEAD, row(invoice="9"), row(quantity="3", amount="30"), row(quantity="3", amount="30")]
    import_id = bring(app, desk, rows)
    assert counts(act, import_id) == {"good": 1, "suspect": 2}
    confirm(app, desk, import_id)
    assert len(entries(act)) == 2
    second = bring(app, desk, rows)
    confirm(app, desk, second, note="同一天卖了两车")
    assert len(entries(act)) == 4
    notes = act(lambda: db.session.scalars(select(OfflineSale.duplicate_note)).all())
    assert sorted(notes) == ["", "", "同一天卖了两车", "同一天卖了两车"]


def test_a_row_that_names_an_order_of_the_shop_is_looked_at_whatever_else_it_says(app, act, desk):
    def buy():
        seller = db.session.get_one(Organisation, desk.own)
        variants = [make_variant(each) for each in (make_cooperative(), seller)]
        order = paid(place(make_resident(), dict.fromkeys(variants, 2)))
        parts = {part.cooperative_id: part.number for part in order.sub_orders}
        return order.number, parts.pop(desk.own), *parts.values()

    whole, own, theirs = act(buy)
    numbers = [own, whole.lower(), theirs, "C20260101-AAAAAA", ""]
    import_id = bring(
        app, desk, [HEAD, *(row(order_number=each, invoice=each or "9") for each in numbers)]
    )
    assert counts(act, import_id) == {"suspect": 2, "good": 3}
    page = desk.client.get(f"/statistics/offline/imports/{import_id}").text
    assert page.count(f"像线上订单 {own}") == 2
    assert f"像线上订单 {theirs}" not in page, "what others sold is not told"
    confirm(app, desk, import_id)
    assert [entry.order_number for entry in entries(act)] == numbers[2:]


def test_last_years_columns_are_matched_once_and_remembered(app, act, desk):
    old = ["卖方", "东西", "类别", "单位", "件数", "金额（万元）", "买家性质", "日期", "渠道"]
    said = ["石鼓合作社", "荔枝干", "水果", "斤", "100", "0.1", "市民", "2026年11月3日", "线下"]
    import_id = bring(app, desk, [old, said])
    page = desk.client.get(f"/statistics/offline/imports/{import_id}").text
    assert "认不出来" in page
    columns = {"column_0": "cooperative", "column_1": "product", "column_2": "category"}
    columns |= {"column_3": "unit", "column_4": "-", "column_5": "amount"}
    columns |= {"column_6": "buyer_type", "column_7": "accepted_on", "column_8": "channel"}
    address = f"/statistics/offline/imports/{import_id}/columns"
    refused = desk.client.post(address, data=columns)
    assert refused.status_code == 422
    assert "还缺一列：数量" in refused.text
    assert desk.client.post(address, data=columns | {"column_4": "quantity"}).status_code == 303
    work(app)
    confirm(app, desk, import_id)
    (entry,) = entries(act)
    assert (entry.amount_fen, entry.unit_price_fen) == (100_000, 1000)
    again = bring(app, desk, [old, said])
    assert counts(act, again) == {"known": 1}, "nobody is asked again"


def test_evidence_proves_a_whole_sheet_or_the_rows_that_name_it(app, act, desk):
    import_id = bring(app, desk, [HEAD, row(evidence="合同一.jpg"), row(quantity="1", amount="10")])
    confirm(app, desk, import_id)
    address = f"/statistics/offline/imports/{import_id}/evidence"

    def send(name, covers):
        data = {"covers": covers, "evidence_kind": "contract", "files": (BytesIO(photo()), name)}
        return desk.client.post(address, data=data, content_type="multipart/form-data")

    def unproven():
        return desk.client.get("/statistics/offline?show=unproven").text.count("荔枝干")

    assert unproven() == 2
    send("别的.jpg", "named")
    assert unproven() == 2
    send("合同一.jpg", "named")
    assert unproven() == 1
    send("送货单.jpg", "all")
    assert unproven() == 0


def test_a_sheet_is_seen_by_those_who_answer_for_its_town_alone(app, act, desk):
    import_id = bring(app, desk, [HEAD, row()])
    for level, code, status in (
        (ScopeLevel.COUNTY, TOWN[:6], 200),
        (ScopeLevel.TOWN, "441721101", 404),
    ):
        client = app.test_client()
        sign_in(client, act(lambda level=level, code=code: make_official(level, code)))
        address = f"/statistics/offline/imports/{import_id}"
        assert client.get(address).status_code == status
        assert client.get(f"{address}/rejected.xlsx").status_code == status


def test_a_sheet_is_thrown_away_or_confirmed_once(app, act, desk):
    import_id = bring(app, desk, [HEAD, row()])
    address = f"/statistics/offline/imports/{import_id}"
    desk.client.post(f"{address}/disposal")
    confirm(app, desk, import_id)
    desk.client.post(f"{address}/disposal")
    assert entries(act) == []
    with app.app_context():
        assert forget_rows(datetime(2027, 6, 1, tzinfo=UTC)) == 1
    assert "只保留 90 天" in desk.client.get(address).text


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"PK\x03\x04broken", b"a\nb\n"])
def test_a_file_that_is_no_table_is_refused_on_the_form(desk, content):
    for name in ("台账.csv", "台账.xlsx", "台账.exe"):
        data = {"file": (BytesIO(content), name)}
        answer = desk.client.post("/statistics/offline/imports", data=data)
        assert answer.status_code == 422


def test_the_template_is_taken_as_it_is(app, act, desk):
    answer = desk.client.get("/statistics/offline/imports/template.xlsx")
    (heads,) = table_of(answer.data)
    answer.close()
    assert heads[:37] == [str(head) for head in HEAD[:37]]
    assert len(HEAD) == 38
    with app.app_context(), pytest.raises(FileRefused):
        stage_file(TOWN, "空.csv", as_csv([heads]), by=desk.by, at=NOW)


def test_a_large_sheet_with_bad_rows_here_and_there_keeps_the_good_ones(app, act, desk):
    """Over several chunks; the whole fifty thousand are tried by hand, for they take a minute."""
    size = 1_200
    rows = [
        row(quantity=str(n + 1), amount="", unit="" if n % 160 == 0 else "斤") for n in range(size)
    ]
    import_id = bring(app, desk, [HEAD, *rows])
    bad = -(-size // 160)
    assert counts(act, import_id) == {"good": size - bad, "wrong": bad}
    confirm(app, desk, import_id)
    assert act(lambda: db.session.scalar(select(func.count(SalesEntry.id)))) == size - bad
    assert MOST_ROWS == 50_000


def close(month):
    db.session.add(
        MonthClose(town_code=TOWN, month=month, state=CloseState.FILED, version=1, round=1)
    )

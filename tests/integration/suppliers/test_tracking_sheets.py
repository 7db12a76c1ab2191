"""Tracking numbers by spreadsheet: taken home, filled in, brought back, looked at, shipped once."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from catalog.batches.models import Batch, BatchRecall
from catalog.products.models import Product
from orders.deliveries.models import Parcel, PickAllocation, Shipment
from orders.records.models import SubOrder
from orders.refunds.services.cancellations import cancel_order
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.mandates import services as mandates
from shop.accounts.people.models import Account, MemberRole, ScopeLevel
from shop.db import db
from shop.invariants import list_broken
from suppliers.shipping import handlers, services
from suppliers.shipping.handlers import forget_rows, ship_sheets
from suppliers.shipping.models import TrackingRow, TrackingSheet
from tests.factories.catalog import make_batch, make_draft, make_product, make_variant
from tests.factories.orders import make_delivery, paid, place
from tests.factories.people import (
    TOWN,
    make_cooperative,
    make_cooperative_member,
    make_official,
    make_resident,
    sign_in,
)
from tests.factories.pickups import make_point
from tests.factories.sheets import as_csv, as_xlsx, table_of
from tests.parts.pages import Page, see
from tests.parts.queries import counted_queries

HOME = "/cooperative/shipping"
HEAD = ["订单号", "快递公司", "快递单号", "这次发几件", "批次"]
BOX_G = 2500


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, stock=1000)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def desk(act, app, cooperative):
    """A picker's browser: all of this is theirs as well."""
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative, MemberRole.PICKER))
    return client


@pytest.fixture
def order(act, buyer, variant):
    def make(units=1, account=None, point=None, wanted=None):
        delivery = make_delivery(recipient="何小满", phone="13912345678")
        at, wanted = clock.now(), wanted or {variant: units}
        placed = place(account or buyer, wanted, delivery=delivery, point=point, at=at)
        return paid(placed).sub_orders[0]

    return lambda *args, **how: act(make, *args, **how)


def row(part, number="", units="", carrier="顺丰", batch=""):
    return [getattr(part, "number", part), carrier, number, units, batch]


def upload(desk, rows, name="单号.xlsx", head=HEAD, **fields):
    """Bring a sheet through the page; its address."""
    write = as_csv if name.endswith("csv") else as_xlsx
    answer = desk.post(HOME, data={"file": (BytesIO(write([head, *rows])), name), **fields})
    assert answer.status_code == 303, Page(answer.text).text
    return answer.location


def confirm(app, desk, address):
    """Have it shipped, and let the worker do so; what its page says then."""
    assert desk.post(f"{address}/dispatch").status_code == 303
    with app.app_context():
        ship_sheets(clock.now())
    return see(desk, f"{address}?show=all").text


def shipped(app, desk, rows, **how):
    return confirm(app, desk, upload(desk, rows, **how))


def parcels(act):
    """Which part left under which number."""
    query = (
        select(SubOrder.number, Parcel.carrier, Parcel.tracking_number)
        .join(Shipment, Shipment.sub_order_id == SubOrder.id)
        .join(Parcel, Parcel.shipment_id == Shipment.id)
        .order_by(Parcel.id)
    )
    return act(lambda: [tuple(each) for each in db.session.execute(query)])


def counts(act, *models):
    return act(lambda: [db.session.scalar(select(func.count()).select_from(m)) for m in models])


def fetched(desk, address):
    with desk.get(address) as answer:
        assert answer.status_code == 200
        return table_of(answer.data)


def harvest(act, variant, boxes, days_ago=1):
    def make():
        product = db.session.get_one(Product, variant.product_id)
        day = clock.day_of(clock.now()) - timedelta(days=days_ago)
        return make_batch(product, quantity_g=boxes * BOX_G, harvested_on=day, at=clock.now())

    return act(make)


def test_what_waits_is_taken_home_filled_in_and_shipped(act, app, desk, order):
    first, second = order(2), order(1)
    table = fetched(desk, f"{HOME}/to-send.xlsx")
    head, *rows = table
    assert [cells[0] for cells in rows] == [first.number, second.number]
    facts = dict(zip(head, rows[0], strict=True))
    assert facts["商品"] == "白糖罂荔枝 5斤装 × 2 箱"
    assert (facts["待发件数"], facts["快递公司"], facts["快递单号"]) == ("2", "", "")
    assert facts["收货"] == "何** 尾号5678 香洲区拱北街道"
    assert "× 2" in facts["批次"]
    assert "何小满" not in str(table)
    assert "13912345678" not in str(table)
    carrier, number = head.index("快递公司"), head.index("快递单号")
    rows[0][carrier], rows[0][number] = "圆通", "yt 8812345678"
    address = upload(desk, rows, head=head)
    page = see(desk, f"{address}?show=all").text
    assert "可以发 1" in page
    assert "没填单号 1" in page
    assert parcels(act) == []
    assert "发了 1 个包裹" in confirm(app, desk, address)
    assert parcels(act) == [(first.number, "圆通速递", "YT8812345678")]
    assert first.number not in str(fetched(desk, f"{HOME}/to-send.xlsx"))
    assert act(lambda: list(list_broken())) == []


def test_texts_in_the_sheet_are_no_formulas(act, desk, buyer, cooperative, order):
    evil = act(make_variant, cooperative, name="=cmd|A1", stock=5)
    order(wanted={evil: 1})
    with desk.get(f"{HOME}/to-send.xlsx") as answer:
        assert b"<f>" not in answer.data
        assert "=cmd|A1" in str(table_of(answer.data))


def test_one_run_is_taken_home_by_itself(act, desk, order):
    point = act(make_point, name="拱北自提点")
    home, collected = order(), order(point=point)
    which = f"?day={collected.promised_on}&point={point.id}"
    rows = fetched(desk, f"{HOME}/to-send.xlsx{which}")[1:]
    assert [cells[0] for cells in rows] == [collected.number]
    assert "自提点 拱北自提点" in rows[0][3]
    assert home.number in str(fetched(desk, f"{HOME}/to-send.xlsx?day={home.promised_on}&point=0"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_carriers_own_sheet_will_do(act, app, desk, order, encoding):
    part = order()
    lines = ["发货清单", "序号,客户订单号,运单号,收件人", f"1,{part.number},773012345678901,何小满"]
    file = (BytesIO("\n".join(lines).encode(encoding)), "面单.csv")
    answer = desk.post(HOME, data={"file": file, "carrier": "中通快递"})
    confirm(app, desk, answer.location)
    assert parcels(act) == [(part.number, "中通快递", "773012345678901")]
    kept = act(lambda: db.session.scalars(select(TrackingRow.cells)).one())
    assert "何小满" not in str(kept)


def test_the_order_s_number_names_the_part_as_well(act, app, desk, order):
    part = order()
    shipped(app, desk, [row(part.number[:-1].lower(), "SF1234567890")])
    assert parcels(act) == [(part.number, "顺丰速运", "SF1234567890")]


def test_the_right_rows_go_and_the_wrong_ones_come_back_with_reasons(act, app, desk, order):
    good, bad = order(), order()
    rows = [row(good, "SF1234567890"), row(bad, "1.23E+15"), row("C20200101-ABCDEFA", "SF1")]
    address = upload(desk, rows)
    page = see(desk, address).text
    assert "第 3 行" in page
    assert "末几位已经丢了" in page
    assert "没有这张单" in page
    confirm(app, desk, address)
    assert [number for number, *_ in parcels(act)] == [good.number]
    table = fetched(desk, f"{address}/rejected.xlsx")
    assert [cells[0] for cells in table] == ["订单号", bad.number, "C20200101-ABCDEFA"]
    head, first = table[:2]
    assert "快递单号：表格软件把单号变成了数字" in first[-1]
    first[head.index("快递单号")] = "SF1234567891"
    shipped(app, desk, [first], head=head)
    assert [number for number, *_ in parcels(act)] == [good.number, bad.number]


def test_the_same_file_twice_ships_nothing_twice(act, app, desk, order):
    rows = [row(order(), "SF1234567890"), row(order(3), "SF1234567891", "2")]
    shipped(app, desk, rows)
    before = parcels(act)
    address = upload(desk, rows)
    page = see(desk, f"{address}?show=all").text
    assert "早已发过 2" in page
    assert "现在没有能发的包裹" in page
    assert "现在没有能发的包裹" in confirm(app, desk, address)
    assert parcels(act) == before


def test_pressing_twice_ships_once(act, app, desk, order):
    address = upload(desk, [row(order(), "SF1234567890")])
    for _ in range(2):
        desk.post(f"{address}/dispatch")
    assert "正在逐个包裹发货" in see(desk, address).text
    progress = desk.get(f"{address}/progress")
    assert "HX-Refresh" not in progress.headers
    with app.app_context():
        assert [ship_sheets(clock.now()) for _ in range(2)] == [1, 0]
    assert desk.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    assert len(parcels(act)) == 1


def test_a_sheet_whose_worker_was_killed_goes_on_where_it_stood(act, app, desk, order, monkeypatch):
    rows = [row(order(), f"SF12345678{n:02}") for n in range(3)]
    address = upload(desk, rows)
    desk.post(f"{address}/dispatch")
    real, done = handlers._ship_row, []

    def killed_after_one(*args):
        if done:
            raise KeyboardInterrupt
        done.append(real(*args))
        return done[0]

    monkeypatch.setattr(handlers, "_ship_row", killed_after_one)
    with app.app_context(), pytest.raises(KeyboardInterrupt):
        ship_sheets(clock.now())
    monkeypatch.undo()
    assert len(parcels(act)) == 1
    with app.app_context():
        assert ship_sheets(clock.now()) == 2
    assert "发了 3 个包裹" in see(desk, address).text


def test_a_parcel_that_can_not_leave_holds_no_other_back(act, app, desk, order, monkeypatch):
    parts = [order() for _ in range(3)]
    rows = [row(part, f"SF12345678{n:02}") for n, part in enumerate(parts)]
    address = upload(desk, rows)
    real = services.dispatch

    def fail_at_the_second(part_id, *args, **how):
        if part_id == parts[1].id:
            raise RuntimeError("the disk is full")
        return real(part_id, *args, **how)

    monkeypatch.setattr(services, "dispatch", fail_at_the_second)
    page = confirm(app, desk, address)
    assert [number for number, *_ in parcels(act)] == [parts[0].number, parts[2].number]
    assert "1 个包裹刚才没有发成" in page
    monkeypatch.undo()
    assert "发了 3 个包裹" in confirm(app, desk, address)


def test_some_units_now_and_the_rest_under_another_number(act, app, desk, order):
    part = order(3)
    shipped(app, desk, [row(part, "SF1234567890", "1"), row(part, "SF1234567891", "2")])
    assert [number for *_, number in parcels(act)] == ["SF1234567890", "SF1234567891"]
    assert act(lambda: db.session.get_one(SubOrder, part.id).dispatched_at) is not None


def test_two_rows_of_a_part_without_units_ship_nothing(act, desk, order):
    part = order(3)
    address = upload(desk, [row(part, "SF1234567890"), row(part, "SF1234567891")])
    assert see(desk, address).text.count("请在每一行填“这次发几件”") == 2


def test_one_number_for_one_buyer_is_a_joint_parcel_for_two_a_mistake(act, app, desk, order):
    stranger = act(make_resident)
    mine, mine_too, theirs = order(), order(), order(account=stranger)
    number = "SF1234567890"
    address = upload(desk, [row(mine, number), row(theirs, number)])
    assert see(desk, address).text.count("另一位买家") == 2
    address = upload(desk, [row(mine, number), row(mine_too, number)])
    assert f"和 {mine_too.number} 合用一个单号" in see(desk, address).text
    confirm(app, desk, address)
    assert {each[2] for each in parcels(act)} == {number}
    address = upload(desk, [row(theirs, number)])
    assert f"已经用在另一位买家的 {mine.number}" in see(desk, address).text.replace(
        mine_too.number, mine.number
    )


def test_a_box_for_a_pick_up_point_may_hold_several_buyers_goods(act, app, desk, order):
    point = act(make_point)
    parts = [order(point=point), order(point=point, account=act(make_resident))]
    page = shipped(app, desk, [row(part, "SF1234567890") for part in parts])
    assert "发了 2 个包裹" in page
    assert len(parcels(act)) == 2


def test_goods_leave_from_the_batch_on_their_slip_or_the_one_that_is_named(
    act, app, desk, cooperative, order
):
    variant = act(make_variant, cooperative, stock=100, batched=False)
    old, new = harvest(act, variant, 2, days_ago=4), harvest(act, variant, 9)
    urgent, later, named = (order(wanted={variant: n}) for n in (2, 3, 1))
    rows = [row(later, "SF2222222222"), row(urgent, "SF1111111111")]
    shipped(app, desk, [*rows, row(named, "SF3333333333", batch=f"{new.code} × 1")])
    query = (
        select(SubOrder.number, Batch.code, PickAllocation.quantity)
        .join(PickAllocation.batch)
        .join(PickAllocation.shipment_line)
        .join(Shipment)
        .join(Shipment.sub_order)
        .order_by(SubOrder.id)
    )
    assert act(lambda: [tuple(each) for each in db.session.execute(query)]) == [
        (urgent.number, old.code, 2),
        (later.number, new.code, 3),
        (named.number, new.code, 1),
    ]


def test_a_missing_batch_is_recorded_and_the_same_sheet_ships(act, app, desk, cooperative, order):
    variant = act(make_variant, cooperative, stock=100, batched=False)
    part, other = order(wanted={variant: 2}), order()
    address = upload(desk, [row(part, "SF1111111111"), row(other, "SF2222222222")])
    page = see(desk, address)
    assert "没有可用的批次" in page.text
    link = page.link("登记“白糖罂荔枝”的采收")
    confirm(app, desk, address)
    assert [number for number, *_ in parcels(act)] == [other.number]
    form = see(desk, link).form("/cooperative/batches")
    harvested = {"quantity": "500", "basis": "self_tested"}
    assert desk.post(form.action, data=form.fields | harvested).status_code == 303
    assert "发了 2 个包裹" in confirm(app, desk, address)


def test_a_batch_that_was_called_back_is_not_shipped(act, desk, cooperative, order):
    variant = act(make_variant, cooperative, stock=100, batched=False)
    batch = harvest(act, variant, 9)
    part = order(wanted={variant: 1})
    address = upload(desk, [row(part, "SF1111111111", batch=batch.code)])
    assert "可以发 1" in see(desk, address).text

    def recall():
        by = make_cooperative_member().id
        batch_row = db.session.get_one(Batch, batch.id)
        batch_row.recall = BatchRecall(reason="农残", at=clock.now(), by_id=by)

    act(recall)
    assert "已召回" in see(desk, address).text


def test_goods_that_are_not_in_the_store_yet_say_so_and_wait(act, app, desk, cooperative, buyer):
    soon = clock.day_of(clock.now()) + timedelta(days=1)
    draft = replace(make_draft(), presale_ships_on=soon, presale_cap=9)
    product = act(make_product, cooperative, variants=[draft], stock=0)

    def buy():
        variant = db.session.get_one(Product, product.id).variants[0]
        return paid(place(buyer, {variant: 1}, at=clock.now())).sub_orders[0]

    part = act(buy)
    address = upload(desk, [row(part, "SF1111111111")])
    assert "预售还没到发货的日子" in see(desk, address).text
    page = shipped(app, desk, [row(part, "SF1111111111", "1")])
    assert "预售的货还没有入库" in page
    assert parcels(act) == []


def test_what_was_cancelled_or_is_not_paid_or_not_theirs_is_refused(
    act, desk, buyer, order, variant
):
    cancelled, unpaid = order(), act(place, buyer, {variant: 1})
    by = buyer.id
    act(lambda: cancel_order(cancelled.order_id, reason="不要了", by=by, at=clock.now()))
    theirs = order(wanted={act(make_variant): 1})
    rows = [row(each, f"SF123456789{n}") for n, each in enumerate((cancelled, unpaid, theirs))]
    page = see(desk, upload(desk, rows)).text
    assert "已经全部取消" in page
    assert page.count("没有这张单") == 2


def test_other_cooperatives_see_and_ship_nothing_of_it(act, app, desk, order):
    address = upload(desk, [row(order(), "SF1234567890")])
    other = app.test_client()
    sign_in(other, act(make_cooperative_member))
    for path in (address, f"{address}/progress", f"{address}/rejected.xlsx"):
        assert other.get(path).status_code == 404
    for act_name in ("dispatch", "disposal"):
        assert other.post(f"{address}/{act_name}").status_code == 404
    assert len(fetched(other, f"{HOME}/to-send.xlsx")) == 1
    assert "单号.xlsx" not in other.get(HOME).text


def test_a_sheet_is_thrown_away_whole(act, app, desk, order):
    address = upload(desk, [row(order(), "SF1234567890")])
    assert desk.post(f"{address}/disposal").location == HOME
    assert "已经作废" in confirm(app, desk, address)
    assert parcels(act) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("单号.xlsx", b"PK\x03\x04broken", "已损坏"),
        ("单号.xls", b"\xd0\xcf\x11\xe0", "只能导入 CSV 或 XLSX"),
        ("单号.csv", b"", "文件是空的"),
        ("单号.csv", "订单号,快递单号\n".encode(), "文件是空的"),
        ("单号.csv", "货号,数量\nA,1\n".encode(), "没有找到“订单号”和“快递单号”"),
        ("单号.csv", b"\xff\xfe\x00", "编码认不出来"),
        ("单号.csv", "订单号,快递单号\n".encode() + b"A,1\n" * 2100, "最多导入 2,000 行"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_beside_its_field(act, desk, name, content, words):
    answer = desk.post(HOME, data={"file": (BytesIO(content), name)})
    assert answer.status_code == 422
    assert words in answer.text
    assert counts(act, TrackingSheet, TrackingRow) == [0, 0]


def test_only_so_many_sheets_wait(act, desk, order):
    part = order()
    for _ in range(services.MOST_WAITING):
        upload(desk, [row(part, "SF1234567890")])
    file = (BytesIO(as_csv([HEAD, row(part, "SF1")])), "一份.csv")
    answer = desk.post(HOME, data={"file": file})
    assert answer.status_code == 422
    assert "已经有 10 份单号表" in answer.text


def test_rows_are_forgotten_after_ninety_days_and_the_shipments_stay(act, app, desk, order):
    address = upload(desk, [row(order(), "SF1234567890")])
    confirm(app, desk, address)
    with app.app_context():
        assert forget_rows(clock.now() + timedelta(days=89)) == 0
        assert forget_rows(clock.now() + timedelta(days=91)) == 1
    page = see(desk, address).text
    assert "只保留 90 天" in page
    assert "发了 1 个包裹" in page
    assert len(parcels(act)) == 1


def test_the_log_says_who_brought_and_shipped_the_sheet(act, app, desk, order):
    shipped(app, desk, [row(order(), "SF1234567890")])
    query = select(AuditEntry.act).where(AuditEntry.act.in_(["upload_tracking", "ship_sheet"]))
    assert act(lambda: db.session.scalars(query.order_by(AuditEntry.id)).all()) == [
        "upload_tracking",
        "ship_sheet",
    ]
    by = act(lambda: db.session.scalars(select(Shipment.sent_by_id)).one())
    sheet = act(lambda: db.session.scalars(select(TrackingSheet)).one())
    assert by == sheet.confirmed_by_id is not None


def test_more_rows_ask_the_database_no_more(act, app, desk, order):
    def asked(rows):
        address, found = upload(desk, rows), []
        for path in (address, f"{address}/rejected.xlsx", f"{HOME}/to-send.xlsx", HOME):
            with counted_queries(app) as statements:
                assert desk.get(path).status_code == 200
            found.append(len(statements))
        return found

    few = asked([row(order(), "SF1234567890")])
    rows = [row(order(), f"SF12345678{n:02}") for n in range(6)]
    assert asked(rows) == few
    assert max(few) <= 18, few


def test_what_an_official_has_shipped_is_shipped_under_their_mandate(act, app, cooperative, order):
    helper = act(make_official, ScopeLevel.TOWN, TOWN)
    manager = act(make_cooperative_member, cooperative)

    def give():
        today, by = clock.day_of(clock.now()), manager.id
        appointment_id = db.session.get_one(Account, helper.id).official_appointment.id
        period = (today, today + timedelta(days=9))
        own, at = cooperative.id, clock.now()
        return mandates.give(own, appointment_id, *period, by=by, at=at).id

    mandate_id = act(give)
    official = app.test_client()
    sign_in(official, helper)
    official.post(f"/official/mandates/{mandate_id}/desk")
    shipped(app, official, [row(order(), "SF1234567890")])
    query = select(AuditEntry.mandate_id).where(AuditEntry.act == "dispatch")
    assert act(lambda: db.session.scalars(query).all()) == [mandate_id]

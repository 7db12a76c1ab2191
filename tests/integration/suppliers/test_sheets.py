"""Spreadsheets of listings: taken home, changed, brought back, looked at, and taken over once."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from catalog.categories.services import load_categories
from catalog.products.models import Product, Variant
from catalog.products.services.variants import edit_variants, set_price
from catalog.stock.queries import list_mismatches
from catalog.stock.services import hold, release, set_available
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.db import db, transaction
from shop.organisations.models import Organisation
from shop.organisations.services import suspend
from suppliers.sheets import handlers, services
from suppliers.sheets.handlers import check_imports, forget_rows
from suppliers.sheets.models import ImportRow, KnownHead, ListingImport
from tests.factories.catalog import make_draft, make_product
from tests.factories.people import make_cooperative_member, sign_in
from tests.factories.sheets import HEAD, as_csv, as_xlsx, checked, new_row, table_of
from tests.parts.queries import counted_queries
from tests.parts.together import run_together

HOME = "/cooperative/sheets"
PRICE, STOCK = HEAD.index("价格（元）"), HEAD.index("可卖库存")


@pytest.fixture
def seller(app, act):
    """A cooperative with a manager, and the manager's browser."""
    act(load_categories)
    account = act(_member)
    client = app.test_client()
    sign_in(client, account)
    return SimpleNamespace(id=account.cooperative.id, account=account, desk=client)


@pytest.fixture
def litchi(act, seller):
    """A listing of the cooperative's: two ways to buy it, a hundred of each."""
    variants = [make_draft(), make_draft("10斤装", net_weight_g=5000, measure_amount=5000)]
    product = act(make_product, seller.account.cooperative, variants=variants, batched=False)
    return act(lambda: _facts(product.id))


def _member():
    account = make_cooperative_member()
    assert account.cooperative, "read while the session is open"
    return account


def _facts(product_id):
    product = db.session.get_one(Product, product_id)
    return SimpleNamespace(id=product.id, variants=[variant.id for variant in product.variants])


def upload(seller, rows, name="商品.xlsx"):
    """Bring a sheet through the page; its address."""
    write = as_csv if name.endswith("csv") else as_xlsx
    answer = seller.desk.post(HOME, data={"file": (BytesIO(write(rows)), name)})
    assert answer.status_code == 303, answer.text
    return answer.location


def check(app):
    with app.app_context():
        check_imports(clock.now())


def brought(app, seller, rows, name="商品.xlsx"):
    address = upload(seller, rows, name)
    check(app)
    return address


def home(seller):
    """The cooperative's own sheet, as it is taken home."""
    return fetched(seller, f"{HOME}/listings.xlsx")


def fetched(seller, address):
    """A workbook's first sheet."""
    with seller.desk.get(address) as answer:
        assert answer.status_code == 200
        return table_of(answer.data)


def cell(table, row, head):
    return table[row][table[0].index(head)]


def put(table, row, head, value):
    table[row][table[0].index(head)] = value


def variant(act, variant_id):
    def facts():
        v = db.session.get_one(Variant, variant_id)
        return SimpleNamespace(
            spec=v.spec, price=v.price_fen, stock=v.unheld, weight=v.net_weight_g, version=v.version
        )

    return act(facts)


def count(act, model=Product):
    return act(lambda: db.session.scalar(select(func.count()).select_from(model)))


def states(act):
    query = select(ImportRow.state, func.count()).group_by(ImportRow.state)
    return act(lambda: {state.value: n for state, n in db.session.execute(query) if state})


def sound(act):
    assert act(list_mismatches) == []


# ── Home and back ───────────────────────────────────────────────────────────────────────────────


def test_what_is_taken_home_and_brought_back_changes_nothing(app, act, seller, litchi):
    table = home(seller)
    assert [row[3:7] for row in table] == [
        ["商品名称", "类别", "规格", "单位"],
        ["白糖罂荔枝", "水果", "5斤装", "箱"],
        ["白糖罂荔枝", "水果", "10斤装", "箱"],
    ]
    for name in ("商品.xlsx", "商品.csv"):
        address = brought(app, seller, table, name)
        assert "没有需要导入的改动" in seller.desk.get(address).text
    assert states(act) == {"unchanged": 4}


def test_an_edited_sheet_shows_old_and_new_and_changes_them_once_confirmed(
    app, act, seller, litchi
):
    table = home(seller)
    put(table, 1, "价格（元）", "80.5")
    put(table, 2, "净重（公斤）", "4.8")
    put(table, 2, "可卖库存", "60")
    put(table, 1, "介绍", "树上熟了才摘。")
    put(table, 2, "介绍", "树上熟了才摘。")
    address = brought(app, seller, table)
    page = seller.desk.get(address).text
    for words in ("75.00", "80.50", "4.8 公斤"):
        assert words in page
    assert variant(act, litchi.variants[0]).price == 7500
    answer = seller.desk.post(f"{address}/application", follow_redirects=True)
    assert "导入了 2 行改动" in answer.text
    first, second = (variant(act, each) for each in litchi.variants)
    assert (first.price, second.weight, second.stock) == (8050, 4800, 60)
    assert act(lambda: db.session.get_one(Product, litchi.id).description) == "树上熟了才摘。"
    sound(act)


def test_new_products_come_with_their_ways_of_selling_and_their_stock(app, act, seller):
    rows = [HEAD, new_row(), new_row(spec="10斤装", weight="10斤", stock="0"), new_row("黄皮")]
    address = brought(app, seller, rows, "新品.csv")
    assert states(act) == {"new": 3}
    seller.desk.post(f"{address}/application")
    products = act(
        lambda: {
            p.name: [(v.spec, v.net_weight_g, v.unheld) for v in p.variants]
            for p in db.session.scalars(select(Product))
        }
    )
    assert products == {
        "冰淇淋番薯": [("5斤装", 2500, 20), ("10斤装", 5000, 0)],
        "黄皮": [("5斤装", 2500, 20)],
    }
    sound(act)


def test_the_same_file_again_doubles_nothing(app, act, seller):
    rows = [HEAD, new_row(), new_row(spec="10斤装")]
    for _ in range(3):
        address = brought(app, seller, rows, "新品.csv")
        seller.desk.post(f"{address}/application")
    assert (count(act), count(act, Variant)) == (1, 2)
    assert "同一个文件" in seller.desk.get(brought(app, seller, rows, "新品.csv")).text


def test_a_name_and_a_spec_find_what_is_listed_already(app, act, seller, litchi):
    rows = [
        ["品名", "规格", "单价"],
        ["白糖罂荔枝", "10斤装", "¥120元"],
        ["白糖罂荔枝", "20斤装", "1"],
    ]
    brought(app, seller, rows)
    assert states(act) == {"changed": 1, "wrong": 1}


def test_a_product_is_delisted_and_put_on_sale_again(app, act, seller, litchi):
    for answer, is_off in (("是", True), ("否", False)):
        rows = [["规格编号", "下架"], *([str(each), answer] for each in litchi.variants)]
        address = brought(app, seller, rows, "下架.csv")
        seller.desk.post(f"{address}/application")
        off = act(lambda: db.session.get_one(Product, litchi.id).delisted_at is not None)
        assert off is is_off


def test_the_template_holds_the_heads_and_how_to_fill_them_in(seller):
    assert fetched(seller, f"{HOME}/template.xlsx")[0][3:6] == ["商品名称", "类别", "规格"]


def test_texts_that_begin_like_formulas_are_texts_both_ways(app, act, seller):
    name = "=HYPERLINK(1)番薯"
    address = brought(app, seller, [HEAD, new_row(name, spec="'+5斤")])
    seller.desk.post(f"{address}/application")
    table = home(seller)
    assert (cell(table, 1, "商品名称"), cell(table, 1, "规格")) == (name, "+5斤")


# ── What is wrong is said beside the cell ───────────────────────────────────────────────────────


def test_wrong_rows_say_how_to_mend_them_and_come_back_with_reasons(app, act, seller):
    rows = [
        HEAD,
        new_row("好番薯"),
        new_row("甲番薯", price="12.345"),
        new_row("乙番薯", months="2026-03-05", stock="1000000000"),
        new_row("丙番薯", category="仙果", weight="5"),
        new_row("治癌番薯"),
        new_row("丁番薯", price=""),
        new_row("好番薯"),
    ]
    address = brought(app, seller, rows, "新品.csv")
    page = seller.desk.get(address).text
    for words in (
        "12.345",
        "最多 2 位",
        "变成了日期",
        "99,999",
        "没有这个类别",
        "治癌",
        "和第 2 行",
    ):
        assert words in page, words
    assert states(act) == {"new": 1, "wrong": 6}
    file = fetched(seller, f"{address}/rejected.xlsx")
    assert len(file) == 7
    assert "小数太多" in file[1][-1]
    seller.desk.post(f"{address}/application")
    assert count(act) == 1
    mended = [row[:] for row in file[:2]]
    mended[1][PRICE] = "12.34"
    address = brought(app, seller, mended)
    seller.desk.post(f"{address}/application")
    assert count(act) == 2


def test_a_sheet_can_be_thrown_away_whole(app, act, seller):
    address = brought(app, seller, [HEAD, new_row()], "新品.csv")
    answer = seller.desk.post(f"{address}/disposal", follow_redirects=True)
    assert "没有导入任何内容" in answer.text
    answer = seller.desk.post(f"{address}/application", follow_redirects=True)
    assert "没有重复导入" in answer.text
    assert count(act) == 0


def test_rows_of_one_product_must_agree_about_it(app, act, seller):
    rows = [HEAD, new_row(), new_row(spec="10斤装", category="水果")]
    brought(app, seller, rows, "新品.csv")
    assert states(act) == {"new": 1, "wrong": 1}


def test_another_cooperatives_numbers_are_nobodys(app, act, seller):
    other = act(make_product, batched=False)
    variant_id = act(lambda: _facts(other.id)).variants[0]
    brought(app, seller, [["规格编号", "价格"], [str(variant_id), "1.00"]], "改价.csv")
    assert states(act) == {"wrong": 1}
    assert variant(act, variant_id).price == 7500


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"", "文件是空的"),
        ("a.xlsx", b"PK\x03\x04", "已损坏"),
        ("a.pdf", b"%PDF", "只能导入"),
        ("a.csv", as_csv([HEAD]), "文件是空的"),
        ("a.csv", as_csv([["x"], ["y"]]), "没有找到表头"),
        ("a.csv", as_csv([["品名", "规格"], *([["甲", "乙"]] * 5_100)]), "最多导入 5,000 行"),
    ],
)
def test_what_is_no_sheet_of_listings_is_refused(act, seller, name, content, words):
    answer = seller.desk.post(HOME, data={"file": (BytesIO(content), name)})
    assert answer.status_code == 422
    assert words in answer.text
    assert count(act, ListingImport) == 0


def test_no_more_than_ten_sheets_wait(app, act, seller):
    rows = [HEAD, new_row()]
    for _ in range(services.MOST_WAITING):
        upload(seller, rows)
    answer = seller.desk.post(HOME, data={"file": (BytesIO(as_csv(rows)), "a.csv")})
    assert answer.status_code == 422
    assert "先导入或作废" in answer.text


# ── Columns ─────────────────────────────────────────────────────────────────────────────────────


def test_a_head_that_nobody_knows_is_named_once_and_remembered(app, act, seller):
    rows = [["宝贝", "卖多少", "店里编码", "规格"], ["黄皮", "9.9", "A1", "一斤"]]
    address = upload(seller, rows, "自己的表.csv")
    page = seller.desk.get(address).text
    assert "例如：A1" in page
    wrong = {"column_0": "name", "column_1": "name", "column_2": "-", "column_3": "spec"}
    answer = seller.desk.post(f"{address}/columns", data=wrong)
    assert answer.status_code == 422
    assert "只能对到一列" in answer.text
    nameless = wrong | {"column_0": "-", "column_1": "price_fen"}
    assert "哪一列是商品名称" in seller.desk.post(f"{address}/columns", data=nameless).text
    named = wrong | {"column_1": "price_fen"}
    assert seller.desk.post(f"{address}/columns", data=named).status_code == 303
    check(app)
    assert states(act) == {"wrong": 1}
    assert "新的商品和规格要填" in seller.desk.get(address).text
    again = upload(seller, rows, "下个月.csv")
    assert "正在逐行检查" in seller.desk.get(again).text
    assert count(act, KnownHead) == 4


def test_of_two_columns_under_one_head_the_one_that_means_something_is_remembered(act, seller):
    rows = [["宝贝", "备注", "备注"], ["黄皮", "一斤", "随便"]]
    address = upload(seller, rows, "自己的表.csv")
    named = {"column_0": "name", "column_1": "spec", "column_2": "-"}
    assert seller.desk.post(f"{address}/columns", data=named).status_code == 303
    known = select(KnownHead.head, KnownHead.column)
    kept = dict(tuple(row) for row in act(lambda: db.session.execute(known).all()))
    assert kept == {"宝贝": "name", "备注": "spec"}


# ── Checked piece by piece ──────────────────────────────────────────────────────────────────────


def test_a_killed_worker_loses_nothing_and_the_next_one_goes_on(app, act, seller, monkeypatch):
    monkeypatch.setattr(services, "ROWS_AT_A_TIME", 2)
    rows = [HEAD, *(new_row(f"番薯{number}") for number in range(5))]
    address = upload(seller, rows, "新品.csv")
    real, calls = services._check, []

    def dies_on_the_second(listing_import, some, *more):
        calls.append(len(some))
        real(listing_import, some, *more)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(services, "_check", dies_on_the_second)
    with pytest.raises(KeyboardInterrupt):
        check(app)
    assert states(act) == {"new": 2}
    page = seller.desk.get(address).text
    assert "2 / 5" in page
    assert 'value="40"' in page
    progress = seller.desk.get(f"{address}/progress")
    assert "HX-Refresh" not in progress.headers
    check(app)
    assert states(act) == {"new": 5}
    assert seller.desk.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    assert calls == [2, 2, 2, 1]


def test_nothing_is_taken_over_before_all_is_checked(app, act, seller):
    address = upload(seller, [HEAD, new_row()], "新品.csv")
    answer = seller.desk.post(f"{address}/application", follow_redirects=True)
    assert "还在逐行检查" in answer.text
    assert count(act) == 0


def test_one_sheet_that_cannot_be_checked_keeps_no_other_waiting(app, act, seller, monkeypatch):
    upload(seller, [HEAD, new_row()], "坏.csv")
    upload(seller, [HEAD, new_row("黄皮")], "好.csv")
    real = services._check

    def breaks_on_the_first(listing_import, *more):
        if listing_import.file_name == "坏.csv":
            raise RuntimeError
        real(listing_import, *more)

    monkeypatch.setattr(services, "_check", breaks_on_the_first)
    check(app)
    assert states(act) == {"new": 1}


# ── Stale ───────────────────────────────────────────────────────────────────────────────────────


def test_a_listing_changed_since_the_check_is_shown_and_not_overwritten(app, act, seller, litchi):
    table = home(seller)
    put(table, 1, "价格（元）", "80")
    put(table, 2, "价格（元）", "90")
    address = brought(app, seller, table)
    at, by = clock.now(), seller.account.id
    act(set_price, seller.id, litchi.variants[0], 7000, seen=1, by=by, at=at)
    answer = seller.desk.post(f"{address}/application", follow_redirects=True)
    assert "什么都还没有导入" in answer.text
    assert "检查之后被改过" in answer.text
    assert "70.00" in answer.text
    assert [variant(act, each).price for each in litchi.variants] == [7000, 7500]
    seller.desk.post(f"{address}/application")
    assert [variant(act, each).price for each in litchi.variants] == [8000, 9000]


def test_stock_that_was_counted_meanwhile_is_stale_and_what_was_ordered_is_not(
    app, act, seller, litchi
):
    table = home(seller)
    put(table, 1, "可卖库存", "120")
    address = brought(app, seller, table)
    now, first = clock.now(), litchi.variants[0]
    act(hold, first, 30, by=None, at=now, reference="X")
    seller.desk.post(f"{address}/application")
    assert variant(act, first).stock == 90, "of the 120 that were counted 30 were ordered since"
    table = home(seller)
    put(table, 1, "可卖库存", "50")
    address = brought(app, seller, table)
    act(set_available, first, 70, by=seller.account.id, at=now)
    seller.desk.post(f"{address}/application")
    assert variant(act, first).stock == 70
    act(release, first, 30, by=None, at=now, reference="X")
    sound(act)


def test_what_was_not_touched_in_the_sheet_is_not_set_back(app, act, seller, litchi):
    table = home(seller)
    put(table, 1, "介绍", "新的介绍。")
    put(table, 2, "介绍", "新的介绍。")
    at, by, first = clock.now(), seller.account.id, litchi.variants[0]
    act(set_price, seller.id, first, 6600, seen=1, by=by, at=at)
    act(set_available, first, 7, by=by, at=at)
    address = brought(app, seller, table)
    seller.desk.post(f"{address}/application")
    now = variant(act, first)
    assert (now.price, now.stock) == (6600, 7)


def test_a_variant_withdrawn_meanwhile_is_looked_at_again(app, act, seller, litchi):
    table = home(seller)
    put(table, 2, "价格（元）", "160")
    address = brought(app, seller, table)
    seller.desk.post(f"/cooperative/listings/{litchi.id}/variants/{litchi.variants[1]}/withdrawal")
    answer = seller.desk.post(f"{address}/application", follow_redirects=True)
    assert "什么都还没有导入" in answer.text
    assert states(act) == {"unchanged": 1, "wrong": 1}


def test_a_cooperative_that_was_suspended_meanwhile_takes_nothing_over(app, act, seller, litchi):
    table = home(seller)
    put(table, 1, "价格（元）", "80")
    address = brought(app, seller, table)
    act(lambda: suspend(db.session.get_one(Organisation, seller.id), at=clock.now()))
    answer = seller.desk.post(f"{address}/application", follow_redirects=True)
    assert "暂停供货" in answer.text
    assert variant(act, litchi.variants[0]).price == 7500


# ── Once ────────────────────────────────────────────────────────────────────────────────────────


def applying(app, seller, import_id):
    def run():
        with app.app_context(), transaction():
            return services.apply(
                seller.id, import_id, by=seller.account.id, at=clock.now(), review_above=30
            )

    return run


def test_a_double_click_takes_a_sheet_over_once(app, act, seller):
    with app.app_context():
        import_id = checked(seller.id, [HEAD, new_row()], by=seller.account.id)
    results = run_together(*[applying(app, seller, import_id)] * 4)
    assert sorted(type(each).__name__ for each in results) == ["Applied", *["ImportDone"] * 3]
    assert (count(act), count(act, Variant)) == (1, 1)
    sound(act)


def test_two_tabs_with_the_same_new_products_make_them_once(app, act, seller):
    rows = [HEAD, *(new_row(f"番薯{number}") for number in range(5))]
    with app.app_context():
        ids = [checked(seller.id, rows, by=seller.account.id) for _ in range(3)]
    results = run_together(*(applying(app, seller, import_id) for import_id in ids))
    assert sorted((each.rows, each.stale) for each in results) == [(0, 5), (0, 5), (5, 0)]
    assert count(act) == 5


def test_a_change_at_the_same_moment_is_seen_or_waits(app, act, seller, litchi):
    first = litchi.variants[0]
    with app.app_context():
        rows = [["规格编号", "价格", "库存"], [str(first), "88.00", "55"]]
        import_id = checked(seller.id, rows, by=seller.account.id)

    def by_hand():
        with app.app_context(), transaction():
            draft = make_draft(price_fen=6000)
            edit_variants(seller.id, {first: draft}, by=seller.account.id, at=clock.now())

    applied, _ = run_together(applying(app, seller, import_id), by_hand)
    now = variant(act, first)
    expected = {0: (6000, 100), 1: (6000, 55)}[applied.rows]
    assert (now.price, now.stock) == expected
    sound(act)


def test_orders_and_a_sheet_at_the_same_moment_keep_the_stock_sound(app, act, seller, litchi):
    with app.app_context():
        rows = [["规格编号", "库存"], *([str(each), "200"] for each in reversed(litchi.variants))]
        import_id = checked(seller.id, rows, by=seller.account.id)

    def order():
        with app.app_context(), transaction():
            for each in litchi.variants:
                hold(each, 10, by=None, at=clock.now(), reference="X")

    results = run_together(applying(app, seller, import_id), *[order] * 3)
    assert not [each for each in results if isinstance(each, Exception)]
    assert [variant(act, each).stock for each in litchi.variants] == [170, 170]
    sound(act)


def test_whatever_fails_in_the_middle_leaves_nothing_half_done(app, act, seller, monkeypatch):
    with app.app_context():
        import_id = checked(seller.id, [HEAD, new_row()], by=seller.account.id)

    def fails(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(services, "count_many", fails)
    (result,) = run_together(applying(app, seller, import_id))
    assert isinstance(result, RuntimeError)
    assert (count(act), count(act, Variant)) == (0, 0)
    monkeypatch.undo()
    assert run_together(applying(app, seller, import_id))[0].rows == 1


# ── Pages and time ──────────────────────────────────────────────────────────────────────────────


def test_pages_ask_the_database_no_more_when_they_show_more(app, act, seller, litchi):
    asked = []
    for size in (3, 60):
        rows = [HEAD, *(new_row(f"番薯{number}", price="x") for number in range(size))]
        address = brought(app, seller, rows, "新品.csv")
        with counted_queries(app) as statements:
            seller.desk.get(address)
            seller.desk.get(HOME)
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 24


def test_who_brought_and_took_over_a_sheet_is_in_the_log(app, act, seller):
    address = brought(app, seller, [HEAD, new_row()], "新品.csv")
    seller.desk.post(f"{address}/application")
    acts = act(lambda: [*db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))])
    assert [each for each in acts if each.endswith("_listings") or each == "product.create"] == [
        "upload_listings",
        "product.create",
        "apply_listings",
    ]


def test_rows_are_forgotten_ninety_days_after_the_end(app, act, seller):
    address = brought(app, seller, [HEAD, new_row()], "新品.csv")
    brought(app, seller, [HEAD, new_row("黄皮")], "等着.csv")
    seller.desk.post(f"{address}/application")
    with app.app_context():
        later = clock.now() + handlers.ROWS_KEPT
        assert (forget_rows(clock.now()), forget_rows(later)) == (0, 1)
    assert "只保留 90 天" in seller.desk.get(address).text

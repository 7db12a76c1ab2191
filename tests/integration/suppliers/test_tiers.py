"""A cooperative says what more units cost each: in its form, a draft, a copy, and in its sheets."""

import pytest

from catalog.categories.services import load_categories
from catalog.products.models import Product, Tier, Variant
from catalog.products.services.drafts import draft_of
from shop.db import db
from suppliers.sheets.rules.reading import Refused, _tiers
from tests.factories.catalog import make_draft, make_product, make_typed
from tests.integration.suppliers.test_reviews import MOVED_ON, seller
from tests.integration.suppliers.test_sheets import brought, cell, home, put
from tests.parts.pages import Page, see, send

__all__ = ["seller"]
TWO = {"tier_from_1": "10", "tier_price_1": "70", "tier_from_2": "50", "tier_price_2": "65.5"}


def address_of(seller):
    return f"{seller.listing}/variants/{seller.variant}"


def save(seller, **typed):
    form = see(seller.desk, f"{address_of(seller)}/edit").form(address_of(seller))
    return seller.desk.post(address_of(seller), data={**form.fields, **typed})


def tiers(act, variant_id):
    return act(lambda: db.session.get_one(Variant, variant_id).tiers)


def test_tiers_are_saved_shown_again_changed_and_left_out(act, seller):
    assert save(seller, **TWO).status_code == MOVED_ON
    assert tiers(act, seller.variant) == (Tier(10, 7000), Tier(50, 6550))
    assert "满10箱 ¥70.00/箱" in see(seller.desk, seller.listing).text
    form = see(seller.desk, f"{address_of(seller)}/edit").form(address_of(seller))
    assert (form.fields["tier_from_2"], form.fields["tier_price_2"]) == ("50", "65.50")
    # A row that is left empty between two others is no tier.
    moved = {"tier_from_2": "", "tier_price_2": "", "tier_from_4": "20", "tier_price_4": "69"}
    assert save(seller, **moved).status_code == MOVED_ON
    assert tiers(act, seller.variant) == (Tier(10, 7000), Tier(20, 6900))
    nothing = dict.fromkeys([*TWO, "tier_from_2", "tier_price_2"], "")
    assert save(seller, **nothing).status_code == MOVED_ON
    assert tiers(act, seller.variant) == ()


@pytest.mark.parametrize(
    ("typed", "control", "words"),
    [
        ({"tier_price_2": "70"}, "tier_price_2", "要比买得少时的 70.00 元低"),
        ({"tier_price_1": "75"}, "tier_price_1", "要比买得少时的 75.00 元低"),
        ({"tier_from_2": "10"}, "tier_from_2", "要比上一档的 10 多"),
        ({"tier_from_1": "1"}, "tier_from_1", "2 到 9,999 之间"),
        ({"tier_from_2": ""}, "tier_from_2", "两项都要填"),
        ({"tier_price_1": ""}, "tier_price_1", "两项都要填"),
        ({"tier_price_1": "便宜"}, "tier_price_1", "请填写金额"),
        ({"price": "70"}, "tier_price_1", "要比买得少时的 70.00 元低"),
    ],
)
def test_a_tier_that_does_not_fit_says_so_beside_itself_and_nothing_is_saved(
    act, seller, typed, control, words
):
    answer = save(seller, **{**TWO, **typed, "spec": "另一种"})
    assert answer.status_code == 422
    assert f'id="{control}-error"' in answer.text
    page = Page(answer.text)
    assert words in page.text
    fields = page.form(address_of(seller)).fields
    assert {name: fields[name] for name in {**TWO, **typed}} == {**TWO, **typed}
    assert tiers(act, seller.variant) == ()
    assert act(lambda: db.session.get_one(Variant, seller.variant).spec) == "5斤装"


def test_a_price_that_would_not_be_above_its_tiers_is_refused_on_today(act, seller):
    save(seller, **TWO)
    form = see(seller.desk, "/cooperative").form(f"/variants/{seller.variant}/price")
    seller.desk.post(form.action, data={**form.fields, "price": "70"})
    page = see(seller.desk, "/cooperative").text
    assert "满 10 的阶梯价是 70.00 元，要比买得少时的 70.00 元低" in page
    assert act(lambda: db.session.get_one(Variant, seller.variant).price_fen) == 7500


def test_tiers_go_with_a_draft_through_its_preview_onto_sale_and_with_a_copy(act, seller):
    act(load_categories)
    typed = act(make_typed, price="45.50", tier_from_1="10", tier_price_1="43")
    answer = seller.desk.post("/cooperative/drafts", data={**typed, "key": "k" * 20})
    assert answer.status_code == MOVED_ON, answer.text
    page = see(seller.desk, answer.location)
    assert "满10箱 ¥43.00/箱" in page.text
    listed = send(seller.desk, page.form("/listing"))
    product_id = int(listed.location.rsplit("/", 1)[1])

    def variant_of():
        return db.session.get_one(Product, product_id).variants[0].id

    assert tiers(act, act(variant_of)) == (Tier(10, 4300),)
    copy = seller.desk.post(f"/cooperative/listings/{product_id}/copies")
    fields = see(seller.desk, copy.location).form("/drafts").fields
    assert (fields["tier_from_1"], fields["tier_price_1"]) == ("10", "43")


# ── Sheets ──────────────────────────────────────────────────────────────────────────────────────


def take_over(app, seller, table):
    address = brought(app, seller, table)
    return seller.desk.post(f"{address}/application", follow_redirects=True).text


def test_a_sheet_holds_tiers_changes_them_and_never_loses_them(app, act, seller):
    save(seller, **TWO)
    table = home(seller)
    assert cell(table, 1, "阶梯价") == "满10 70.00；满50 65.50"
    put(table, 1, "介绍", "新的介绍。")
    save(seller, tier_price_2="66")
    assert "导入了 1 行" in take_over(app, seller, table)
    assert tiers(act, seller.variant) == (Tier(10, 7000), Tier(50, 6600)), (
        "not touched, not set back"
    )
    put(table, 1, "阶梯价", "")
    put(table, 1, "介绍", "更新的介绍。")
    take_over(app, seller, table)
    assert len(tiers(act, seller.variant)) == 2, "an empty cell says nothing"
    table = home(seller)
    put(table, 1, "阶梯价", "满20件 68元、满60件 64.5元")
    take_over(app, seller, table)
    assert tiers(act, seller.variant) == (Tier(20, 6800), Tier(60, 6450))
    table = home(seller)
    put(table, 1, "阶梯价", "不设")
    take_over(app, seller, table)
    assert tiers(act, seller.variant) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"阶梯价": "便宜点"}, "看不懂的阶梯价"),
        ({"阶梯价": "满10 70；满20 71"}, "满 20 的价格 71.00 不对"),
        ({"阶梯价": "满10 75"}, "满 10 的价格 75.00 不对"),
        ({"价格（元）": "69"}, "满 10 的价格 70.00 不对"),
        ({"阶梯价": "满1 70"}, "要在 2 到 9,999 之间"),
    ],
)
def test_tiers_that_do_not_fit_are_a_fault_of_their_row(app, act, seller, changes, words):
    save(seller, **TWO)
    table = home(seller)
    for head, value in changes.items():
        put(table, 1, head, value)
    address = brought(app, seller, table)
    assert words in see(seller.desk, address).text
    assert tiers(act, seller.variant) == (Tier(10, 7000), Tier(50, 6550))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("满10 70.00；满50 65.50", [[10, 7000], [50, 6550]]),
        ("满１０件 ￥70元；", [[10, 7000]]),
        ("10箱:70/箱、50箱:65.5/箱", [[10, 7000], [50, 6550]]),
        ("不设", []),
        ("1070", None),
        ("满10 70.001", None),
        ("；".join(f"满{n} {90 - n}" for n in range(2, 8)), None),
    ],
)
def test_people_write_tiers_in_many_ways(text, read):
    if read is None:
        with pytest.raises(Refused):
            _tiers(text)
    else:
        assert _tiers(text) == read


def test_a_new_row_brings_tiers_with_it(app, act, seller):
    table = home(seller)
    other = act(lambda: make_product(seller.account.cooperative, name="甜玉米").variants[0].id)
    draft = act(lambda: draft_of(db.session.get_one(Variant, other)))
    assert draft.tiers == make_draft().tiers == ()
    table[1] = [
        "" if head in ("商品编号", "规格编号", "下载时") else each
        for head, each in zip(table[0], table[1], strict=True)
    ]
    put(table, 1, "规格", "十斤装")
    put(table, 1, "阶梯价", "满5 70")
    take_over(app, seller, table)

    def find():
        return db.session.query(Variant).filter_by(spec="十斤装").one().tiers

    assert act(find) == (Tier(5, 7000),)

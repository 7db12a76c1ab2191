"""Today at a cooperative's desk: stock and price in two taps, each change once, nothing unseen."""

import gzip
import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from catalog.products.models import Variant, VariantChange
from catalog.products.services.variants import add_variant, edit_variant
from catalog.stock.services import set_available
from shop import clock
from shop.db import db
from shop.invariants import list_broken
from suppliers.today.models import DeskAct
from tests.factories.catalog import NOW, make_draft, make_product, make_variant
from tests.factories.orders import paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_resident,
    sign_in,
    sign_in_by_page,
)
from tests.parts.pages import Page, see
from tests.parts.queries import counted_queries
from tests.parts.together import run_together


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, stock=100)


@pytest.fixture
def desk(app, manager):
    client = app.test_client()
    sign_in(client, manager)
    return client


def stock(variant, value, **more):
    return {"kind": "stock", "variant": variant.id, "value": value, **_rest(variant), **more}


def price(variant, fen, **more):
    return {"kind": "price", "variant": variant.id, "value": fen, **_rest(variant), **more}


def _rest(variant):
    return {"key": str(uuid4()), "seen": variant.version, "waited": 0}


def post(desk, account, *acts):
    return desk.post("/cooperative/acts", json={"account": account.id, "acts": acts})


def outcomes(answer):
    assert answer.status_code == 200, answer.text
    return [each["code"] or "applied" for each in answer.json["results"]]


def now(act, variant):
    """How a variant stands: stock, price and version."""
    row = act(lambda: db.session.get_one(Variant, variant.id))
    return row.unheld, row.price_fen, row.version


def kept(act):
    return act(lambda: db.session.scalars(select(DeskAct).order_by(DeskAct.id)).all())


# ── The page ────────────────────────────────────────────────────────────────────────────────────


def test_every_variant_on_sale_has_its_stock_its_price_and_the_price_per_jin(desk, variant):
    page = see(desk, "/cooperative")
    form = page.form(f"/variants/{variant.id}/stock")
    assert form.fields["stock"] == "100"
    assert page.form(f"/variants/{variant.id}/price").fields["price"] == "75.00"
    assert "15.00 元/斤" in page.text


def test_a_form_changes_stock_and_price_without_javascript(act, desk, variant):
    for what, typed in (("price", "79.50"), ("stock", "120"), ("price", "80")):
        page = see(desk, "/cooperative")
        form = page.form(f"/variants/{variant.id}/{what}")
        answer = desk.post(form.action, data={**form.fields, what: typed})
        assert answer.status_code == 303
    assert now(act, variant)[:2] == (120, 8000)
    assert "已经保存" in see(desk, "/cooperative").text
    assert act(list_broken) == []


def test_a_form_that_is_sent_twice_changes_something_once(act, desk, variant):
    form = see(desk, "/cooperative").form(f"/variants/{variant.id}/stock")
    for _ in range(2):
        assert desk.post(form.action, data={**form.fields, "stock": "105"}).status_code == 303
    assert now(act, variant)[0] == 105


def test_a_number_that_is_none_is_refused_beside_its_field_and_kept(act, desk, variant):
    form = see(desk, "/cooperative").form(f"/variants/{variant.id}/price")
    answer = desk.post(form.action, data={**form.fields, "price": "七十"})
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.form(f"/variants/{variant.id}/price").fields["price"] == "七十"
    assert "请填写金额" in page.text
    assert now(act, variant)[1] == 7500


def test_a_form_that_shows_an_old_price_is_refused_and_says_who_changed_it(
    act, desk, variant, cooperative
):
    form = see(desk, "/cooperative").form(f"/variants/{variant.id}/price")
    colleague = act(make_cooperative_member, cooperative)
    edit(act, cooperative, variant, colleague, price_fen=9000)
    desk.post(form.action, data={**form.fields, "price": "70.00"})
    told = see(desk, "/cooperative").text
    assert "黄社长在" in told
    assert "改过价格，现在是 90.00 元" in told
    assert now(act, variant)[1] == 9000


def edit(act, cooperative, variant, by, **changes):
    draft = make_draft(**changes)
    act(
        edit_variant,
        cooperative.id,
        variant.product_id,
        variant.id,
        draft,
        by=by.id,
        at=clock.now(),
    )


def test_the_page_asks_as_often_for_two_hundred_variants_as_for_one(
    app, act, desk, cooperative, variant
):
    def count():
        with counted_queries(app) as statements:
            assert desk.get("/cooperative").status_code == 200
        return len(statements)

    few = count()

    def list_many():
        for number in range(10):
            product = make_product(
                cooperative,
                name=f"商品{number}",
                variants=[make_draft(f"{n}斤装") for n in range(21)],
            )
            assert product.id

    act(list_many)
    assert count() == few <= 8
    page = see(desk, "/cooperative")
    assert len([form for form in page.forms if form.action.endswith("/stock")]) == 20
    last = see(desk, "/cooperative?page=11")
    assert [form.fields["stock"] for form in last.forms if "/stock" in form.action]


def test_a_first_visit_weighs_less_than_fifty_kilobytes(act, app, desk, cooperative, variant):
    act(lambda: [make_variant(cooperative, name=f"商品{n}") for n in range(30)])
    act(lambda: [paid(place(make_resident(), {variant: 1})) for _ in range(25)])
    gzipped = {"Accept-Encoding": "gzip"}
    page = desk.get("/cooperative", headers=gzipped)
    text = gzip.decompress(page.data).decode()
    parts = re.findall(r'<(?:link rel="stylesheet" href|script[^>]* src)="(/[^"]+)"', text)
    assert len(parts) == 9
    answers = [page]
    for address in [*parts, "/cooperative/worker.js", "/cooperative/offline"]:
        with desk.get(address, headers=gzipped) as answer:
            answers.append(answer)
    # What the service worker asks for again, so that it can be read without a network.
    answers += [page, desk.get("/cooperative/pick-list", headers=gzipped)]
    assert sum(_weight(answer) for answer in answers) < 50_000


def _weight(answer):
    return len(answer.data) + sum(len(f"{name}: {value}\r\n") for name, value in answer.headers)


def test_what_can_not_be_sent_for_want_of_a_batch_is_named(act, desk, cooperative, variant):
    assert "缺合格批次" not in see(desk, "/cooperative").text
    other = act(make_variant, cooperative, name="脆口芥菜", category="vegetable", batched=False)
    act(lambda: paid(place(make_resident(), {other: 1}, at=clock.now())))
    assert "缺合格批次，发不了货：脆口芥菜" in see(desk, "/cooperative").text


def test_what_runs_low_can_be_seen_alone(act, desk, cooperative, variant):
    act(make_variant, cooperative, name="豆豉", stock=3)
    page = see(desk, "/cooperative?show=low")
    assert "豆豉" in page.text
    assert len([form for form in page.forms if "/stock" in form.action]) == 1
    assert "快卖完 1" in page.text


# ── Acts ────────────────────────────────────────────────────────────────────────────────────────


def test_acts_are_applied_in_their_order_and_say_what_is_there_now(act, desk, manager, variant):
    answer = post(desk, manager, stock(variant, 5), price(variant, 8000), stock(variant, -2))
    assert outcomes(answer) == ["applied"] * 3
    assert answer.json["states"] == [
        {"id": variant.id, "version": variant.version + 3, "count": 103, "price": 8000}
    ]
    assert now(act, variant)[:2] == (103, 8000)
    assert act(list_broken) == []


def test_an_act_that_comes_again_is_not_done_again(act, desk, manager, variant):
    change = stock(variant, 5)
    first, again = post(desk, manager, change), post(desk, manager, change)
    assert first.json["results"] == again.json["results"]
    assert now(act, variant)[0] == 105
    assert len(kept(act)) == 1


def test_two_tabs_that_send_the_same_queue_do_each_act_once(app, act, manager, variant):
    queue = [stock(variant, 5), price(variant, 8000), stock(variant, -1), stock(variant, -500)]

    def tab():
        client = app.test_client()
        sign_in(client, manager)
        return lambda: outcomes(post(client, manager, *queue))

    found = run_together(*[tab() for _ in range(4)])
    assert found == [["applied", "applied", "applied", "out_of_stock"]] * 4
    assert now(act, variant)[:2] == (104, 8000)
    assert len(kept(act)) == 4
    assert act(list_broken) == []


def test_a_step_comes_on_top_of_what_was_sold_and_stepped_since(act, desk, manager, variant):
    act(lambda: paid(place(make_resident(), {variant: 10}, at=clock.now())))
    assert outcomes(post(desk, manager, stock(variant, 3))) == ["applied"]
    assert outcomes(post(desk, manager, stock(variant, 5))) == ["applied"]
    assert now(act, variant)[0] == 98


def test_a_step_from_before_a_count_is_refused(act, desk, manager, variant, cooperative):
    counter = act(make_cooperative_member, cooperative)
    act(set_available, variant.id, 60, by=counter.id, at=clock.now())
    answer = post(desk, manager, stock(variant, 5))
    assert outcomes(answer) == ["changed"]
    assert "改过库存，现在可售 60 箱" in answer.json["results"][0]["reason"]
    assert answer.json["states"][0]["count"] == 60
    assert now(act, variant)[0] == 60


def test_a_price_from_before_another_price_is_refused_but_not_one_from_before_a_step(
    act, desk, manager, variant, cooperative
):
    assert outcomes(post(desk, manager, stock(variant, 5), price(variant, 8000))) == [
        "applied",
        "applied",
    ]
    stale = post(desk, manager, price(variant, 7000))
    assert outcomes(stale) == ["changed"]
    assert "黄社长" in stale.json["results"][0]["reason"]
    assert now(act, variant)[1] == 8000


def test_an_act_after_ones_own_is_decided_on_the_sight_of_that(act, desk, manager, variant):
    first = price(variant, 8000)
    second = price(variant, 8500, after=first["key"])
    assert outcomes(post(desk, manager, first, second)) == ["applied", "applied"]
    assert now(act, variant)[1] == 8500


def test_an_act_after_somebody_elses_own_is_not(app, act, desk, manager, variant, cooperative):
    other = act(make_cooperative_member, cooperative)
    client = app.test_client()
    sign_in(client, other)
    first = price(variant, 8000)
    assert outcomes(post(client, other, first)) == ["applied"]
    assert outcomes(post(desk, manager, price(variant, 8500, after=first["key"]))) == ["changed"]


def test_a_new_spec_makes_old_steps_and_prices_meaningless(
    act, desk, manager, variant, cooperative
):
    edit(act, cooperative, variant, manager, spec="10斤装", net_weight_g=5000)
    answer = post(desk, manager, stock(variant, 5), price(variant, 8000))
    assert outcomes(answer) == ["changed", "changed"]
    assert "改过规格，现在是10斤装" in answer.json["results"][0]["reason"]


def test_more_than_there_is_can_not_go(act, desk, manager, variant):
    assert outcomes(post(desk, manager, stock(variant, -101))) == ["out_of_stock"]
    assert now(act, variant)[0] == 100


def test_what_was_refused_stays_refused_under_its_key(act, desk, manager, variant):
    change = stock(variant, -101)
    post(desk, manager, change)
    act(set_available, variant.id, 500, by=manager.id, at=clock.now())
    assert outcomes(post(desk, manager, change)) == ["out_of_stock"]


def test_another_act_under_a_known_key_is_refused(act, desk, manager, variant):
    change = stock(variant, 5)
    post(desk, manager, change)
    assert outcomes(post(desk, manager, {**change, "value": 50})) == ["key_reused"]
    assert now(act, variant)[0] == 105


def test_a_key_of_somebody_else_gives_nothing_away_and_takes_nothing(
    app, act, desk, manager, variant
):
    change = stock(variant, 5)
    post(desk, manager, change)
    elsewhere = act(make_cooperative)
    stranger = act(make_cooperative_member, elsewhere)
    client = app.test_client()
    sign_in(client, stranger)
    own = act(make_variant, elsewhere)
    assert outcomes(post(client, stranger, stock(own, 7, key=change["key"]))) == ["applied"]
    assert now(act, own)[0] == 107
    assert now(act, variant)[0] == 105


def test_a_strangers_variant_is_not_there(app, act, variant):
    stranger = act(make_cooperative_member)
    client = app.test_client()
    sign_in(client, stranger)
    answer = post(client, stranger, stock(variant, 5), price(variant, 100))
    assert outcomes(answer) == ["not_found", "not_found"]
    assert answer.json["states"] == []
    assert now(act, variant)[:2] == (100, 7500)
    form = {"key": str(uuid4()), "seen": "1", "shown": "100", "stock": "0"}
    assert client.post(f"/cooperative/variants/{variant.id}/stock", data=form).status_code == 404


def test_what_waited_for_more_than_a_week_is_refused(act, desk, manager, variant):
    eight_days = int(timedelta(days=8).total_seconds())
    assert outcomes(post(desk, manager, stock(variant, 5, waited=eight_days))) == [
        "waited_too_long"
    ]
    week = int(timedelta(days=7).total_seconds())
    assert outcomes(post(desk, manager, stock(variant, 5, waited=week))) == ["applied"]
    applied = kept(act)[-1]
    assert applied.at - applied.made_at == timedelta(days=7)


def test_a_queue_is_only_replayed_for_the_account_that_made_it(app, act, desk, manager, variant):
    other = act(make_cooperative_member)
    answer = post(desk, other, stock(variant, 5))
    assert (answer.status_code, answer.json) == (409, {"error": "other_account"})
    anonymous = app.test_client().post("/cooperative/acts", json={"account": manager.id})
    assert anonymous.status_code == 303
    assert "/sign-in" in anonymous.location
    assert now(act, variant)[0] == 100


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"null",
        b'{"account": 1}',
        b'{"account": true, "acts": [{}]}',
        b'{"account": 1, "acts": {}}',
        b'{"account": 1, "acts": []}',
        b"[" * 20_000,
        json.dumps({"account": 1, "acts": [{}] * 51}).encode(),
    ],
    ids=range(11),
)
def test_a_body_that_no_page_sends_is_a_clear_400(desk, body):
    answer = desk.post("/cooperative/acts", data=body, content_type="application/json")
    assert (answer.status_code, answer.json) == (400, {"error": "unreadable"})


def test_a_body_that_is_too_large_is_not_read(desk):
    assert desk.post("/cooperative/acts", data=b" " * 100_000).status_code == 413


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "1"},
        {"key": None},
        {"key": "A" * 36},
        {"key": "\ud800"},
        {"kind": "delete"},
        {"kind": ["stock"]},
        {"variant": "1"},
        {"variant": 2**31},
        {"variant": True},
        {"value": 0},
        {"value": 1.5},
        {"value": float("nan")},
        {"value": 10**30},
        {"value": None},
        {"value": 100_000},
        {"seen": 0},
        {"seen": -1},
        {"waited": -5},
        {"waited": "soon"},
        {"after": 7},
        {"after": "x"},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_an_act_that_no_page_sends_is_refused_and_the_others_are_done(
    act, desk, manager, variant, wrong
):
    body = {"account": manager.id, "acts": [{**stock(variant, 5), **wrong}, stock(variant, 2)]}
    answer = desk.post("/cooperative/acts", data=json.dumps(body), content_type="application/json")
    assert outcomes(answer) == ["unreadable", "applied"]
    assert now(act, variant)[0] == 102


@pytest.mark.parametrize("thing", [None, 5, "stock", [], {}], ids=str)
def test_what_is_no_act_at_all_is_refused(desk, manager, thing):
    assert outcomes(post(desk, manager, thing)) == ["unreadable"]


def test_a_version_that_never_was_is_refused(desk, manager, variant):
    change = price(variant, 8000, seen=variant.version + 1000)
    assert outcomes(post(desk, manager, change)) == ["conflict"]


# ── Versions ────────────────────────────────────────────────────────────────────────────────────


def test_every_change_by_hand_makes_a_version_and_says_whose(
    act, desk, manager, variant, cooperative
):
    before = variant.version
    edit(act, cooperative, variant, manager, price_fen=7600)
    edit(act, cooperative, variant, manager, price_fen=7600)  # nothing changes
    edit(act, cooperative, variant, manager, price_fen=7600, spec="五斤装")
    act(set_available, variant.id, 90, by=manager.id, at=NOW)
    act(set_available, variant.id, 90, by=manager.id, at=NOW)
    post(desk, manager, stock(variant, 1, seen=before + 3))
    rows = act(
        lambda: db.session.scalars(
            select(VariantChange)
            .where(VariantChange.variant_id == variant.id, VariantChange.version > before)
            .order_by(VariantChange.version)
        ).all()
    )
    assert [row.kind for row in rows] == ["price", "edit", "count", "stock"]
    assert [row.version for row in rows] == [before + n for n in range(1, 5)]
    assert {row.by_id for row in rows} == {manager.id}


def test_the_listings_own_forms_don_t_overwrite_unseen_either(
    act, desk, manager, variant, cooperative
):
    base = f"/cooperative/listings/{variant.product_id}"
    count = see(desk, base).form(f"/variants/{variant.id}/stock")
    whole = see(desk, f"{base}/variants/{variant.id}/edit").form(f"/variants/{variant.id}")
    colleague = act(make_cooperative_member, cooperative)
    edit(act, cooperative, variant, colleague, price_fen=9000, spec="五斤装")
    for form, typed in ((count, {"available": "7"}), (whole, {"price": "1.00"})):
        answer = desk.post(form.action, data=form.fields | typed)
        assert answer.status_code == 422
        assert "改过规格，现在是五斤装，90.00 元" in Page(answer.text).text
    assert now(act, variant)[:2] == (100, 9000)


def test_an_order_makes_no_version(act, variant):
    before = now(act, variant)[2]
    act(lambda: paid(place(make_resident(), {variant: 10}, at=clock.now())))
    assert now(act, variant)[2] == before


def test_a_new_variant_begins_with_the_first_version(act, cooperative, variant, manager):
    made = act(
        add_variant, cooperative.id, variant.product_id, make_draft("一斤装"), by=manager.id, at=NOW
    )
    assert now(act, made)[2] == 1


# ── Without a network ───────────────────────────────────────────────────────────────────────────


def test_the_worker_may_serve_the_desk_and_names_the_files_of_this_version(client):
    answer = client.get("/cooperative/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/cooperative"
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    assert answer.cache_control.no_cache
    shell = json.loads(answer.text.split(";\n")[0].removeprefix("const SHELL = "))
    assert shell["version"]
    for address in [*shell["assets"], shell["offline"]]:
        with client.get(address) as kept_file:
            assert kept_file.status_code == 200
        assert not address.endswith("?v=0")


def test_a_page_of_the_desk_says_whose_it_is_and_signing_out_clears_the_browser(
    app, act, desk, manager
):
    answer = desk.get("/cooperative")
    assert answer.headers["Desk-Account"] == str(manager.id)
    assert "Clear-Site-Data" not in answer.headers
    assert desk.post("/sign-out").headers["Clear-Site-Data"] == '"storage"'
    # Whoever never saw the desk has nothing to clear.
    assert "Clear-Site-Data" not in app.test_client().post("/sign-out").headers


def test_another_account_clears_what_the_first_one_left_and_a_lost_session_does_not(
    act, desk, manager
):
    desk.get("/cooperative")
    desk.delete_cookie("session")
    assert "Clear-Site-Data" not in desk.get("/cooperative").headers
    again = sign_in_by_page(desk, manager)
    assert "Clear-Site-Data" not in again.headers
    desk.delete_cookie("session")
    other = sign_in_by_page(desk, act(make_resident))
    assert other.headers["Clear-Site-Data"] == '"storage"'


def test_what_the_worker_shows_instead_of_a_page_names_nobody(desk, manager, cooperative):
    page = desk.get("/cooperative/offline").text
    assert manager.name not in page
    assert cooperative.name not in page

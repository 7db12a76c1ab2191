"""Who accepted something says what they think of it, once, and everybody reads it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from catalog.products.models import Product
from orders.records.models import OrderLine, SubOrder
from orders.reviews.models import Review, ReviewHiding
from orders.reviews.services import review_line
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import MemberRole
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page, see, send
from tests.parts.queries import counted_queries


class Bought(NamedTuple):
    """An order of one line, as its addresses name it."""

    number: str
    line_id: int
    product_id: int
    spec: str


WORDS = "个头均匀，很新鲜。"


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def browser(app, buyer):
    client = app.test_client()
    sign_in(client, buyer)
    return client


@pytest.fixture
def bought(act, cooperative, buyer):
    """Orders of one product that were accepted yesterday."""

    def run(count=1):
        now = clock.now()
        variant = db.session.scalar(select(OrderLine.variant_id))
        if variant is None:
            given = make_variant(cooperative, stock=500, at=now - timedelta(days=30))
        else:
            given = db.session.scalars(select(Product)).one().variants[0]
        db.session.flush()
        return [_accepted(buyer, given, now) for _ in range(count)]

    return lambda count=1: act(run, count)


@pytest.fixture
def order(bought):
    return bought()[0]


def _accepted(buyer, variant, now):
    order = dispatched(paid(place(buyer, {variant: 2}, at=now - timedelta(days=4))))
    accepted(order, at=now - timedelta(days=1))
    line = order.sub_orders[0].lines[0]
    return Bought(order.number, line.id, line.product_id, line.spec)


def address_of(order):
    return f"/orders/{order.number}/lines/{order.line_id}/review"


def rating_of(act):
    return act(
        lambda: tuple(db.session.execute(select(Product.rating_sum, Product.rating_count)).one())
    )


def test_a_buyer_rates_what_they_accepted_and_everybody_reads_it(app, act, browser, buyer, order):
    address = see(browser, f"/orders/{order.number}").link("评价")
    page = see(browser, address)
    send(browser, page.form("/review"), stars="4", words=WORDS)
    again = see(browser, address)
    assert "您的评价" in again.text
    assert WORDS in again.text
    assert not [form for form in again.forms if form.action.endswith("/review")]
    assert "看我的评价" in see(browser, f"/orders/{order.number}").text

    stranger = app.test_client()
    product = see(stranger, f"/products/{order.product_id}")
    public = see(stranger, product.link("4.0 分 · 1 条评价"))
    assert WORDS in public.text
    assert order.spec in public.text
    assert f"{buyer.name[0]}**" in public.text
    assert buyer.name not in public.text
    assert "隐藏文字" not in public.text
    assert act(list_broken) == []


def test_sent_twice_it_is_one_review_and_the_first_stays(act, browser, order):
    for stars, words in (("5", WORDS), ("1", "改了主意")):
        answer = browser.post(address_of(order), data={"stars": stars, "words": words})
        assert answer.status_code == 303
    said = act(lambda: db.session.execute(select(Review.stars, Review.words)).all())
    assert said == [(5, WORDS)]
    assert rating_of(act) == (5, 1)


def test_sent_twice_at_the_same_moment_it_counts_once(app, act, buyer, order):
    line_id = order.line_id

    def once(stars):
        with app.app_context():
            return act(review_line, line_id, stars, "", by=buyer.id, at=clock.now())

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(once, (1, 2, 3, 4))) == [False, False, False, True]
    assert rating_of(act)[1] == 1
    assert act(list_broken) == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"words": WORDS}, "几颗星："),
        ({"stars": "6", "words": WORDS}, "几颗星："),
        ({"stars": "0", "words": WORDS}, "几颗星："),
        ({"stars": "5", "words": "好" * 501}, "想说什么："),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_words_are_kept(
    act, browser, order, fields, error
):
    answer = browser.post(address_of(order), data=fields)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert error in page.text
    assert page.form("/review").fields["words"] == fields["words"]
    assert rating_of(act) == (0, 0)


def _undo_acceptance(order):
    part = {"accepted_at": None, "accepted_by": None, "arrived_at": None}
    db.session.execute(update(SubOrder).values(**part))


def _give_all_back(order):
    line = db.session.get_one(OrderLine, order.line_id)
    line.returned_quantity = line.quantity


def _pay_all_back(order):
    line = db.session.get_one(OrderLine, order.line_id)
    line.refunded_fen = line.amount_fen


def _let_time_pass(order):
    earlier = clock.now() - timedelta(days=180, minutes=1)
    db.session.execute(update(SubOrder).values(accepted_at=earlier))


@pytest.mark.parametrize(
    "happened", [_undo_acceptance, _give_all_back, _pay_all_back, _let_time_pass]
)
def test_what_was_not_accepted_or_not_kept_or_long_ago_is_not_rated(act, browser, order, happened):
    act(happened, order)
    assert address_of(order) not in browser.get(f"/orders/{order.number}").text
    assert "现在不能评价" in see(browser, address_of(order)).text
    answer = browser.post(address_of(order), data={"stars": "5", "words": WORDS})
    assert answer.status_code == 409
    assert rating_of(act) == (0, 0)


def test_to_anybody_else_the_line_is_not_there(app, act, browser, order, bought):
    stranger = app.test_client()
    sign_in(stranger, act(make_resident))
    assert stranger.get(address_of(order)).status_code == 404
    assert stranger.post(address_of(order), data={"stars": "1"}).status_code == 404
    # Nor is the buyer's own line part of another order of theirs.
    other = bought()[0]
    mixed = f"/orders/{other.number}/lines/{order.line_id}/review"
    assert browser.post(mixed, data={"stars": "1"}).status_code == 404
    assert rating_of(act) == (0, 0)


def test_an_administrator_hides_words_with_a_reason_and_the_stars_go_on_counting(
    app, act, buyer, order
):
    act(review_line, order.line_id, 2, "打电话给我", by=buyer.id, at=clock.now())
    office = app.test_client()
    sign_in(office, act(make_administrator))
    public = f"/products/{order.product_id}/reviews"
    page = see(office, see(office, public).link("隐藏文字"))
    refused = office.post(page.form("/hiding").action, data={"reason": ""})
    assert refused.status_code == 422
    send(office, page.form("/hiding"), reason="泄露个人信息")
    send(office, page.form("/hiding"), reason="第二次")

    shown = see(app.test_client(), public).text
    assert "内容已隐藏：泄露个人信息" in shown
    assert "打电话给我" not in shown
    assert "2.0 分 · 1 条评价" in shown
    assert act(lambda: db.session.scalars(select(ReviewHiding.reason)).all()) == ["泄露个人信息"]
    logged = act(lambda: db.session.scalars(select(AuditEntry.act)).all())
    assert logged.count("hide_review") == 1


def test_stars_without_words_cannot_be_hidden(app, act, buyer, order):
    act(review_line, order.line_id, 1, "", by=buyer.id, at=clock.now())
    office = app.test_client()
    sign_in(office, act(make_administrator))
    review_id = act(lambda: db.session.scalar(select(Review.id)))
    answer = office.post(f"/platform/reviews/{review_id}/hiding", data={"reason": "不喜欢"})
    assert answer.status_code == 409
    assert act(lambda: db.session.scalars(select(ReviewHiding.id)).all()) == []


def test_the_database_keeps_every_review_as_it_was(act, buyer, order):
    act(review_line, order.line_id, 1, "酸", by=buyer.id, at=clock.now())
    for change in ("UPDATE review SET stars = 5", "DELETE FROM review"):
        with pytest.raises(DBAPIError, match="review is append-only"):
            act(lambda change=change: db.session.execute(text(change)))
    with pytest.raises(DBAPIError):
        act(lambda: db.session.execute(update(Product).values(rating_sum=6)))


def test_the_check_names_a_product_whose_score_is_not_its_reviews(act, buyer, order):
    act(review_line, order.line_id, 3, "", by=buyer.id, at=clock.now())
    assert act(list_broken) == []
    act(lambda: db.session.execute(update(Product).values(rating_sum=4)))
    assert any("rated other than their reviews" in each for each in act(list_broken))


def test_the_check_names_a_review_by_somebody_who_did_not_buy(act, cooperative, order):
    def run():
        of = {"product_id": order.product_id, "cooperative_id": cooperative.id}
        said = {"stars": 5, "words": "", "signature": "何**", "at": clock.now()}
        stranger = make_resident()
        db.session.flush()
        db.session.add(Review(order_line_id=order.line_id, account_id=stranger.id, **of, **said))
        db.session.execute(update(Product).values(rating_sum=5, rating_count=1))

    act(run)
    (complaint,) = act(list_broken)
    assert "these reviews are of another's line" in complaint


def test_a_cooperative_reads_its_own_reviews_and_nobody_elses(app, act, cooperative, buyer, order):
    act(review_line, order.line_id, 3, WORDS, by=buyer.id, at=clock.now())
    manager, picker, other = (app.test_client() for _ in range(3))
    sign_in(manager, act(make_cooperative_member, cooperative))
    sign_in(picker, act(make_cooperative_member, cooperative, MemberRole.PICKER))
    sign_in(other, act(make_cooperative_member))
    assert WORDS in see(manager, "/cooperative/reviews").text
    assert picker.get("/cooperative/reviews").status_code == 403
    assert "还没有评价" in see(other, "/cooperative/reviews").text


def test_its_numbers_say_the_score_of_the_period_and_of_last_year(
    app, act, cooperative, buyer, bought
):
    now = clock.now()
    orders = bought(4)

    def run():
        for order, stars, at in zip(
            orders, (5, 4, 4, 1), (now, now, now, now - timedelta(days=366)), strict=True
        ):
            values = {"order_line_id": order.line_id, "account_id": buyer.id, "signature": "何**"}
            of = {"product_id": order.product_id, "cooperative_id": cooperative.id}
            db.session.add(Review(**values, **of, stars=stars, words="", at=at))

    manager = app.test_client()
    sign_in(manager, act(make_cooperative_member, cooperative))
    none = see(manager, "/cooperative/numbers?period=2020").text
    assert "评分 — 0 条评价 · 上年 —" in none
    act(run)
    year = clock.day_of(now).year
    shown = see(manager, f"/cooperative/numbers?period={year}").text
    assert "评分 4.3 分 3 条评价" in shown
    before = see(manager, f"/cooperative/numbers?period={year - 1}").text
    assert "评分 1.0 分 1 条评价 · 上年 —" in before


def test_the_pages_ask_the_same_however_much_was_said(app, act, cooperative, buyer, bought):
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative))
    orders = bought(22)
    product = f"/products/{orders[0].product_id}"

    def asked(address):
        see(client, address)
        with counted_queries(app) as seen:
            see(client, address)
        return len(seen)

    pages = (product, f"{product}/reviews", "/cooperative/reviews")
    counts = []
    for some in (orders[:1], orders[1:]):
        for order in some:
            act(review_line, order.line_id, 5, WORDS, by=buyer.id, at=clock.now())
        counts.append([asked(page) for page in pages])
    assert counts[0] == counts[1]
    first, second = (client.get(f"{product}/reviews?page={n}").text for n in (1, 2))
    assert (first.count("<article"), second.count("<article")) == (20, 2)

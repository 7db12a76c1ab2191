"""Listings that are being written: kept, found again, copied, put on sale once."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from catalog.categories.services import load_categories
from catalog.products.models import Product, Variant
from catalog.products.services.products import delist
from shop import clock
from shop.db import db
from suppliers.drafts import services
from suppliers.drafts.forms import form_of
from suppliers.drafts.models import ListingDraft
from suppliers.verification.models import Document, DocumentKind
from tests.factories.catalog import make_draft, make_product, make_typed, picture_bytes
from tests.factories.people import make_cooperative_member, sign_in
from tests.parts.pages import Page, see, send
from tests.parts.queries import counted_queries
from tests.parts.together import run_together

NEW = "/cooperative/listings/new"
DRAFTS = "/cooperative/drafts"
JSON = {"Accept": "application/json"}
KEY = "a-key-of-this-page"
MOVED_ON, REFUSED, CONFLICT = 303, 422, 409


@pytest.fixture
def manager(act):
    act(load_categories)
    return act(member_with_cooperative)


@pytest.fixture
def desk(app, manager):
    client = app.test_client()
    sign_in(client, manager)
    return client


@pytest.fixture
def typed(act):
    return act(make_typed)


def member_with_cooperative():
    account = make_cooperative_member()
    assert account.cooperative, "read while the session is open"
    return account


def keep(client, **fields):
    return client.post(DRAFTS, data={"key": KEY, "later": "1"} | fields, headers=JSON)


def count(app, model):
    with app.app_context():
        return db.session.scalar(select(func.count(model.id)))


def only(app, model):
    with app.app_context():
        return db.session.scalars(select(model)).one()


def test_a_half_filled_form_is_kept_as_it_was_typed_and_found_again(app, desk):
    answer = keep(desk, name="半截番薯", price="４５．５", months=["10", "11"])
    assert answer.status_code == 200
    page = see(desk, answer.json["url"])
    fields = page.form(DRAFTS).fields
    assert (fields["name"], fields["price"], fields["key"]) == ("半截番薯", "４５．５", KEY)
    assert "半截番薯" in see(desk, "/cooperative/listings").text
    assert "半截番薯" in see(desk, DRAFTS).text
    assert "半截番薯" in see(desk, NEW).text
    assert count(app, Product) == 0


def test_the_same_page_makes_one_draft_however_often_it_is_sent(app, desk):
    for name in ("番", "番薯", "番薯干"):
        keep(desk, name=name)
    assert only(app, ListingDraft).name == "番薯干"


def test_two_windows_of_one_page_make_one_draft(app, act, manager, typed):
    def save():
        with app.app_context():
            return act(
                services.save,
                manager.cooperative.id,
                KEY,
                typed,
                picture_id=None,
                by=manager.id,
                at=clock.now(),
            ).id

    first, second = run_together(save, save)
    assert first == second
    assert count(app, ListingDraft) == 1


def test_without_a_category_the_name_tells(app, desk, typed):
    filled = typed | {"name": ["石鼓罗非鱼"], "category": [""], "months": []}
    answer = desk.post(DRAFTS, data=filled)
    assert answer.status_code == MOVED_ON
    preview = see(desk, answer.location)
    assert "水产" in preview.text
    send(desk, preview.form("/listing"))
    with app.app_context():
        product = db.session.scalars(select(Product)).one()
        assert (product.category.slug, product.season_mask) == ("aquatic", 0b111111111111)


@pytest.mark.parametrize("empty", ["category", "months"])
def test_a_name_that_tells_nothing_asks_for_the_rest(desk, typed, empty):
    answer = desk.post(DRAFTS, data=typed | {"name": ["土特产"], empty: []})
    assert answer.status_code == REFUSED
    assert f'id="{empty}-error"' in answer.text


def test_the_name_suggests_while_it_is_typed(act, manager, desk):
    act(make_product, manager.cooperative, name="高州桂味荔枝", months=[6])
    found = desk.get(f"{DRAFTS}/suggestion?name=妃子笑荔枝").json
    assert found["months"] == [6]
    page = desk.get("/cooperative/listings/new").text
    assert re.search(rf'<option data-fresh[^>]* value="{found["category"]}"', page)
    assert desk.get(f"{DRAFTS}/suggestion?name=土特产").json == {}
    assert desk.get(f"{DRAFTS}/suggestion").json == {}


def test_the_preview_shows_what_buyers_will_see_and_sells_nothing_yet(app, desk, typed):
    answer = desk.post(DRAFTS, data=typed)
    preview = see(desk, answer.location).text
    for words in ("冰淇淋番薯", "5斤装", "45.50", "9.10", "沙地里长的", "不适用七天无理由退货"):
        assert words in preview
    assert count(app, Product) == 0


def test_a_draft_that_is_not_complete_has_no_preview(desk):
    address = keep(desk, name="半截").json["url"]
    answer = desk.get(f"{address}/preview")
    assert (answer.status_code, answer.location) == (MOVED_ON, address)
    assert desk.post(f"{address}/listing").status_code == REFUSED


def test_pressed_twice_it_is_one_product(app, act, manager, typed):
    by, at, cooperative_id = manager.id, clock.now(), manager.cooperative.id
    draft = act(services.save, cooperative_id, KEY, typed, picture_id=None, by=by, at=at)
    with app.test_request_context():
        form = form_of(typed, None)
        form.offer([])
        listing = form.listing()

    def publish():
        return act(services.list_draft, cooperative_id, draft.id, listing, by=by, at=at).id

    first, second = run_together(publish, publish)
    assert first == second
    assert count(app, Product) == count(app, Variant) == 1


def test_what_arrives_after_its_preview_is_looked_at_before_it_is_on_sale(app, desk, typed):
    preview = desk.post(DRAFTS, data=typed | {"key": [KEY]}).location
    form = see(desk, preview).form("/listing")
    keep(desk, **{**{name: values[0] for name, values in typed.items() if values}, "price": "4.55"})
    answer = desk.post(form.action, data=form.fields)
    assert answer.location == preview
    again = see(desk, preview)
    assert "又变了" in again.text
    assert "4.55" in again.text
    assert count(app, Product) == 0
    send(desk, again.form("/listing"))
    assert count(app, Product) == 1


def test_what_is_on_sale_is_no_draft_any_more(app, desk, typed):
    preview = desk.post(DRAFTS, data=typed | {"key": [KEY]}).location
    form = see(desk, preview).form("/listing")
    listing = send(desk, form).location
    assert send(desk, form).location == listing
    assert desk.get(preview.replace("/preview", "")).location == listing
    late = keep(desk, name="来晚了")
    assert (late.status_code, late.json["code"]) == (CONFLICT, "already_listed")
    assert only(app, Product).name == "冰淇淋番薯"
    assert "没填完的" not in see(desk, "/cooperative/listings").text


def test_a_draft_is_put_away(app, desk):
    address = keep(desk, name="不要了").json["url"]
    assert desk.post(f"{address}/removal").status_code == MOVED_ON
    assert "不要了" not in see(desk, DRAFTS).text
    assert only(app, ListingDraft).discarded_at is not None


def test_a_photo_that_came_with_the_form_stays_with_the_draft(app, desk, typed):
    photo = {"photo": (BytesIO(picture_bytes()), "photo.jpg"), "price": [""]}
    answer = desk.post(DRAFTS, data=typed | photo, content_type="multipart/form-data")
    assert answer.status_code == REFUSED
    draft = only(app, ListingDraft)
    assert draft.picture_id is not None
    fields = Page(desk.get(f"{DRAFTS}/{draft.id}").text).form(DRAFTS).fields
    assert fields["kept_picture"] == str(draft.picture_id)


def test_last_years_listing_is_copied_with_its_words_price_and_drawing(app, act, manager, desk):
    variants = [make_draft("老规格", price_fen=7550), make_draft("10斤装")]
    product = act(make_product, manager.cooperative, variants=variants, months=[5, 6])
    act(delist, manager.cooperative.id, product.id, by=manager.id, at=clock.now())
    page = see(desk, NEW)
    answer = send(desk, page.form(f"/{product.id}/copies"))
    fields = see(desk, answer.location).form(DRAFTS).fields
    assert (fields["name"], fields["spec"], fields["price"]) == (product.name, "老规格", "75.5")
    assert fields["stock"] == ""
    preview = send(desk, see(desk, answer.location).form(DRAFTS), stock="8", months=["5", "6"])
    send(desk, see(desk, preview.location).form("/listing"))
    with app.app_context():
        again = db.session.scalars(select(Product).where(Product.id != product.id)).one()
        assert (again.drawing, again.season_mask) == (product.drawing, product.season_mask)
        assert again.variants[0].available == 8


def test_nobody_sees_or_uses_anothers_draft(app, act, desk):
    address = keep(desk, name="别人的").json["url"]
    stranger = app.test_client()
    sign_in(stranger, act(make_cooperative_member))
    for door in (address, f"{address}/preview"):
        assert stranger.get(door).status_code == 404
    for door in (f"{address}/listing", f"{address}/removal"):
        assert stranger.post(door).status_code == 404
    # The same key is another draft of theirs.
    keep(stranger, name="自己的")
    assert count(app, ListingDraft) == 2


def test_there_is_an_end_to_drafts(desk, monkeypatch):
    monkeypatch.setattr("suppliers.drafts.services.MOST_DRAFTS", 1)
    keep(desk, name="第一份")
    answer = keep(desk, name="第二份", key="another-key-of-a-page")
    assert (answer.status_code, answer.json["code"]) == (CONFLICT, "too_many_drafts")


@pytest.mark.parametrize(
    ("kind", "days", "listed"),
    [
        (None, 0, False),
        (DocumentKind.FOOD_PRODUCTION, 30, True),
        (DocumentKind.FOOD_WORKSHOP, 0, True),
        (DocumentKind.FOOD_PRODUCTION, -1, False),
        (DocumentKind.BUSINESS_LICENCE, 30, False),
    ],
)
def test_made_food_is_listed_only_with_a_licence_that_holds(
    app, act, manager, desk, kind, days, listed
):
    today = clock.day_of(clock.now())
    if kind is not None:
        act(give_document, manager, kind, today + timedelta(days=days))
    preview = desk.post(DRAFTS, data=act(make_typed, "processed")).location
    form = see(desk, preview).form("/listing")
    answer = desk.post(form.action, data=form.fields)
    assert answer.status_code == (MOVED_ON if listed else REFUSED)
    assert listed or "食品生产许可证" in answer.text
    assert count(app, Product) == int(listed)


def test_nothing_becomes_made_food_without_a_licence(act, manager, desk):
    product = act(make_product, manager.cooperative)
    made = act(make_typed, "processed")
    answer = desk.post(f"/cooperative/listings/{product.id}", data=made)
    assert answer.status_code == REFUSED
    assert "食品生产许可证" in answer.text


def test_a_licence_that_ran_out_lets_nothing_back_on_sale(app, act, manager, desk):
    today = clock.day_of(clock.now())
    act(give_document, manager, DocumentKind.FOOD_PRODUCTION, today)
    product = act(make_product, manager.cooperative, category="processed", at=clock.now())
    address = f"/cooperative/listings/{product.id}"
    assert desk.post(f"{address}/delisting").status_code == MOVED_ON
    act(run_out, today - timedelta(days=1))
    page = desk.post(f"{address}/relisting", follow_redirects=True).text
    assert "食品生产许可证" in page
    assert only(app, Product).delisted_at is not None


def test_the_page_asks_as_little_with_many_drafts_as_with_few(app, desk):
    def statements():
        with counted_queries(app) as seen:
            assert desk.get(NEW).status_code == 200
        return len(seen)

    keep(desk, name="一份")
    few = statements()
    for number in range(5):
        keep(desk, name="又一份", key=f"key-of-page-{number}")
    assert statements() == few


def give_document(account, kind: DocumentKind, expires_on: date) -> None:
    db.session.add(
        Document(
            organisation_id=account.cooperative.id,
            kind=kind,
            number="SC10144098300001",
            expires_on=expires_on,
            recorded_at=clock.now(),
            recorded_by_id=account.id,
        )
    )


def run_out(day: date) -> None:
    for document in db.session.scalars(select(Document)):
        document.expires_on = day

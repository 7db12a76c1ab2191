"""A cooperative's listing desk, through its pages."""

from io import BytesIO

import pytest
from sqlalchemy import func, select

from catalog.categories.services import load_categories
from catalog.products.models import Measure, Picture, Product, Variant
from catalog.stock.models import StockMovement
from shop.db import db
from shop.organisations.models import Organisation
from shop.organisations.services import suspend
from tests.factories.catalog import make_draft, make_product, picture_bytes
from tests.factories.people import make_cooperative_member, sign_in
from tests.parts.pages import Page, see

HOME = "/cooperative/listings"
DRAFTS = "/cooperative/drafts"
MOVED_ON = 303


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
def product(act, manager):
    return act(make_product, manager.cooperative, variants=[make_draft(), make_draft("10斤装")])


def member_with_cooperative():
    account = make_cooperative_member()
    assert account.cooperative, "read while the session is open"
    return account


def filled(**changes):
    return {
        "name": "冰淇淋番薯",
        "category": "2",
        "description": "沙地里长的。\n粉糯。",
        "village": "上村",
        "months": ["10", "11", "12"],
        "spec": "5斤装",
        "unit": "箱",
        "net_weight": "5",
        "weight_unit": "jin",
        "price": "45.50",
        "measure": "weight",
        "measure_amount": "",
        "perishable": "y",
        "stock": "36",
    } | changes


def list_it(client, data):
    """Fill the form in, look at it, put it on sale; whichever answer comes last."""
    answer = client.post(DRAFTS, data=data)
    if answer.status_code != MOVED_ON:
        return answer
    form = see(client, answer.location).form("/listing")
    return client.post(form.action, data=form.fields)


def photo(content=None, name="photo.jpg"):
    return {"photo": (BytesIO(content if content is not None else picture_bytes()), name)}


def only(app, model):
    with app.app_context():
        return db.session.scalars(select(model)).one()


def count(app, model):
    with app.app_context():
        return db.session.scalar(select(func.count(model.id)))


def test_a_cooperative_lists_a_product_with_a_photo(app, desk, manager):
    answer = list_it(desk, filled() | photo())
    assert answer.status_code == MOVED_ON
    product, variant = only(app, Product), only(app, Variant)
    assert (product.name, product.village) == ("冰淇淋番薯", "上村")
    assert product.season_mask == 0b111000000000
    assert product.cooperative_id == manager.cooperative.id
    assert (variant.net_weight_g, variant.measure_amount, variant.price_fen) == (2500, 2500, 4550)
    assert variant.perishable
    assert variant.available == 36
    with desk.get(f"/pictures/{only(app, Picture).sha256}.webp") as picture:
        assert picture.mimetype == "image/webp"
        assert "immutable" in picture.headers["Cache-Control"]
    page = desk.get(answer.location).text
    assert only(app, Picture).sha256 in page
    assert "45.50" in page
    assert "冰淇淋番薯" in desk.get(HOME).text
    assert "冰淇淋番薯" in app.test_client().get(f"/products/{product.id}").text


@pytest.mark.parametrize(
    ("typed", "grams", "measure", "amount", "fen"),
    [
        ({"net_weight": "２.５", "weight_unit": "kg"}, 2500, Measure.WEIGHT, 2500, 4550),
        ({"net_weight": "0.1", "weight_unit": "jin"}, 50, Measure.WEIGHT, 50, 4550),
        ({"measure": "volume", "measure_amount": "1.8"}, 2500, Measure.VOLUME, 1800, 4550),
        ({"measure": "piece", "measure_amount": "12"}, 2500, Measure.PIECE, 12, 4550),
        ({"price": "1,234.5"}, 2500, Measure.WEIGHT, 2500, 123450),
        ({"price": "￥９９"}, 2500, Measure.WEIGHT, 2500, 9900),
    ],
)
def test_weights_amounts_and_prices_are_understood(app, desk, typed, grams, measure, amount, fen):
    assert list_it(desk, filled(**typed)).status_code == MOVED_ON
    variant = only(app, Variant)
    assert (variant.net_weight_g, variant.measure) == (grams, measure)
    assert (variant.measure_amount, variant.price_fen) == (amount, fen)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "薯" * 61),
        ("name", "\u202e\x00"),
        ("name", "治疗失眠的番薯"),
        ("description", "可以降血糖"),
        ("village", "养胃村"),
        ("unit", "降压箱"),
        ("description", "长" * 2001),
        ("category", "99"),
        ("category", "abc"),
        ("months", ["13"]),
        ("months", ["x"]),
        ("spec", ""),
        ("spec", "箱" * 41),
        ("unit", "九个字的单位太长了吧"),
        ("net_weight", "0"),
        ("net_weight", "-1"),
        ("net_weight", "0.001"),
        ("net_weight", "9999"),
        ("weight_unit", "stone"),
        ("price", "0"),
        ("price", "39.999"),
        ("price", "999999999999999999999"),
        ("price", "'; DROP TABLE product; --"),
        ("measure", "length"),
        ("stock", "-1"),
        ("stock", "1.5"),
        ("stock", "100000"),
    ],
)
def test_what_cannot_be_sold_is_refused_beside_its_field(app, desk, field, typed):
    answer = list_it(desk, filled(**{field: typed}))
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert "沙地里长的" in answer.text or field == "description"
    assert count(app, Product) == count(app, StockMovement) == 0


@pytest.mark.parametrize(("measure", "amount"), [("volume", ""), ("piece", ""), ("piece", "1.5")])
def test_a_price_per_litre_or_piece_needs_their_number(desk, measure, amount):
    data = filled(measure=measure, measure_amount=amount)
    answer = list_it(desk, data)
    assert answer.status_code == 422
    assert 'id="measure_amount-error"' in answer.text


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<svg></svg>", picture_bytes()[:2000], picture_bytes("PNG", 1, 1)]
)
def test_a_file_that_is_no_picture_is_explained_beside_the_photo(app, desk, content):
    answer = list_it(desk, filled() | photo(content))
    assert answer.status_code == 422
    assert 'id="photo-error"' in answer.text
    assert "冰淇淋番薯" in answer.text
    assert count(app, Product) == count(app, Picture) == 0


def test_a_photo_is_kept_while_the_rest_is_mended(app, desk):
    answer = list_it(desk, filled(price="") | photo())
    assert answer.status_code == 422
    kept = Page(answer.text).form(DRAFTS).fields["kept_picture"]
    assert list_it(desk, filled(kept_picture=kept)).status_code == MOVED_ON
    assert only(app, Product).picture_id == int(kept)


def test_nobody_else_can_take_a_kept_photo(app, act, desk):
    list_it(desk, filled(price="") | photo())
    stranger = app.test_client()
    sign_in(stranger, act(make_cooperative_member))
    taken = filled(kept_picture=str(only(app, Picture).id))
    assert list_it(stranger, taken).status_code == 404
    for nonsense in ("abc", "-1", "99999999999999", "²"):
        assert list_it(stranger, filled(kept_picture=nonsense)).status_code < 500


def test_a_product_is_edited_and_keeps_its_picture(app, desk):
    list_it(desk, filled() | photo())
    product = only(app, Product)
    form = Page(desk.get(f"{HOME}/{product.id}/edit").text).form(f"{HOME}/{product.id}")
    assert form.fields["name"] == "冰淇淋番薯"
    changed = filled(name="蜜薯", months=["1"])
    assert desk.post(f"{HOME}/{product.id}", data=changed).status_code == MOVED_ON
    again = only(app, Product)
    assert (again.name, again.season_mask) == ("蜜薯", 1)
    assert again.picture_id == product.picture_id is not None


def test_variants_are_added_changed_counted_and_withdrawn(app, desk, product):
    base = f"{HOME}/{product.id}/variants"
    data = filled(spec="20斤装", net_weight="20", stock="4")
    assert desk.post(base, data=data).status_code == MOVED_ON
    with app.app_context():
        added = db.session.scalars(select(Variant).where(Variant.spec == "20斤装")).one()
    assert added.available == 4
    edit = Page(desk.get(f"{base}/{added.id}/edit").text).form(f"{base}/{added.id}")
    assert (edit.fields["net_weight"], edit.fields["price"]) == ("20", "45.50")
    changed = edit.fields | {"price": "55"}
    assert desk.post(f"{base}/{added.id}", data=changed).status_code == MOVED_ON
    assert desk.post(f"{base}/{added.id}/stock", data={"available": "9"}).status_code == MOVED_ON
    with app.app_context():
        now = db.session.get_one(Variant, added.id)
        assert (now.price_fen, now.available, now.net_weight_g) == (5500, 9, 10_000)
    assert "库存变化" in desk.get(f"{HOME}/{product.id}").text
    assert desk.post(f"{base}/{added.id}/withdrawal").status_code == MOVED_ON
    assert desk.get(f"{base}/{added.id}/edit").status_code == 404
    assert "20斤装" not in app.test_client().get(f"/products/{product.id}").text


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "abc", "999999", "😀", "\x00"])
def test_stock_that_is_no_count_is_refused_beside_its_variant(app, desk, product, typed):
    with app.app_context():
        variant_id = db.session.scalars(select(Variant.id).order_by(Variant.id)).first()
    answer = desk.post(
        f"{HOME}/{product.id}/variants/{variant_id}/stock", data={"available": typed}
    )
    assert answer.status_code == 422
    assert f'id="available-{variant_id}-error"' in answer.text


def test_the_last_variant_cannot_be_withdrawn(app, act, desk, manager):
    product = act(make_product, manager.cooperative)
    with app.app_context():
        variant_id = db.session.scalars(select(Variant.id)).one()
    address = f"{HOME}/{product.id}/variants/{variant_id}/withdrawal"
    assert "商品至少要有一种规格" in desk.post(address, follow_redirects=True).text
    assert only(app, Variant).withdrawn_at is None


def test_a_product_goes_off_sale_and_comes_back(app, desk, product):
    buyer = app.test_client()
    address = f"/products/{product.id}"
    assert desk.post(f"{HOME}/{product.id}/delisting").status_code == MOVED_ON
    gone = buyer.get(address)
    assert gone.status_code == 404
    assert "现在不卖了" in gone.text
    assert desk.post(f"{HOME}/{product.id}/relisting").status_code == MOVED_ON
    assert buyer.get(address).status_code == 200


def test_a_suspended_cooperative_is_told_why_and_keeps_what_it_typed(app, act, desk, manager):
    cooperative_id = manager.cooperative.id
    act(lambda: suspend(db.session.get_one(Organisation, cooperative_id), at=manager.created_at))
    answer = list_it(desk, filled())
    assert answer.status_code == 422
    assert "暂停供货" in answer.text
    assert "沙地里长的" in answer.text


def test_another_cooperatives_product_is_not_there_on_any_route(app, act, product):
    stranger = app.test_client()
    sign_in(stranger, act(make_cooperative_member))
    with app.app_context():
        variant_id = db.session.scalars(select(Variant.id).order_by(Variant.id)).first()
    doors = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(f"{HOME}/<")]
    assert len(doors) == 12
    for rule in doors:
        values = {"product_id": product.id, "variant_id": variant_id}
        address = rule.build({name: values[name] for name in rule.arguments})[1]
        method = stranger.post if "POST" in rule.methods else stranger.get
        answer = method(address, data=filled(available="1") if "POST" in rule.methods else None)
        assert answer.status_code == 404, address
    assert product.name not in stranger.get(HOME).text


def test_listings_come_in_pages(act, desk, manager):
    for number in range(21):
        act(make_product, manager.cooperative, name=f"番薯{number:02d}")
    assert "番薯00" not in desk.get(HOME).text
    assert "番薯00" in desk.get(f"{HOME}?page=2").text
    assert desk.get(f"{HOME}?page=abc").status_code == 200


def test_numbers_beyond_any_key_are_not_found(desk):
    for number in ("0", "2147483648", "9" * 30):
        assert desk.get(f"{HOME}/{number}").status_code == 404

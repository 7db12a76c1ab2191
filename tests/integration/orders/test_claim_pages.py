"""Claims as the buyer, the cooperative and the platform see them on their screens."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from orders.claims import services
from orders.claims.gateways import photos_folder
from orders.claims.handlers import LOOSE_PHOTOS_KEPT, forget_photos
from orders.claims.models import Claim, ClaimPhoto, Fault
from orders.claims.services import Answer, ClaimDraft
from orders.records.models import Order
from orders.refunds.models import Refund
from shop import clock
from shop.db import db
from shop.invariants import list_broken
from shop.outbox import OutboxMessage
from tests.factories.catalog import make_variant, picture_bytes
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_finance,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page, see, send
from tests.parts.queries import counted_queries

FILLED = {"fault": "spoiled", "text": "有三个烂了", "line_1": "1"}


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def seller(act):
    return act(lambda: make_cooperative(name="石鼓晨露农民专业合作社"))


@pytest.fixture
def variant(act, seller):
    return act(make_variant, seller, stock=500)


@pytest.fixture
def order(act, buyer, variant):
    """Received an hour ago."""
    now = clock.now() - timedelta(hours=1)
    return act(
        lambda: accepted(dispatched(paid(place(buyer, {variant: 2}, at=now)), at=now), at=now)
    )


def received(buyer, variant, quantity, at):
    order = paid(place(buyer, {variant: quantity}, at=at))
    return accepted(dispatched(order, at=at), at=at)


@pytest.fixture
def enter(app):
    def browser(account):
        client = app.test_client()
        sign_in(client, account)
        return client

    return browser


@pytest.fixture
def claim(act, order):
    def make():
        part = db.session.get_one(Order, order.id).sub_orders[0]
        draft = ClaimDraft({part.lines[0].id: 1}, Fault.SPOILED, "有三个烂了")
        return services.open_claim(part.id, draft, by=order.account_id, at=clock.now())

    return act(make)


def photo(**options):
    """Like no picture of a product: the folder of those outlives a test."""
    options = {"width": 600, "height": 440} | options
    return io.BytesIO(picture_bytes(**options)), "photo.jpg", "image/jpeg"


def new_claim(client, order):
    return see(client, see(client, f"/orders/{order.number}").link("申请售后")).form("/claims")


def test_from_a_photo_to_half_the_money(act, enter, buyer, seller, order):
    client = enter(buyer)
    answer = send(client, new_claim(client, order), **FILLED, photos=photo())
    page = see(client, answer.location)
    assert "等合作社答复" in page.text

    manager = enter(act(make_cooperative_member, seller))
    assert "去答复售后：1 个" in see(manager, "/cooperative").text
    desk = see(manager, "/cooperative/claims")
    shown = see(manager, desk.link("去处理"))
    assert "有三个烂了" in shown.text
    send(manager, shown.form("/answer"), outcome="some", amount="37.50", text="抱歉，退一半")
    assert "没有等待处理的售后" in see(manager, "/cooperative/claims").text

    asked = see(client, see(client, f"/orders/{order.number}").link("看看答复"))
    assert "37.50" in asked.text
    send(client, asked.form("/agreement"))
    shown = see(client, f"/orders/{order.number}").text
    assert "退款 37.50 元" in shown
    assert "已退一部分" in shown
    assert act(lambda: db.session.scalars(select(Refund.amount_fen)).all()) == [3750]
    assert act(list_broken) == []


def test_four_large_photos_arrive(act, enter, buyer, order):
    client = enter(buyer)
    form = new_claim(client, order)
    large = picture_bytes(width=600, height=440) + bytes(5_000_000)
    photos = [FileStorage(io.BytesIO(large), f"{number}.jpg") for number in range(4)]
    fields = MultiDict(form.fields | FILLED | {"photos": photos})
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    answer = client.post(form.action, data=body, content_type=kind)
    assert answer.status_code == 303, answer.text
    assert "等合作社答复" in see(client, answer.location).text


def test_each_step_is_told_to_the_other_side(act, enter, buyer, seller, order):
    manager = act(make_cooperative_member, seller)
    client = enter(buyer)
    send(client, new_claim(client, order), **FILLED, photos=photo())
    claim_id = act(lambda: db.session.scalars(select(Claim.id)).one())
    now = clock.now()
    act(services.answer, claim_id, Answer(0, "没有问题"), by=manager.id, at=now)
    act(services.escalate, claim_id, "", by=buyer.id, at=now)
    act(services.decide, claim_id, Answer(100, "退一点"), by=None, at=now)
    letters = act(
        lambda: [
            (m.payload["to"], m.payload["context"]["kind"])
            for m in db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            if m.kind == "mail" and "claim_to" in m.payload["template"]
        ]
    )
    assert letters == [
        (manager.email, "made"),
        (buyer.email, "refused"),
        (manager.email, "escalated"),
        (manager.email, "decided"),
        (buyer.email, "decided"),
    ]


# ── Photographs ─────────────────────────────────────────────────────────────────────────────────


def test_a_photo_is_stripped_and_shown_to_the_parties_and_the_offices_only(
    act, app, enter, buyer, seller, order
):
    client = enter(buyer)
    exif = Image.Exif()
    exif[0x010F] = "Camera of a private person"
    send(client, new_claim(client, order), **FILLED, photos=photo(exif=exif))
    kept = act(lambda: db.session.scalars(select(ClaimPhoto)).one())
    address = f"/claims/photos/{kept.id}"
    allowed = [
        buyer,
        act(make_cooperative_member, seller),
        act(make_finance),
        act(make_administrator),
    ]
    for account in allowed:
        answer = enter(account).get(address)
        assert answer.mimetype == "image/webp"
        assert "no-store" in answer.headers["Cache-Control"]
        picture = Image.open(io.BytesIO(answer.data))
        assert not picture.getexif()
        assert b"private person" not in answer.data
        answer.close()
    strangers = [act(make_resident), act(lambda: make_cooperative_member(make_cooperative()))]
    assert [enter(account).get(address).status_code for account in strangers] == [404, 404]
    assert app.test_client().get(address).status_code == 302
    with app.test_client().get(f"/pictures/{kept.sha256}.webp") as elsewhere:
        assert elsewhere.status_code == 404


def test_a_photo_is_not_lost_when_something_else_is_missing(act, enter, buyer, order):
    client = enter(buyer)
    form = new_claim(client, order)
    sent = form.fields | FILLED | {"text": "", "fault": "", "photos": photo()}
    answer = client.post(form.action, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "请选一项。" in answer.text
    again = Page(answer.text).form("/claims")
    assert again.fields["kept_photos"]
    send(client, again, text="有三个烂了", fault="spoiled")
    kept = act(lambda: db.session.scalars(select(ClaimPhoto)).all())
    assert [photo.claim_id is not None for photo in kept] == [True]


def test_photos_that_nobody_sent_off_are_thrown_away_and_those_of_a_claim_stay(
    act, app, settings, enter, buyer, order
):
    client = enter(buyer)
    form = new_claim(client, order)
    for width, changes in [(620, {"text": ""}), (640, {})]:
        sent = form.fields | FILLED | changes | {"photos": photo(width=width)}
        client.post(form.action, data=sent, content_type="multipart/form-data")
    kept, left = act(
        lambda: db.session.scalars(select(ClaimPhoto).order_by(ClaimPhoto.claim_id.is_(None))).all()
    )
    folder = photos_folder(settings)
    later = clock.now() + LOOSE_PHOTOS_KEPT
    with app.app_context():
        forget_photos(later - timedelta(minutes=1))
        assert (folder / f"{left.sha256}.webp").exists()
        forget_photos(later + timedelta(minutes=1))
    assert not (folder / f"{left.sha256}.webp").exists()
    assert (folder / f"{kept.sha256}.webp").exists()
    assert act(lambda: db.session.scalars(select(ClaimPhoto.id)).all()) == [kept.id]


def test_somebody_elses_photo_is_not_taken_along(act, enter, buyer, order):
    other = act(make_resident)
    stored = services.StoredPicture("a" * 64, 640, 480)
    theirs = act(services.keep_photo, other.id, stored, at=clock.now())
    client = enter(buyer)
    form = new_claim(client, order)
    sent = form.fields | FILLED | {"kept_photos": str(theirs.id)}
    answer = client.post(form.action, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert act(lambda: db.session.scalars(select(ClaimPhoto)).one()).claim_id is None


@pytest.mark.parametrize(
    ("photos", "message"),
    [
        ([], "请拍一张能看清问题的照片"),
        ([(io.BytesIO, "a.jpg")], "照片"),
        ([photo] * 5, "最多 4 张照片"),
    ],
    ids=["none", "no picture", "five"],
)
def test_what_is_no_photo_is_explained_beside_the_field(act, enter, buyer, order, photos, message):
    client = enter(buyer)
    form = new_claim(client, order)
    files = [each() if callable(each) else (each[0](b"no picture"), each[1]) for each in photos]
    answer = client.post(
        form.action,
        data=form.fields | FILLED | {"photos": files},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert message in answer.text
    assert act(lambda: db.session.scalar(select(func.count(Claim.id)))) == 0


def test_what_did_not_come_needs_no_photo(enter, buyer, order):
    client = enter(buyer)
    send(client, new_claim(client, order), **FILLED | {"fault": "missing"})


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": ""},
        {"outcome": "some", "amount": ""},
        {"outcome": "some", "amount": "75.01"},
        {"outcome": "some", "amount": "0"},
        {"outcome": "some", "amount": "-1"},
        {"outcome": "none", "text": ""},
        {"outcome": "none", "text": "x"},
    ],
)
def test_an_answer_that_says_too_little_or_too_much_comes_back(act, enter, seller, claim, changes):
    manager = enter(act(make_cooperative_member, seller))
    given = {"outcome": "some", "amount": "1", "text": "抱歉"} | changes
    answer = manager.post(f"/cooperative/claims/{claim.id}/answer", data=given)
    assert answer.status_code == 422
    assert act(lambda: db.session.get_one(Claim, claim.id)).waits_for == "cooperative"


def test_too_little_for_what_comes_back_is_said_beside_the_amount(act, enter, buyer, seller):
    def make():
        sealed = [make_variant(seller, perishable=False) for _ in range(2)]
        at = clock.now()
        order = dispatched(paid(place(buyer, dict.fromkeys(sealed, 1), at=at), at=at), at=at)
        (part,) = order.sub_orders
        draft = ClaimDraft({line.id: 1 for line in part.lines}, Fault.WRONG, "发错了")
        return services.open_claim(part.id, draft, by=buyer.id, at=at)

    claim = act(make)
    manager = enter(act(make_cooperative_member, seller))
    given = {"outcome": "some", "amount": "0.01", "with_return": "y"}
    answer = manager.post(f"/cooperative/claims/{claim.id}/answer", data=given)
    assert answer.status_code == 422
    assert "每种商品至少退 0.01 元" in answer.text.partition('id="amount')[2]
    assert act(lambda: db.session.get_one(Claim, claim.id)).waits_for == "cooperative"


def test_perishables_offer_no_return(act, enter, seller, claim):
    manager = enter(act(make_cooperative_member, seller))
    assert (
        "with_return" not in see(manager, f"/cooperative/claims/{claim.id}").form("/answer").fields
    )
    given = {"outcome": "all", "with_return": "y"}
    answer = manager.post(f"/cooperative/claims/{claim.id}/answer", data=given)
    assert answer.status_code == 422
    assert "不能要求退货" in answer.text


def test_the_platform_decides_what_was_escalated(act, enter, buyer, claim):
    act(services.answer, claim.id, Answer(0, "没有问题"), by=None, at=clock.now())
    client = enter(buyer)
    address = f"/orders/{see_order(act, claim)}/claims/{claim.id}"
    send(client, see(client, address).form("/escalation"), text="照片很清楚")
    desk = enter(act(make_finance))
    assert "等裁决的售后 1" in see(desk, "/finance").text
    page = see(desk, see(desk, "/platform/claims").link("去处理"))
    assert "照片很清楚" in page.text
    send(desk, page.form("/decision"), outcome="all", text="支持买家")
    assert "已同意退款" in see(client, address).text
    late = desk.post(f"/platform/claims/{claim.id}/decision", data={"outcome": "all"})
    assert late.status_code == 409


def test_a_claim_too_late_is_explained(act, enter, buyer, variant):
    then = clock.now() - timedelta(days=3)
    order = act(lambda: received(buyer, variant, 1, then))
    client = enter(buyer)
    assert "申请售后" not in see(client, f"/orders/{order.number}").text
    part = f"/orders/{order.number}/parts/{order.number}A/claims"
    assert "48 小时" in see(client, f"{part}/new").text
    assert client.post(part, data=FILLED | {"fault": "missing"}).status_code == 409


def test_an_open_claim_takes_the_button_that_confirms_away(act, enter, buyer, variant):
    now = clock.now() - timedelta(hours=1)
    order = act(lambda: dispatched(paid(place(buyer, {variant: 1}, at=now)), at=now))
    client = enter(buyer)
    assert "/receipt" in client.get(f"/orders/{order.number}").text
    send(client, new_claim(client, order), **FILLED | {"fault": "missing"})
    assert "/receipt" not in client.get(f"/orders/{order.number}").text
    client.post(f"/orders/{order.number}/parts/{order.number}A/receipt")
    assert "已完成" not in see(client, f"/orders/{order.number}").text


def see_order(act, claim):
    return act(lambda: db.session.get_one(Claim, claim.id).part.order.number)


# ── How many statements ─────────────────────────────────────────────────────────────────────────


@pytest.mark.sqlite_only
def test_the_desks_ask_the_same_however_many_claims_there_are(
    act, app, enter, buyer, seller, variant
):
    manager, office = enter(act(make_cooperative_member, seller)), enter(act(make_finance))

    def make():
        now = clock.now()
        order = dispatched(paid(place(buyer, {variant: 1}, at=now)), at=now)
        part = order.sub_orders[0]
        draft = ClaimDraft({part.lines[0].id: 1}, Fault.SPOILED, "有坏的")
        claim = services.open_claim(part.id, draft, by=buyer.id, at=now)
        return order, claim

    def asked(client, address):
        with counted_queries(app) as statements:
            see(client, address)
        return len(statements)

    pages = [(manager, "/cooperative/claims"), (office, "/platform/claims?show=all")]
    order, claim = act(make)
    pages += [
        (manager, f"/cooperative/claims/{claim.id}"),
        (enter(buyer), f"/orders/{order.number}"),
    ]
    few = [asked(*page) for page in pages]
    for _ in range(8):
        act(make)
    assert [asked(*page) for page in pages] == few
    assert max(few) <= 25, few

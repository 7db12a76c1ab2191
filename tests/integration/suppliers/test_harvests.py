"""A cooperative's batches on its desk: recorded in a few taps, certified, printed, called back."""

import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from catalog.batches.models import Batch, ConformityCertificate, TestReport
from catalog.products.models import Product, Variant
from orders.claims.models import Claim
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.db import db
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from shop.outbox import OutboxMessage
from tests.factories.catalog import make_batch, make_product, picture_bytes
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page
from tests.parts.queries import counted_queries

KEY = "a-key-for-one-harvest-01"
DESK = "/cooperative/batches"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, client, cooperative):
    account = act(make_cooperative_member, cooperative)
    sign_in(client, account)
    return account


@pytest.fixture
def product(act, cooperative):
    return act(make_product, cooperative, batched=False)


def today():
    return clock.day_of(clock.now())


def harvest(product, **changes):
    given = {
        "key": KEY,
        "product": product.id,
        "harvested_on": today().isoformat(),
        "quantity": "500",
        "weight_unit": "jin",
        "plot": "村东三号棚",
        "inputs": "有机肥",
        "basis": "self_tested",
    }
    return given | changes


def only(act, model):
    return act(lambda: db.session.scalars(select(model)).one())


def batch_of(act, product, **how):
    return act(lambda: make_batch(db.session.get_one(Product, product.id), at=clock.now(), **how))


def certificates(act):
    query = select(ConformityCertificate).order_by(ConformityCertificate.id)
    return act(lambda: db.session.scalars(query).all())


def test_a_harvest_is_recorded_and_certified_in_one_go(act, client, manager, cooperative, product):
    page = client.get(f"{DESK}/new?product={product.id}")
    assert today().isoformat() in page.text
    answer = client.post(DESK, data=harvest(product))
    batch = only(act, Batch)
    assert answer.location == f"{DESK}/{batch.code}"
    assert (batch.quantity_g, batch.plot, batch.inputs) == (250_000, "村东三号棚", "有机肥")
    certificate = only(act, ConformityCertificate)
    assert certificate.product_name == product.name
    assert certificate.quantity_g == 250_000
    assert certificate.origin.startswith("广东省茂名市")
    assert certificate.origin.endswith("石鼓镇上村")
    assert certificate.responsible_party == cooperative.name
    assert certificate.contact == cooperative.phone
    assert certificate.basis == "self_tested"
    assert certificate.harvested_on == today()
    shown = client.get(answer.location).text
    for words in ("承诺达标合格证", "自行检测合格", certificate.number, "250 kg"):
        assert words in shown


def test_the_same_form_makes_one_batch(act, client, manager, product):
    for _ in range(2):
        assert client.post(DESK, data=harvest(product)).status_code == 303
    only(act, Batch)
    only(act, ConformityCertificate)


def test_a_harvest_of_tomorrow_is_refused_beside_the_day(act, client, manager, product):
    tomorrow = (today() + timedelta(days=1)).isoformat()
    answer = client.post(DESK, data=harvest(product, harvested_on=tomorrow))
    assert answer.status_code == 422
    assert "采收日期不能晚于今天" in answer.text
    assert "村东三号棚" in answer.text
    assert act(lambda: db.session.scalars(select(Batch)).all()) == []


@pytest.mark.parametrize(
    ("field", "value"), [("quantity", "0"), ("quantity", "0.0001"), ("basis", ""), ("basis", "x")]
)
def test_what_makes_no_batch_is_said_beside_its_field(act, client, manager, product, field, value):
    answer = client.post(DESK, data=harvest(product, **{field: value}))
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert act(lambda: db.session.scalars(select(Batch)).all()) == []


def test_a_certificate_stays_as_it_was_issued(act, client, manager, cooperative, product):
    client.post(DESK, data=harvest(product))
    batch = only(act, Batch)

    def rename():
        db.session.get_one(Product, product.id).name = "桂味荔枝"
        db.session.get_one(Organisation, cooperative.id).phone = "13911111111"

    act(rename)
    first = only(act, ConformityCertificate)
    assert (first.product_name, first.contact) == (product.name, cooperative.phone)
    client.post(f"{DESK}/{batch.code}/certificates", data={"basis": "laboratory"})
    old, new = certificates(act)
    assert (old.product_name, old.contact) == (product.name, cooperative.phone)
    assert (new.product_name, new.contact) == ("桂味荔枝", "13911111111")
    assert new.replaces_id == old.id
    assert new.number != old.number
    trace = client.get(f"/trace/{batch.code}").text
    assert new.number in trace
    assert old.number in trace
    assert "委托检测合格" in trace


def test_a_correction_issues_a_new_certificate(act, client, manager, product):
    client.post(DESK, data=harvest(product))
    batch = only(act, Batch)
    page = Page(client.get(f"{DESK}/{batch.code}/edit").text)
    form = next(form for form in page.forms if form.action == f"{DESK}/{batch.code}")
    assert (form.fields["quantity"], form.fields["weight_unit"]) == ("250", "kg")
    answer = client.post(f"{DESK}/{batch.code}", data={**form.fields, "quantity": "240"})
    assert answer.status_code == 303
    old, new = certificates(act)
    assert (old.quantity_g, new.quantity_g, new.replaces_id) == (250_000, 240_000, old.id)


def test_a_batch_does_not_shrink_below_what_left_with_it(act, client, manager, product):
    batch = batch_of(act, product, quantity_g=10_000)
    buyer = act(make_resident)
    variant = product.variants[0]
    act(lambda: dispatched(paid(place(buyer, {variant: 2}))))
    fields = {"harvested_on": today().isoformat(), "quantity": "4", "weight_unit": "kg"}
    answer = client.post(f"{DESK}/{batch.code}", data=fields)
    assert answer.status_code == 409
    assert "5 公斤" in answer.text


def test_units_of_a_batch_come_into_the_store(act, client, manager, product):
    batch, variant = batch_of(act, product), product.variants[0]
    before = act(lambda: db.session.get_one(Variant, variant.id).on_hand)
    data = {"variant": variant.id, "quantity": "7"}
    assert client.post(f"{DESK}/{batch.code}/receipts", data=data).status_code == 303
    assert act(lambda: db.session.get_one(Variant, variant.id).on_hand) == before + 7
    assert "× 7" in client.get(f"{DESK}/{batch.code}").text


def test_labels_are_printed_one_by_one_or_on_a_sheet(act, client, manager, product):
    batch = batch_of(act, product)
    one = client.get(f"{DESK}/{batch.code}/label").text
    sheet = client.get(f"{DESK}/{batch.code}/label?paper=a4").text
    assert (one.count("<article"), sheet.count("<article")) == (1, 21)
    for words in ("承诺达标合格证", "☑", batch.code, f"/trace/{batch.code}/qr.svg"):
        assert words in one
    assert "style=" not in one


def test_a_batch_without_a_certificate_has_no_label(act, client, manager, product):
    batch = batch_of(act, product, certified=False)
    assert client.get(f"{DESK}/{batch.code}/label").status_code == 404


@pytest.mark.parametrize(
    ("content", "form"),
    [(PDF, "pdf"), (picture_bytes(), "picture"), (picture_bytes("PNG"), "picture")],
)
def test_a_report_is_shown_to_all_only_if_the_cooperative_says_so(
    act, app, client, manager, product, content, form
):
    batch = batch_of(act, product)
    upload = {"report": (BytesIO(content), "../../报告.exe")}
    assert client.post(f"{DESK}/{batch.code}/reports", data=upload).status_code == 303
    report = only(act, TestReport)
    assert report.form == form
    stranger = app.test_client()
    public = f"/trace/{batch.code}/reports/{report.id}"
    assert stranger.get(public).status_code == 404
    assert "有检测报告，全文由合作社保存" in stranger.get(f"/trace/{batch.code}").text
    own = f"{DESK}/{batch.code}/reports/{report.id}"
    with client.get(own) as shown:
        assert shown.status_code == 200
    client.post(f"{own}/publication")
    with stranger.get(public) as shown:
        assert shown.status_code == 200
        assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert public in stranger.get(f"/trace/{batch.code}").text
    client.post(f"{own}/withdrawal")
    assert stranger.get(public).status_code == 404


def packed(text):
    return b"<</Type/ObjStm/Filter/FlateDecode>>stream\n" + zlib.compress(text) + b"\nendstream"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"MZ\x90\x00 program",
        b"%PDF-1.7\nno end",
        PDF.replace(b"<<>>endobj", b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj", 1),
        PDF.replace(b"<<>>endobj", b"<</S/#4aavaScript>>endobj", 1),
        PDF.replace(b"trailer", b"<</EmbeddedFiles 3 0 R>>trailer"),
        PDF.replace(b"trailer", b"<</Encrypt 3 0 R>>trailer"),
        PDF.replace(b"trailer", packed(b"<</S/JavaScript>>") + b"trailer"),
        PDF.replace(b"trailer", packed(bytes(30_000_000)) + b"trailer"),
        PDF.replace(b"trailer", b"<</ObjStm>>stream\nno zip" + b"trailer"),
        b"\xff\xd8\xff" + PDF,
    ],
    ids=range(12),
)
def test_a_hostile_report_is_refused_clearly(act, client, manager, product, content):
    batch = batch_of(act, product)
    upload = {"report": (BytesIO(content), "report.pdf")}
    answer = client.post(f"{DESK}/{batch.code}/reports", data=upload)
    assert answer.status_code == 422
    assert "report-error" in answer.text
    assert act(lambda: db.session.scalars(select(TestReport)).all()) == []


def test_other_cooperatives_see_and_change_nothing(act, app, client, manager, product):
    batch = batch_of(act, product)
    other = app.test_client()
    sign_in(other, act(make_cooperative_member))
    for path in ("", "/edit", "/label", "/recall", "/recall/buyers.xlsx"):
        assert other.get(f"{DESK}/{batch.code}{path}").status_code == 404
    for path in ("", "/certificates", "/receipts", "/closure", "/reports", "/recall"):
        assert other.post(f"{DESK}/{batch.code}{path}").status_code == 404
    assert other.post(DESK, data=harvest(product)).status_code == 422


def test_the_list_asks_little_however_long_it_is(act, app, client, manager, product):
    def asked():
        with counted_queries(app) as queries:
            assert client.get(DESK).status_code == 200
        return len(queries)

    batch_of(act, product)
    one = max(asked(), asked())
    for _ in range(10):
        batch_of(act, product)
    assert max(asked(), asked()) <= one


# ── Called back ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sold(act, product):
    """A batch of which two buyers have some and a third waits for theirs."""
    batch = batch_of(act, product, quantity_g=100_000)
    variant, now = product.variants[0], clock.now()
    earlier = now - timedelta(days=9)

    def trade():
        buyers = [make_resident() for _ in range(3)]
        orders = [paid(place(buyer, {variant: 2}, at=earlier)) for buyer in buyers]
        accepted(dispatched(orders[0]))
        dispatched(orders[1])
        return buyers, orders

    buyers, orders = act(trade)
    return batch, buyers, orders


def call_back(client, batch, reason="农残超标，检测不合格"):
    return client.post(f"{DESK}/{batch.code}/recall", data={"reason": reason})


def test_a_recall_reaches_every_buyer_once_and_stops_the_rest(
    act, app, client, manager, product, sold
):
    batch, buyers, orders = sold
    assert "2 个订单" in client.get(f"{DESK}/{batch.code}/recall").text
    assert call_back(client, batch).status_code == 303
    assert call_back(client, batch).status_code == 409
    told = select(Notice).where(Notice.letter == "orders/batch_recalled")
    assert {n.account_id for n in act(lambda: db.session.scalars(told).all())} == {
        buyers[0].id,
        buyers[1].id,
    }
    letters = select(OutboxMessage.key).where(OutboxMessage.key.contains("batch_recalled"))
    assert len(act(lambda: db.session.scalars(letters).all())) == 2
    # What lay there for nobody is gone; what waits for the third buyer can't be sent from it.
    row = act(lambda: db.session.get_one(Variant, product.variants[0].id))
    assert row.unheld <= 100 - 6 - 36
    assert act(list_broken) == []
    part = act(lambda: db.session.get_one(type(orders[2]), orders[2].id).sub_orders[0])
    fields = Page(client.get(f"/cooperative/orders/{part.number}").text).forms[-1].fields
    sent = client.post(
        f"/cooperative/orders/{part.number}/dispatch",
        data={**fields, "carrier": "顺丰速运", "numbers": "SF1234567890"},
    )
    assert sent.status_code == 409
    assert product.name in sent.text


def test_the_list_of_a_recall_says_whom_the_news_reached(act, app, client, manager, product, sold):
    batch, buyers, orders = sold
    call_back(client, batch)
    reader = app.test_client()
    sign_in(reader, buyers[0])
    notice = select(Notice).where(Notice.letter == "orders/batch_recalled")
    own = act(lambda: db.session.scalars(notice.where(Notice.account_id == buyers[0].id)).one())
    assert reader.post(f"/account/inbox/{own.id}/reading").status_code == 303
    page = client.get(f"{DESK}/{batch.code}/recall").text
    assert (page.count(">已读<"), page.count(">已通知<")) == (1, 1)
    file = client.get(f"{DESK}/{batch.code}/recall/buyers.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(file.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == [f"{order.number}A" for order in orders[:2]]
    assert rows[1][4] == "13800000000"
    exported = select(AuditEntry).where(AuditEntry.act == "recall.export")
    only_one = act(lambda: db.session.scalars(exported).one())
    assert only_one.account_id == manager.id


def test_a_recalled_batch_can_be_claimed_after_the_usual_time_and_without_a_photo(
    act, app, client, manager, product, sold
):
    batch, buyers, orders = sold
    buyer = app.test_client()
    sign_in(buyer, buyers[0])
    number = orders[0].number
    claim = f"/orders/{number}/parts/{number}A/claims"
    data = {"fault": "spoiled", "text": "召回", "line_1": "2"}
    assert buyer.post(claim, data=data).status_code == 422
    call_back(client, batch)
    assert "请不要食用" in buyer.get(f"/orders/{number}").text
    assert buyer.post(claim, data=data).status_code == 303
    assert only(act, Claim).goods_fen == 2 * product.variants[0].price_fen
    assert ">已申请售后<" in client.get(f"{DESK}/{batch.code}/recall").text


def test_an_administrator_can_call_any_batch_back(act, app, client, manager, product, sold):
    batch, _, _ = sold
    office = app.test_client()
    sign_in(office, act(make_administrator))
    found = office.get(f"/platform/recalls?code={batch.code.lower()}")
    assert found.location == f"/platform/recalls/{batch.code}"
    assert "没有这个批次编号" in office.get("/platform/recalls?code=NONE").text
    answer = office.post(found.location, data={"reason": "抽检不合格"})
    assert answer.status_code == 303
    assert "抽检不合格" in office.get(found.location).text
    assert batch.code in office.get("/platform/recalls").text
    assert office.get(f"{found.location}/buyers.xlsx").status_code == 200


def test_a_recall_needs_a_reason(act, client, manager, product, sold):
    assert call_back(client, sold[0], reason="坏").status_code == 422
    assert act(lambda: db.session.get_one(Batch, sold[0].id).recall) is None

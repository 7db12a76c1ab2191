"""Invoices: asked for after acceptance, never above what was kept, taken back by red ones."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from catalog.stock.services import take_back
from orders.invoices.errors import NothingToInvoice, NumberTaken
from orders.invoices.models import (
    Invoice,
    InvoiceDocument,
    InvoiceItem,
    InvoiceTitle,
    TaxRate,
    TitleKind,
)
from orders.invoices.queries import Reader, get_invoice, get_items
from orders.invoices.rules import InvoiceState, Title, state_of
from orders.invoices.services import invoices as services
from orders.records.models import OrderLine, SubOrder
from orders.refunds.services.grants import Item, grant_items
from shop import clock
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Account
from shop.db import db
from shop.errors import DomainError
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from shop.outbox import OutboxMessage
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_credit_code,
    make_enterprise_member,
    make_finance,
    make_official,
    make_resident,
    sign_in,
)
from tests.parts.pages import see
from tests.parts.queries import counted_queries
from tests.parts.tables import read_csv

AT = clock.now() - timedelta(days=10)
TODAY = clock.day_of(clock.now())
TITLE = Title(TitleKind.PERSONAL, "何小满", "", "he@shop.example", "")
FIELDS = {"kind": "personal", "name": "何小满", "email": "he@shop.example"}


def parts_of(act, order):
    query = select(SubOrder).filter_by(order_id=order.id).order_by(SubOrder.id)
    return act(lambda: db.session.scalars(query.options(selectinload(SubOrder.lines))).all())


def number_of(digit):
    return f"2644{digit:016d}"


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, price_fen=1000)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def order(act, buyer, manager, variant):
    """Three boxes at 10.00 and their freight, accepted a week ago."""
    return act(lambda: accepted(dispatched(paid(place(buyer, {variant: 3}, at=AT)))))


@pytest.fixture
def part(act, order):
    return parts_of(act, order)[0]


def client_of(app, account):
    client = app.test_client()
    sign_in(client, account)
    return client


def requested(act, part, buyer):
    return act(services.request_invoices, [part.id], TITLE, by=buyer.id, at=clock.now())[0]


def issued(act, invoice, digit=1):
    at = clock.now()
    by = act(lambda: db.session.scalar(select(func.min(Account.id))))
    return act(services.issue, invoice.id, number_of(digit), TODAY, by=by, at=at)


def refund(act, order, amount_fen, *, quantity=0, freight=False):
    part = parts_of(act, order)[0]

    def grant():
        line = part.lines[0]
        items = [Item(part.id, line.id, quantity, amount_fen)] if amount_fen else []
        if freight:
            items.append(Item(part.id, None, 0, part.freight_fen))
        if quantity:
            back = db.session.get_one(OrderLine, line.id)
            back.returned_quantity += quantity
            take_back(line.variant_id, quantity, by=None, at=clock.now(), reference=part.number)
        grant_items(order.id, items, "坏果", by=None, at=clock.now())

    act(grant)


def state(act, invoice):
    return act(lambda: state_of(get_invoice(Reader(None), invoice.id)))


def told(act, letter):
    query = select(func.count(Notice.id)).where(Notice.letter == f"orders/{letter}")
    return act(lambda: db.session.scalar(query))


def test_an_invoice_goes_from_the_request_to_the_buyers_hands(
    app, act, order, part, buyer, manager
):
    client, desk = client_of(app, buyer), client_of(app, manager)
    address = f"/orders/{order.number}/invoices"
    asked = see(client, address).text
    assert "个人" in asked
    assert "personal" not in asked
    answer = client.post(address, data=FIELDS | {"parts": part.number})
    assert answer.status_code == 303
    assert "待开票" in see(client, address).text
    assert told(act, "invoice_requested") == 1
    invoice = act(lambda: db.session.scalars(select(Invoice)).one())
    page = see(desk, f"/invoices/{invoice.id}").text
    assert "何小满" in page
    assert page.count("免税") > 1
    assert "exempt" not in page
    sent = {"number": number_of(1), "issued_on": TODAY.isoformat()}
    line = (
        part.lines[0].id
        if "lines" in vars(part)
        else act(lambda: db.session.scalar(select(OrderLine.id)))
    )
    answer = desk.post(f"/invoices/{invoice.id}/issuance", data=sent | {f"rate_{line}": "9"})
    assert answer.status_code == 303, answer.text
    assert number_of(1) in see(client, address).text
    assert told(act, "invoice_issued") == 1
    desk.post(f"/invoices/{invoice.id}/sending")
    assert state(act, invoice) is InvoiceState.SENT
    items = act(lambda: db.session.scalars(select(InvoiceItem).order_by(InvoiceItem.id)).all())
    first = items[0]
    assert (first.quantity, first.amount_fen, first.rate) == (3, 3000, TaxRate.NINE)
    assert sum(item.amount_fen for item in items) == 3000 + part.freight_fen
    assert act(list_broken) == []


def test_the_invoice_is_told_to_the_address_it_was_asked_for_too(act, order, part, buyer):
    issued(act, requested(act, part, buyer))
    query = select(OutboxMessage).where(OutboxMessage.key.contains("invoice_issued"))
    told = act(lambda: db.session.scalars(query.order_by(OutboxMessage.id)).all())
    assert [each.payload["to"] for each in told] == [buyer.email, TITLE.email]


def test_what_was_not_accepted_has_no_invoice_yet(app, act, buyer, variant):
    order = act(lambda: paid(place(buyer, {variant: 1}, at=AT)))
    client = client_of(app, buyer)
    address = f"/orders/{order.number}/invoices"
    assert "确认收货之后" in see(client, address).text
    answer = client.post(address, data=FIELDS | {"parts": f"{order.number}A"})
    assert answer.status_code == 422
    assert act(lambda: db.session.scalar(select(func.count(Invoice.id)))) == 0


def test_a_unit_needs_its_tax_code_and_a_wrong_one_is_refused(app, act, order, part, buyer):
    client = client_of(app, buyer)
    address = f"/orders/{order.number}/invoices"
    code = make_credit_code(77)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    unit = FIELDS | {"kind": "enterprise", "name": "示例单位", "parts": part.number}
    for bad in ("", wrong, "12345", "91440400MA"):
        answer = client.post(address, data=unit | {"tax_code": bad})
        assert answer.status_code == 422
        assert "税号" in answer.text
    assert client.post(address, data=unit | {"tax_code": f" {code.lower()} "}).status_code == 303
    title = act(lambda: db.session.scalars(select(InvoiceTitle)).one())
    assert title.tax_code == code


def test_one_unit_asks_for_all_parts_at_once_and_finds_its_title_the_next_time(app, act, variant):
    member = act(make_enterprise_member)
    other = act(make_variant, act(make_cooperative))
    wanted = {variant: 5, other: 5}
    order = act(lambda: accepted(dispatched(paid(place(member, wanted, for_unit=True, at=AT)))))
    client = client_of(app, member)
    address = f"/orders/{order.number}/invoices"
    form = next(form for form in see(client, address).forms if form.action == address)
    employer = act(lambda: db.session.get_one(Organisation, order.organisation_id))
    assert form.fields["name"] == employer.name
    assert form.fields["tax_code"] == employer.credit_code
    numbers = [part.number for part in parts_of(act, order)]
    sent = {**form.fields, "name": "示例单位工会", "parts": numbers}
    assert client.post(address, data=sent).status_code == 303
    assert act(lambda: db.session.scalar(select(func.count(Invoice.id)))) == 2
    again = act(lambda: accepted(dispatched(paid(place(member, wanted, for_unit=True, at=AT)))))
    page = see(client, f"/orders/{again.number}/invoices")
    form = next(form for form in page.forms if form.action.endswith("/invoices"))
    assert form.fields["name"] == "示例单位工会"


def test_a_part_has_one_open_invoice_however_often_it_is_asked_for(app, act, order, part, buyer):
    ready = Barrier(3)

    def ask():
        ready.wait()
        try:
            requested(act, part, buyer)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(3) as people:
        answers = [each.result() for each in [people.submit(ask) for _ in range(3)]]
    assert sorted(answers) == [False, False, True]
    assert act(lambda: db.session.scalar(select(func.count(Invoice.id)))) == 1


def test_a_line_refunded_in_full_is_not_on_the_invoice(act, order, part, buyer):
    refund(act, order, 3000, quantity=3)
    invoice = requested(act, part, buyer)
    items = act(lambda: get_items(get_invoice(Reader(None), invoice.id).sub_order))
    assert [item.name for item in items] == ["运费"]


def test_what_was_refunded_in_part_lowers_quantity_and_amount(act, order, part, buyer):
    refund(act, order, 1000, quantity=1)
    refund(act, order, 500)
    invoice = issued(act, requested(act, part, buyer))
    item = act(lambda: db.session.scalars(select(InvoiceItem).order_by(InvoiceItem.id)).first())
    assert (item.quantity, item.amount_fen) == (2, 1500)
    assert state(act, invoice) is InvoiceState.ISSUED
    assert act(list_broken) == []


def test_a_part_refunded_in_full_cannot_be_invoiced(app, act, order, part, buyer):
    refund(act, order, 3000, quantity=3, freight=True)
    with pytest.raises(NothingToInvoice):
        requested(act, part, buyer)
    assert (
        "没有可以开票的金额" in see(client_of(app, buyer), f"/orders/{order.number}/invoices").text
    )


def test_a_request_whose_money_all_goes_back_is_closed_and_the_buyer_told(act, order, part, buyer):
    invoice = requested(act, part, buyer)
    refund(act, order, 3000, quantity=3, freight=True)
    assert state(act, invoice) is InvoiceState.REJECTED
    assert told(act, "invoice_rejected") == 1


def test_a_refund_after_the_invoice_asks_for_a_red_one_and_a_new_one_for_the_rest(
    app, act, order, part, buyer, manager
):
    invoice = issued(act, requested(act, part, buyer))
    refund(act, order, 1000, quantity=1)
    assert state(act, invoice) is InvoiceState.TOO_HIGH
    assert told(act, "invoice_too_high") == 1
    desk = client_of(app, manager)
    assert "去冲红" in see(desk, "/invoices?show=too_high").text
    sent = {"number": number_of(2), "issued_on": TODAY.isoformat()}
    answer = desk.post(f"/invoices/{invoice.id}/reversal", data=sent)
    assert answer.status_code == 303, answer.text
    assert state(act, invoice) is InvoiceState.REVERSED
    rest = act(
        lambda: db.session.scalars(select(Invoice).where(Invoice.replaces_id.is_not(None))).one()
    )
    assert rest.title_name == "何小满"
    issued(act, rest, digit=3)
    blue = act(lambda: get_invoice(Reader(None), rest.id).blue)
    assert blue.amount_fen == 2000 + part.freight_fen
    assert act(list_broken) == []


def test_after_everything_went_back_the_reversal_is_the_end(act, order, part, buyer):
    invoice = issued(act, requested(act, part, buyer))
    refund(act, order, 3000, quantity=3, freight=True)
    at = clock.now()
    assert act(services.reverse, invoice.id, number_of(2), TODAY, by=buyer.id, at=at) is None
    assert act(lambda: db.session.scalar(select(func.count(Invoice.id)))) == 1


def test_a_refund_racing_the_invoice_never_leaves_one_that_is_too_high_unnoticed(
    act, order, part, buyer
):
    invoice = requested(act, part, buyer)
    ready = Barrier(2)

    def first():
        ready.wait()
        issued(act, invoice)

    def second():
        ready.wait()
        refund(act, order, 1000, quantity=1)

    with ThreadPoolExecutor(2) as people:
        for each in [people.submit(first), people.submit(second)]:
            each.result()
    blue = act(lambda: get_invoice(Reader(None), invoice.id).blue)
    is_lower = blue.amount_fen == 2000 + part.freight_fen
    assert state(act, invoice) is (InvoiceState.ISSUED if is_lower else InvoiceState.TOO_HIGH)
    assert act(list_broken) == []


def test_a_number_is_used_once(act, order, part, buyer, variant):
    issued(act, requested(act, part, buyer))
    other = act(lambda: accepted(dispatched(paid(place(buyer, {variant: 1}, at=AT)))))
    invoice = requested(act, parts_of(act, other)[0], buyer)
    with pytest.raises(NumberTaken):
        issued(act, invoice)
    assert state(act, invoice) is InvoiceState.REQUESTED
    assert act(lambda: db.session.scalar(select(func.count(InvoiceItem.id)))) == 2


@pytest.mark.parametrize(
    "sent",
    [
        {"number": "123"},
        {"number": "2" * 19 + "x"},
        {"number": ""},
        {"issued_on": "2021-01-02"},
        {"issued_on": (TODAY + timedelta(days=1)).isoformat()},
        {"rate": "17"},
    ],
)
def test_what_cannot_be_an_invoice_is_explained_and_changes_nothing(
    app, act, order, part, buyer, manager, sent
):
    invoice = requested(act, part, buyer)
    line = part.lines[0].id
    fields = {"number": number_of(1), "issued_on": TODAY.isoformat(), "rate": "9"} | sent
    fields[f"rate_{line}"] = fields.pop("rate")
    answer = client_of(app, manager).post(f"/invoices/{invoice.id}/issuance", data=fields)
    assert answer.status_code == 422
    assert state(act, invoice) is InvoiceState.REQUESTED
    assert act(lambda: db.session.scalar(select(func.count(InvoiceItem.id)))) == 0


def test_a_request_is_rejected_for_a_reason_and_can_be_made_again(
    app, act, order, part, buyer, manager
):
    invoice = requested(act, part, buyer)
    desk, address = client_of(app, manager), f"/orders/{order.number}/invoices"
    assert desk.post(f"/invoices/{invoice.id}/rejection", data={"reason": ""}).status_code == 422
    desk.post(f"/invoices/{invoice.id}/rejection", data={"reason": "抬头不是全称"})
    client = client_of(app, buyer)
    assert "抬头不是全称" in see(client, address).text
    assert client.post(address, data=FIELDS | {"parts": part.number}).status_code == 303


def test_a_buyer_takes_a_request_back_until_it_is_issued(app, act, order, part, buyer):
    client, address = client_of(app, buyer), f"/orders/{order.number}/invoices"
    invoice = requested(act, part, buyer)
    client.post(f"{address}/{invoice.id}/withdrawal")
    assert state(act, invoice) is InvoiceState.WITHDRAWN
    second = issued(act, requested(act, part, buyer))
    client.post(f"{address}/{second.id}/withdrawal")
    assert state(act, second) is InvoiceState.ISSUED


def test_a_cooperative_sees_its_own_and_finance_sees_all(app, act, order, part, buyer, manager):
    invoice = requested(act, part, buyer)
    stranger = client_of(app, act(lambda: make_cooperative_member(make_cooperative())))
    assert stranger.get(f"/invoices/{invoice.id}").status_code == 404
    assert "何小满" not in see(stranger, "/invoices").text
    for one in (manager, act(make_finance)):
        assert "何小满" in see(client_of(app, one), "/invoices").text


def sheet(rows, head=("订单号", "发票号码", "开票日期")):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for line, row in enumerate([["开票清单"], head, *rows]):
            page.write_row(line, 0, [str(cell) for cell in row])
    return file.getvalue()


def upload(desk, content, mode="whole", name="numbers.xlsx"):
    data = {"file": (io.BytesIO(content), name), "mode": mode}
    return desk.post("/invoices/import", data=data, content_type="multipart/form-data")


def test_a_sheet_of_numbers_is_taken_in_and_the_same_again_doubles_nothing(
    app, act, buyer, manager, variant
):
    orders = [
        act(lambda: accepted(dispatched(paid(place(buyer, {variant: 1}, at=AT))))) for _ in range(3)
    ]
    parts = [parts_of(act, order)[0] for order in orders]
    invoices = [requested(act, part, buyer) for part in parts]
    desk = client_of(app, manager)
    rows = [(part.number, number_of(digit), TODAY) for digit, part in enumerate(parts)]
    for _ in range(2):
        answer = upload(desk, sheet(rows))
        assert answer.status_code == 303, answer.text
    assert {state(act, invoice) for invoice in invoices} == {InvoiceState.ISSUED}
    assert act(lambda: db.session.scalar(select(func.count(InvoiceDocument.id)))) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_in_either_encoding_is_read_and_good_rows_are_kept_if_wanted(
    app, act, order, part, buyer, manager, encoding
):
    invoice = requested(act, part, buyer)
    day = f"{TODAY:%Y/%m/%d}"
    lines = [
        "订单号,发票号码,开票日期",
        f"{part.number},{number_of(1)},{day}",
        f"C1,{number_of(2)},{day}",
        f"{part.number},=1+1,{day}",
        f"{part.number},{number_of(3)},昨天",
    ]
    content = "\r\n".join(lines).encode(encoding)
    desk = client_of(app, manager)
    refused = upload(desk, content, name="numbers.csv")
    assert refused.status_code == 422
    assert "整份都没有登记" in refused.text
    for line in ("第 3 行", "第 4 行", "第 5 行"):
        assert line in refused.text
    assert state(act, invoice) is InvoiceState.REQUESTED
    kept = upload(desk, content, "good", "numbers.csv")
    assert kept.status_code == 422
    assert "登记了 1 张" in kept.text
    assert state(act, invoice) is InvoiceState.ISSUED


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xlsx", b"", "文件是空的"),
        ("a.xlsx", b"\x00\x01\x02", "只能导入 CSV 或 XLSX"),
        ("a.xlsx", b"PK\x03\x04 no zip", "已损坏"),
        ("a.csv", "姓名,电话\n甲,1".encode(), "读不出这个文件"),
        ("a.csv", b"\xff\xfe\x41", "文字编码认不出来"),
    ],
)
def test_a_file_that_is_no_such_sheet_is_refused_whole(app, act, manager, name, content, reason):
    answer = upload(client_of(app, manager), content, name=name)
    assert answer.status_code == 422
    assert reason in answer.text


def test_a_cooperative_imports_nothing_into_another_ones_invoices(app, act, order, part, buyer):
    invoice = requested(act, part, buyer)
    stranger = client_of(app, act(lambda: make_cooperative_member(make_cooperative())))
    answer = upload(stranger, sheet([(part.number, number_of(1), TODAY)]), "good")
    assert answer.status_code == 422
    assert state(act, invoice) is InvoiceState.REQUESTED


def test_the_detail_ledger_names_the_invoice_that_holds(app, act, order, part, buyer):
    invoice = issued(act, requested(act, part, buyer))
    official = client_of(app, act(make_official))
    month = f"{clock.day_of(AT):%Y-%m}"
    address = f"/statistics/exports/detail.csv?from={month}&to={TODAY:%Y-%m}"

    def numbers():
        rows = read_csv(official.get(address).data, "发票号码").rows
        return {row["发票号码"] for row in rows}

    assert numbers() == {number_of(1)}
    refund(act, order, 1000, quantity=1)
    by = buyer.id
    act(services.reverse, invoice.id, number_of(2), TODAY, by=by, at=clock.now())
    assert numbers() == {""}


def test_the_desk_asks_no_more_for_more_invoices(app, act, buyer, manager, variant):
    desk = client_of(app, manager)

    def one_more():
        order = act(lambda: accepted(dispatched(paid(place(buyer, {variant: 1}, at=AT)))))
        issued(act, requested(act, parts_of(act, order)[0], buyer), digit=order.id)

    one_more()
    with counted_queries(app) as few:
        desk.get("/invoices?show=issued")
    for _ in range(4):
        one_more()
    with counted_queries(app) as many:
        desk.get("/invoices?show=issued")
    assert len(many) == len(few)

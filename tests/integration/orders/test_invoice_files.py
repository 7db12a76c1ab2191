"""The files of invoices: looked at before they are kept, and only for those they concern."""

import os
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from orders.invoices.gateways.document_file import MOST_BYTES, files_folder
from orders.invoices.handlers import STRAY_FILES_KEPT, forget_stray_files
from orders.invoices.models import InvoiceFile, TitleKind
from orders.invoices.rules import Title
from orders.invoices.services.invoices import issue, request_invoices
from shop import clock
from shop.accounts.notices.models import Notice
from shop.db import db
from tests.factories.catalog import make_variant
from tests.factories.invoices import PDF, an_ofd, an_xml
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_finance,
    make_official,
    make_resident,
    sign_in,
)
from tests.parts.pages import see

NUMBER = "26440000000000000001"
TITLE = Title(TitleKind.PERSONAL, "何小满", "", "he@shop.example", "")
A_BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>'


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def order(act, buyer, cooperative):
    at = clock.now() - timedelta(days=9)
    variant = act(make_variant, cooperative)
    return act(lambda: accepted(dispatched(paid(place(buyer, {variant: 1}, at=at)))))


@pytest.fixture
def invoice(act, order, buyer, manager):
    def make():
        now = clock.now()
        part_id = db.session.merge(order).sub_orders[0].id
        asked = request_invoices([part_id], TITLE, by=buyer.id, at=now)[0]
        return issue(asked.id, NUMBER, clock.day_of(now), by=manager.id, at=now)

    return act(make)


@pytest.fixture
def enter(app):
    def browser(account):
        client = app.test_client()
        sign_in(client, account)
        return client

    return browser


def bring(client, invoice, content, name="发票.pdf"):
    data = {"file": (BytesIO(content), name)}
    address = f"/invoices/{invoice.id}/files"
    answer = client.post(address, data=data, content_type="multipart/form-data")
    # The client writes what is long into a file of its own.
    answer.request.environ["wsgi.input"].close()
    return answer


def files(act):
    query = select(InvoiceFile).order_by(InvoiceFile.id)
    return act(lambda: db.session.scalars(query).all())


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "pdf"), (an_ofd(), "ofd"), (an_xml(NUMBER), "xml")],
    ids=["pdf", "ofd", "xml"],
)
def test_a_file_is_told_by_its_content_and_given_out_to_be_saved(
    act, enter, buyer, manager, order, invoice, content, kind
):
    # Whatever it is called.
    assert bring(enter(manager), invoice, content, "a.html").status_code == 303
    page = see(enter(buyer), f"/orders/{order.number}/invoices")
    with enter(buyer).get(page.link(f"下载 {kind.upper()} {NUMBER}")) as answer:
        assert answer.data == content
        disposition = answer.headers["Content-Disposition"]
        assert disposition == f"attachment; filename={NUMBER}.{kind}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.mimetype == "application/octet-stream"
        assert "no-store" in answer.headers["Cache-Control"]
    letters = act(
        lambda: db.session.scalars(select(Notice.letter).filter_by(account_id=buyer.id)).all()
    )
    assert letters.count("orders/invoice_file") == 1


def test_only_its_buyer_its_cooperative_and_finance_fetch_it(
    act, app, enter, buyer, manager, invoice
):
    bring(enter(manager), invoice, PDF)
    address = f"/invoices/files/{files(act)[0].id}"
    for account in (buyer, manager, act(make_finance)):
        with enter(account).get(address) as answer:
            assert answer.status_code == 200
    others = [
        act(make_resident),
        act(lambda: make_cooperative_member(make_cooperative())),
        act(make_administrator),
        act(make_official),
    ]
    assert [enter(account).get(address).status_code for account in others] == [404] * 4
    assert app.test_client().get(address).status_code == 302
    sha256 = files(act)[0].sha256
    with app.test_client().get(f"/pictures/{sha256}.webp") as elsewhere:
        assert elsewhere.status_code == 404


def test_nobody_else_brings_a_file(act, enter, buyer, invoice):
    assert bring(enter(buyer), invoice, PDF).status_code == 403
    stranger = act(lambda: make_cooperative_member(make_cooperative()))
    assert bring(enter(stranger), invoice, PDF).status_code == 404
    assert files(act) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<html><script>alert(1)</script></html>", "文件里没有这个发票号码"),
        (b"just words", "不是完好的"),
        (b"MZ\x90\x00", "不是完好的"),
        (PDF[:30], "不是完好的"),
        (PDF.replace(b"<<>>", b"<</S/JavaScript/JS(app.alert(1))>>", 1), "不是完好的"),
        (PDF + b"0" * MOST_BYTES, "不能超过 5 MB"),
        (an_ofd()[:60], "不是完好的"),
        (an_ofd(name="word/document.xml"), "不是完好的"),
        (an_ofd(padding=60_000_000), "不是完好的"),
        (an_ofd(entry=A_BOMB + "<a>&c;</a>"), "不是完好的"),
        (an_xml(NUMBER, head=A_BOMB), "不是完好的"),
        (an_xml(NUMBER)[:-4], "不是完好的"),
        (an_xml("26440000000000000002"), "文件里没有这个发票号码"),
        (b"", "不是完好的"),
    ],
    ids=[
        "a page",
        "words",
        "a program",
        "half a pdf",
        "a script in a pdf",
        "too large",
        "half an ofd",
        "a letter",
        "a bomb of zeros",
        "a bomb in an ofd",
        "a bomb of entities",
        "half an xml",
        "another invoice",
        "nothing",
    ],
)
def test_what_is_no_invoice_is_explained_beside_the_field_and_not_kept(
    act, enter, settings, manager, invoice, content, says
):
    before = set(files_folder(settings).glob("*"))
    answer = bring(enter(manager), invoice, content)
    assert answer.status_code == 422
    assert says in answer.text
    assert files(act) == []
    assert set(files_folder(settings).glob("*")) == before


def test_another_file_of_its_kind_replaces_one_and_the_same_again_changes_nothing(
    act, enter, buyer, manager, invoice
):
    client = enter(manager)
    for content in (PDF, PDF, an_ofd(), PDF + b"\n"):
        assert bring(client, invoice, content).status_code == 303
    first, ofd, second = files(act)
    assert (first.replaced_at is not None, second.replaced_at) == (True, None)
    assert enter(buyer).get(f"/invoices/files/{first.id}").status_code == 404
    for file in (ofd, second):
        with enter(buyer).get(f"/invoices/files/{file.id}") as answer:
            assert answer.status_code == 200


def test_files_of_which_no_row_speaks_are_deleted_after_a_while(
    act, app, enter, settings, manager, invoice
):
    bring(enter(manager), invoice, PDF)
    folder = files_folder(settings)
    stray = folder / f"{'0' * 64}.pdf"
    stray.write_bytes(b"left over")
    long_ago = (clock.now() - STRAY_FILES_KEPT * 2).timestamp()
    for file in folder.iterdir():
        os.utime(file, (long_ago, long_ago))
    with app.app_context():
        forget_stray_files(clock.now())
    assert not stray.exists()
    assert (folder / f"{files(act)[0].sha256}.pdf").exists()

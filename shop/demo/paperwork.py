"""The demo's invoices, one in each state, and a letter that could not be delivered."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from orders.invoices.gateways.document_file import files_folder, kind_of
from orders.invoices.models import Invoice, InvoiceDocument, TitleKind
from orders.invoices.rules import Title
from orders.invoices.services.files import add_file
from orders.invoices.services.invoices import issue, mark_sent, reject, request_invoices
from orders.records.models import Order, SubOrder
from orders.refunds.services.grants import Item, grant_items
from shop import clock, mail
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Account
from shop.db import db, transaction
from shop.demo.people import Seller
from shop.organisations.models import Organisation
from shop.outbox import MAX_ATTEMPTS, OutboxMessage
from shop.uploads import keep

# So many of a cooperative's last sales are invoiced.
INVOICES = 9
UNREAD = timedelta(days=2)
# A number that no tax bureau would give: it begins with the zeros of nowhere.
NUMBER = "0000000000000{:07d}"
# The form that programs read; the demo has no tax bureau to draw a page.
FILE = '<?xml version="1.0" encoding="UTF-8"?><EInvoice><Number>{}</Number></EInvoice>'
GONE = "moved-away@demo.example"


def file(seller: Seller, at: datetime) -> None:
    """Buyers ask the cooperative for invoices; it issues most of them."""
    for place, part in enumerate(_accepted_parts(seller.cooperative_id)):
        _invoice(place, part, seller, at)


def read_old_notices(at: datetime) -> None:
    """People have read what they were told, but for the last days."""
    old = at - UNREAD
    with transaction():
        db.session.execute(
            update(Notice).where(Notice.created_at < old).values(read_at=Notice.created_at)
        )


def lose_a_letter(at: datetime) -> None:
    """A letter that the mail server refused until the shop gave it up."""
    context = {"number": "C-DEMO", "amount_fen": 3600, "reason": "演示", "path": "/orders"}
    with transaction():
        mail.post(GONE, "orders/refund_moved", context, key="demo:lost", at=at)
        query = select(OutboxMessage).where(OutboxMessage.key == "mail:demo:lost")
        message = db.session.scalars(query).one()
        message.attempts, message.dead_at = MAX_ATTEMPTS, at
        message.last_error = f"SMTPRecipientsRefused: {GONE}: 550 no such mailbox"


def _accepted_parts(cooperative_id: int) -> list[SubOrder]:
    query = (
        select(SubOrder)
        .where(SubOrder.cooperative_id == cooperative_id, SubOrder.accepted_at.is_not(None))
        .options(selectinload(SubOrder.lines), selectinload(SubOrder.order))
        .order_by(SubOrder.accepted_at.desc())
        .limit(INVOICES)
    )
    return list(db.session.scalars(query))


def _invoice(place: int, part: SubOrder, seller: Seller, at: datetime) -> None:
    """What becomes of a request depends on its place: the first few still wait."""
    order, line_id = part.order, part.lines[0].id
    part_id, order_id, amount_fen = part.id, order.id, part.lines[0].amount_fen
    asked_at = at - timedelta(hours=30 - place)
    with transaction():
        title = _title(db.session.get_one(Order, order_id))
        invoice = request_invoices([part_id], title, by=order.account_id, at=asked_at)[0]
        _answer(place, invoice, seller, asked_at + timedelta(hours=2))
    if place in (7, 8):
        with transaction():
            item = Item(part_id, line_id, 0, amount_fen // 5 or 1)
            grant_items(order_id, [item], "有几个坏果", by=seller.manager_id, at=at)


def _answer(place: int, invoice: Invoice, seller: Seller, at: datetime) -> None:
    by = seller.manager_id
    if place in (0, 1, 2):
        return
    if place == 3:
        reject(invoice.id, "抬头请写单位全称", by=by, at=at)
        return
    number = NUMBER.format(invoice.id)
    document = issue(invoice.id, number, clock.day_of(at), by=by, at=at).documents[0]
    if place in (4, 5):
        _add_file(invoice.id, document, by=by, at=at + timedelta(minutes=3))
    if place in (5, 6):
        mark_sent(invoice.id, by=by, at=at + timedelta(minutes=5))


def _add_file(invoice_id: int, document: InvoiceDocument, *, by: int, at: datetime) -> None:
    content = FILE.format(document.number).encode()
    kind = kind_of(content, document.number)
    sha256 = keep(content, files_folder(current_app.config["SETTINGS"]), f".{kind}")
    add_file(invoice_id, document.id, kind, sha256, len(content), by=by, at=at)


def _title(order: Order) -> Title:
    person = db.session.get_one(Account, order.account_id)
    email, phone = person.email or "", person.phone or ""
    if order.organisation_id is None:
        return Title(TitleKind.PERSONAL, person.name, "", email, phone)
    unit = db.session.get_one(Organisation, order.organisation_id)
    return Title(TitleKind.ENTERPRISE, unit.name, unit.credit_code, email, phone)

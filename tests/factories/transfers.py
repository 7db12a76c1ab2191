"""Bank statements as banks export them, and receipts taken from them."""

import csv
from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO, StringIO
from itertools import count
from typing import Any

from sqlalchemy import select
from xlsxwriter import Workbook

from orders.payments.models import Payment, PaymentAttempt
from orders.payments.rules import spoken
from orders.payments.services import capture_transfer
from orders.records.models import Order
from orders.transfers.models import (
    BankReceipt,
    Decision,
    MatchedReceipt,
    Purpose,
    ReceiptMatch,
)
from orders.transfers.rules import read
from orders.transfers.services.statements import import_statement, stage
from shop import clock
from shop.db import db
from shop.money import yuan
from tests.factories.people import make_finance

HEAD = ["交易日期", "收入金额", "支出金额", "对方户名", "对方账号", "附言", "交易流水号"]
_numbers = count(1)


def incoming(amount: Any, remark: str = "", **changes: Any) -> list[Any]:
    """A row about money that came in today."""
    number = next(_numbers)
    given = {
        "day": clock.day_of(clock.now()).isoformat(),
        "out": "",
        "payer": "珠海示例机关工会",
        "account": "6222 0000 1111 2222",
        "reference": f"HK{number:010d}",
    } | changes
    before = [given["day"], amount, given["out"], given["payer"], given["account"]]
    return [*before, remark, given["reference"]]


def as_csv(
    rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig", delimiter: str = ","
) -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook in which days are days and numbers numbers."""
    file = BytesIO()
    book = Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, date) and not isinstance(cell, datetime):
                sheet.write_datetime(row, column, datetime.combine(cell, time.min), days)
            else:
                sheet.write(row, column, cell)
    book.close()
    return file.getvalue()


def code_of(order: Order) -> str:
    """The matching code of an order that waits for a transfer, as people write it."""
    query = select(Payment.transfer_code).where(Payment.order_id == order.id)
    return spoken(str(db.session.scalars(query).one()))


def received(amount_fen: int, remark: str = "", *, by: int, **changes: Any) -> BankReceipt:
    """Money that came in, taken in by somebody. Call it inside an act."""
    rows = [HEAD, incoming(yuan(amount_fen), remark, **changes)]
    number, now = next(_numbers), clock.now()
    reading = read([[str(cell) for cell in row] for row in rows], clock.day_of(now))
    statement = stage(f"流水{number}.csv", f"{number:064d}", reading, by=by, at=now)
    import_statement(statement.id, by=by, at=now)
    query = select(BankReceipt).where(BankReceipt.statement_id == statement.id)
    return db.session.scalars(query).one()


def transferred(payment_id: int, amount_fen: int, *, at: datetime) -> PaymentAttempt:
    """Money that came by transfer and was matched to an order, whatever the order waits for."""
    receipt = received(amount_fen, by=make_finance().id)
    match = ReceiptMatch(
        purpose=Purpose.ORDER,
        payment_id=payment_id,
        amount_fen=amount_fen,
        proposed_at=at,
        decision=Decision.CONFIRMED,
        decided_at=at,
        receipts=[MatchedReceipt(receipt_id=receipt.id)],
    )
    db.session.add(match)
    attempt = capture_transfer(payment_id, amount_fen, at=at)
    match.attempt_id = attempt.id
    return attempt

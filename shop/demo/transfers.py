"""Enterprises that pay by bank transfer, and what finance has to do about it today.

One transfer has paid by itself, one was too little, one too much (a colleague has proposed what to
do), one came without its code; a second statement waits to be looked at, and one order for money.
"""

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import StringIO

from flask import current_app
from sqlalchemy import select

from orders.cart.queries import Owner, get_quote
from orders.cart.services import add
from orders.checkout.services import Consent, place_order
from orders.payments.models import Payment
from orders.payments.rules import spoken
from orders.transfers.handlers import match_receipts, stage_file
from orders.transfers.models import BankReceipt
from orders.transfers.queries.receipts import get_payment
from orders.transfers.services.matches import propose_match
from orders.transfers.services.statements import import_statement
from shop import clock
from shop.accounts.people.models import Account
from shop.accounts.people.services import Delivery
from shop.config import Settings
from shop.db import db, transaction
from shop.demo.history import HOMES
from shop.demo.market import Ware, fill_up
from shop.demo.people import Buyer, People
from shop.money import yuan

HEAD = ("交易日期", "收入金额", "支出金额", "对方户名", "对方账号", "附言", "交易流水号")
# What came for the orders of the first statement: so much more or less than due, in fen, and
# whether with the matching code.
CAME = ((0, True), (-5_000, True), (3_000, True), (0, False))


def bring(people: People, wares: list[Ware], at: datetime) -> None:
    """Place the orders of the last two days, and take in yesterday's statement."""
    units = [buyer for buyer in people.buyers if buyer.is_unit]
    month = clock.day_of(at).month
    in_season = [ware for ware in wares if month in ware.months]
    orders = [
        _order(place, units[place % len(units)], in_season, at - timedelta(hours=40 - place))
        for place in range(len(CAME) + 1)
    ]
    first, second = people.finance_ids
    rows = [
        _row(number, order, more_fen, coded, at)
        for number, (order, (more_fen, coded)) in enumerate(zip(orders, CAME, strict=False))
    ]
    statement_id = stage_file("演示银行流水-昨天.csv", _as_file(rows), by=first, at=at)
    with transaction():
        import_statement(statement_id, by=first, at=at)
    match_receipts(at)
    _propose(orders[2], by=second, at=at)
    waiting = [
        _row(len(CAME), orders[-1], 0, True, at),
        ("2026-02-30", "88.00", "", "演示日期有误", "", "", "DEMO-BAD-DAY"),
        (clock.day_of(at).isoformat(), "12.345", "", "演示金额有误", "", "", "DEMO-BAD-AMOUNT"),
        (clock.day_of(at).isoformat(), "", "20.00", "演示手续费", "", "", "DEMO-OUT"),
    ]
    stage_file("演示银行流水-今天.csv", _as_file(waiting), by=first, at=at)


def _order(number: int, buyer: Buyer, wares: list[Ware], at: datetime) -> Payment:
    settings: Settings = current_app.config["SETTINGS"]
    ware = wares[number % len(wares)]
    fill_up(ware, 20, at)
    town_code, street = HOMES[number % len(HOMES)]
    delivery = Delivery(
        recipient="演示收货人", phone="13800000000", town_code=town_code, street=street
    )
    with transaction():
        owner = Owner(account_id=buyer.account_id)
        add(owner, ware.variant_id, 12 + number, at=at)
        order = place_order(
            buyer.account_id,
            f"demo-transfer-{number}",
            delivery,
            Consent(get_quote(owner, at=at).fingerprint, perishables=True),
            for_unit=True,
            transfer_days=settings.transfer_days,
            at=at,
        )
        return get_payment(order.number)


def _row(
    number: int, payment: Payment, more_fen: int, coded: bool, at: datetime
) -> tuple[str, ...]:
    buyer = db.session.get_one(Account, payment.order.account_id)
    unit = buyer.enterprise
    day = clock.day_of(at - timedelta(days=1))
    return (
        day.isoformat(),
        yuan(payment.due_fen + more_fen),
        "",
        unit.name if unit else buyer.name,
        f"DEMO00000000{number:04d}",
        f"采购款 {spoken(str(payment.transfer_code))}" if coded else "采购款",
        f"DEMO{day:%Y%m%d}{number:04d}",
    )


def _as_file(rows: Sequence[Sequence[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue().encode("gb18030")


def _propose(payment: Payment, *, by: int, at: datetime) -> None:
    query = select(BankReceipt.id).where(BankReceipt.code == payment.transfer_code)
    with transaction():
        receipt_id = db.session.scalars(query).one()
        note = "电话核对：多付的请退回"
        propose_match([receipt_id], payment.id, note, by=by, at=at)

"""Read what came in, and which queue it waits in."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from orders.payments.models import Payment
from orders.payments.rules import codes_in
from orders.records.models import Order
from orders.transfers.errors import UnknownOrder
from orders.transfers.models import (
    BankReceipt,
    Decision,
    MatchedReceipt,
    ReceiptMatch,
)
from orders.transfers.rules import parse_amount
from shop.db import db, total
from shop.errors import NotFound
from shop.web.fields import NotANumber, TooManyDecimals
from shop.web.paging import Page, paginate

PER_PAGE = 50


# How many orders or receipts are offered as perhaps the right ones.
OFFERED = 10


class Queue(StrEnum):
    """Why a receipt is not matched yet, or that it is."""

    UNMATCHED = "unmatched"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    LATE = "late"
    PROPOSED = "proposed"
    MATCHED = "matched"

    @property
    def label(self) -> LazyString:
        return _QUEUES[self]


_QUEUES = {
    Queue.UNMATCHED: _l("无法匹配"),
    Queue.UNDERPAID: _l("少付"),
    Queue.OVERPAID: _l("多付"),
    Queue.LATE: _l("迟到"),
    Queue.PROPOSED: _l("待复核"),
    Queue.MATCHED: _l("已核销"),
}


# Those that somebody has to do something about.
OPEN_QUEUES = (Queue.UNMATCHED, Queue.UNDERPAID, Queue.OVERPAID, Queue.LATE)


def list_receipts(number: int, queue: Queue, words: str) -> Page[BankReceipt]:
    """The receipts of a queue, the newest first; only those that ``words`` fit: a matching code,
    an amount, a payer, or the bank's own number."""
    query = (
        _with_orders(select(BankReceipt))
        .where(_in_queue(queue))
        .options(
            selectinload(BankReceipt.uses)
            .joinedload(MatchedReceipt.match, innerjoin=True)
            .joinedload(ReceiptMatch.payment)
            .joinedload(Payment.order)
        )
        .order_by(BankReceipt.received_on.desc(), BankReceipt.id.desc())
    )
    if words:
        query = query.where(_fits(words))
    return paginate(query, number, PER_PAGE)


def count_queues() -> dict[Queue, int]:
    """How many receipts are in each queue that waits for somebody."""
    of_queue = case(*((_in_queue(queue), queue.value) for queue in (*OPEN_QUEUES, Queue.PROPOSED)))
    query = _with_orders(select(of_queue, func.count(BankReceipt.id))).group_by(of_queue)
    return {Queue(name): count for name, count in db.session.execute(query) if name}


def get_receipt(receipt_id: int) -> BankReceipt:
    """A receipt with what it was ever proposed for. Raises NotFound."""
    query = (
        select(BankReceipt)
        .where(BankReceipt.id == receipt_id)
        .options(selectinload(BankReceipt.uses).joinedload(MatchedReceipt.match, innerjoin=True))
    )
    receipt = db.session.scalars(query).one_or_none()
    if receipt is None:
        raise NotFound
    return receipt


def queue_of(receipt_id: int) -> Queue:
    """Where a receipt stands."""
    of_queue = case(*((_in_queue(queue), queue.value) for queue in Queue))
    query = _with_orders(select(of_queue)).where(BankReceipt.id == receipt_id)
    return Queue(db.session.scalar(query) or Queue.UNMATCHED)


def list_companions(receipt: BankReceipt) -> Sequence[BankReceipt]:
    """Other free receipts of the same code or payer: together they may be what an order owes."""
    same = [BankReceipt.code == receipt.code] if receipt.code else []
    if receipt.payer_name:
        same.append(BankReceipt.payer_name == receipt.payer_name)
    if not same:
        return []
    query = (
        select(BankReceipt)
        .where(BankReceipt.id != receipt.id, or_(*same), ~_is_taken())
        .order_by(BankReceipt.id.desc())
        .limit(OFFERED)
    )
    return db.session.scalars(query).all()


def list_twins(receipt_id: int) -> Sequence[int]:
    """The numbers of other receipts that may be the same money; see `_may_be_the_same`."""
    twin = aliased(BankReceipt)
    query = (
        select(twin.id)
        .join(BankReceipt, _may_be_the_same(BankReceipt, twin))
        .where(BankReceipt.id == receipt_id)
        .order_by(twin.id)
        .limit(OFFERED)
    )
    return db.session.scalars(query).all()


def list_candidates(receipt: BankReceipt) -> Sequence[Payment]:
    """Payments that this receipt might be for: of its code, or waiting for just its amount."""
    waits = and_(Order.paid_at.is_(None), Order.closed_at.is_(None))
    fits = [and_(Payment.due_fen == receipt.amount_fen, waits)]
    if receipt.code:
        fits.append(Payment.transfer_code == receipt.code)
    query = (
        select(Payment)
        .join(Payment.order)
        .where(or_(*fits))
        .options(joinedload(Payment.order, innerjoin=True))
        .order_by(Payment.id.desc())
        .limit(OFFERED)
    )
    return db.session.scalars(query).all()


def get_payment(words: str) -> Payment:
    """The payment of an order's number or a matching code. Raises UnknownOrder."""
    codes = codes_in(words)
    same = Payment.transfer_code == codes[0] if codes else Order.number == words.strip().upper()
    payment = db.session.scalars(select(Payment).join(Payment.order).where(same)).one_or_none()
    if payment is None:
        raise UnknownOrder
    return payment


def list_exact(limit: int = 500) -> Sequence[int]:
    """Free receipts whose code and amount are those of an order that nobody has paid for."""
    query = (
        _with_orders(select(BankReceipt.id))
        .where(
            ~_is_taken(),
            BankReceipt.code != "",
            BankReceipt.amount_fen == Payment.due_fen,
            Order.paid_at.is_(None),
        )
        .order_by(BankReceipt.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def list_completed(limit: int = 500) -> Sequence[tuple[int, str]]:
    """Payments that wait, with their codes, for which several free receipts are together just
    what is due. Receipts that were in a proposal which somebody rejected, and those that may be
    the same money twice, are left to people."""
    twin = aliased(BankReceipt)
    has_twin = exists().where(_may_be_the_same(BankReceipt, twin))
    query = (
        select(Payment.id, Payment.transfer_code)
        .join(Payment.order)
        .join(BankReceipt, BankReceipt.code == Payment.transfer_code)
        .where(
            ~exists().where(MatchedReceipt.receipt_id == BankReceipt.id),
            Order.paid_at.is_(None),
            Order.closed_at.is_(None),
        )
        .group_by(Payment.id, Payment.transfer_code, Payment.due_fen)
        .having(
            func.count(BankReceipt.id) > 1,
            total(BankReceipt.amount_fen) == Payment.due_fen,
            func.max(case((has_twin, 1), else_=0)) == 0,
        )
        .limit(limit)
    )
    return [(payment_id, str(code)) for payment_id, code in db.session.execute(query)]


def list_unused_of(code: str) -> Sequence[int]:
    """Receipts of a code that were never in any proposal."""
    query = select(BankReceipt.id).where(
        BankReceipt.code == code, ~exists().where(MatchedReceipt.receipt_id == BankReceipt.id)
    )
    return db.session.scalars(query).all()


def _with_orders(query: Select[Any]) -> Select[Any]:
    """Beside each receipt the payment and order that its code names, if there is one."""
    return query.outerjoin_from(
        BankReceipt,
        Payment,
        and_(BankReceipt.code != "", Payment.transfer_code == BankReceipt.code),
    ).outerjoin(Order, Order.id == Payment.order_id)


def _in_queue(queue: Queue) -> ColumnElement[bool]:
    waits = and_(Payment.id.is_not(None), Order.paid_at.is_(None), Order.closed_at.is_(None))
    free = ~_is_taken()
    confirmed = _is_taken(ReceiptMatch.decision == Decision.CONFIRMED)
    meanings: dict[Queue, ColumnElement[bool]] = {
        Queue.UNMATCHED: and_(free, Payment.id.is_(None)),
        Queue.UNDERPAID: and_(free, waits, BankReceipt.amount_fen < Payment.due_fen),
        Queue.OVERPAID: and_(free, waits, BankReceipt.amount_fen >= Payment.due_fen),
        Queue.LATE: and_(
            free,
            Payment.id.is_not(None),
            or_(Order.paid_at.is_not(None), Order.closed_at.is_not(None)),
        ),
        Queue.PROPOSED: _is_taken(ReceiptMatch.decision.is_(None)),
        Queue.MATCHED: confirmed,
    }
    return meanings[queue]


def _is_taken(*also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a receipt is in a match that holds."""
    return exists().where(
        MatchedReceipt.receipt_id == BankReceipt.id,
        MatchedReceipt.released_at.is_(None),
        MatchedReceipt.match_id == ReceiptMatch.id,
        *also,
    )


def _may_be_the_same(one: type[BankReceipt], other: type[BankReceipt]) -> ColumnElement[bool]:
    """Whether two receipts say the same and no numbers of the bank's tell them apart, as when two
    files overlap that have none."""
    return and_(
        one.id != other.id,
        or_(one.bank_reference.is_(None), other.bank_reference.is_(None)),
        one.code == other.code,
        one.received_on == other.received_on,
        one.amount_fen == other.amount_fen,
        one.payer_name == other.payer_name,
        one.payer_account_tail == other.payer_account_tail,
        one.remark == other.remark,
    )


def _fits(words: str) -> ColumnElement[bool]:
    fits = [
        BankReceipt.payer_name.contains(words, autoescape=True),
        BankReceipt.bank_reference == words,
    ]
    fits += [BankReceipt.code == code for code in codes_in(words)]
    try:
        amount_fen = parse_amount(words)
    except (NotANumber, TooManyDecimals):
        return or_(*fits)
    # Beyond this PostgreSQL's whole numbers end.
    return or_(*fits, BankReceipt.amount_fen == min(amount_fen, 2**62))

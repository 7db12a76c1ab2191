"""Read what people of finance look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from orders.claims.queries import count_waiting_for_platform
from orders.finance.rules import Shown
from orders.payments.models import (
    EventApplication,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    PaymentMethod,
    Suspense,
    SuspenseKind,
)
from orders.payments.queries import DISPUTE, UNFINISHED, list_heard
from orders.payments.rules import FIRST_CHECK, furthest
from orders.records.models import Order, OrderLine, SubOrder
from orders.refunds.models import Refund, RefundFailure
from orders.refunds.queries import list_failed_for_good
from orders.transfers.queries import waiting as transfers
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 50
# A search that finds more than this was too vague.
MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things wait on each desk."""

    in_doubt: int
    suspense: int
    refunds_waiting: int
    refunds_failed: int
    claims: int
    transfers: transfers.Counts


@dataclass(frozen=True, slots=True)
class Money:
    """Where the money of an order is: what came in and how, what was said of it, what went back."""

    order: Order
    payment: Payment
    events: Sequence[tuple[PaymentEvent, EventApplication | None]]
    suspense: Sequence[Suspense]
    refunds: Sequence[Refund]
    failures: Sequence[RefundFailure]
    # Those refunds that can go by bank transfer instead.
    failed_for_good: set[int]
    lines: dict[int, OrderLine]


def count_waiting(at: datetime) -> Counts:
    return Counts(
        in_doubt=_count(_in_doubt(at)),
        suspense=_count(select(Suspense.id).where(Suspense.settled_at.is_(None))),
        refunds_waiting=_count(_refunds(Shown.WAITING)),
        refunds_failed=_count(_refunds(Shown.FAILED)),
        claims=count_waiting_for_platform(),
        transfers=transfers.count_waiting(),
    )


def list_in_doubt(at: datetime, number: int) -> Page[PaymentAttempt]:
    """Attempts of which it is not known whether they paid, the oldest first."""
    query = _in_doubt(at).options(joinedload(PaymentAttempt.payment).joinedload(Payment.order))
    return paginate(query.order_by(PaymentAttempt.id), number, PER_PAGE)


def get_attempt_id(attempt_id: int) -> int:
    """An attempt to pay online that exists. Raises NotFound."""
    query = select(PaymentAttempt.id).where(
        PaymentAttempt.id == attempt_id, PaymentAttempt.method == PaymentMethod.ONLINE
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def list_suspense(number: int, *, settled: bool) -> Page[Suspense]:
    """Money that fits nothing: what nobody settled yet, the oldest first, or what was settled."""
    query = select(Suspense).options(_order_of_suspense())
    if settled:
        query = query.where(Suspense.settled_at.is_not(None)).order_by(Suspense.settled_at.desc())
    else:
        query = query.where(Suspense.settled_at.is_(None)).order_by(Suspense.id)
    return paginate(query, number, PER_PAGE)


def get_suspense(suspense_id: int) -> Suspense:
    """Raises NotFound."""
    query = select(Suspense).where(Suspense.id == suspense_id).options(_order_of_suspense())
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def how_far(suspense: Suspense) -> str:
    """What an entry's dispute has come to, in the code of events; empty for other money."""
    if suspense.kind is not SuspenseKind.UNKNOWN_REFUND:
        return ""
    intent_id = suspense.attempt.intent_id if suspense.attempt else None
    word = furthest(list_heard(suspense.provider_id, intent_id or "")) or suspense.word
    return f"{DISPUTE}{word}" if word else ""


def list_refunds(number: int, shown: Shown) -> Page[Refund]:
    """Refunds, the newest first."""
    query = _refunds(shown).options(
        joinedload(Refund.payment).joinedload(Payment.order), joinedload(Refund.attempt)
    )
    return paginate(query.order_by(Refund.id.desc()), number, PER_PAGE)


def find_order_numbers(words: str) -> Sequence[str]:
    """The numbers of orders that a number, a matching code, or the provider's id of an intent or
    refund belongs to, the newest first."""
    code = words.upper().replace("-", "").replace(" ", "")
    query = (
        select(Order.number)
        .join(Payment, Payment.order_id == Order.id)
        .where(
            or_(
                Order.number == words.upper(),
                Order.id.in_(select(SubOrder.order_id).where(SubOrder.number == words.upper())),
                Payment.transfer_code == code,
                Payment.id.in_(
                    select(PaymentAttempt.payment_id).where(PaymentAttempt.intent_id == words)
                ),
                Payment.id.in_(select(Refund.payment_id).where(Refund.provider_id == words)),
            )
        )
        .order_by(Order.id.desc())
        .limit(MOST_FOUND)
    )
    return db.session.scalars(query).all()


def get_money(number: str) -> Money:
    """Everything about the money of an order. Raises NotFound."""
    query = (
        select(Payment)
        .join(Payment.order)
        .where(Order.number == number)
        .options(
            joinedload(Payment.order).selectinload(Order.sub_orders).selectinload(SubOrder.lines),
            selectinload(Payment.attempts),
        )
    )
    payment = db.session.scalars(query).one_or_none()
    if payment is None:
        raise NotFound
    attempts = [attempt.id for attempt in payment.attempts]
    refunds = _refunds_of(payment.id)
    lines = [line for part in payment.order.sub_orders for line in part.lines]
    return Money(
        order=payment.order,
        payment=payment,
        events=_events_about([a.intent_id for a in payment.attempts if a.intent_id]),
        suspense=db.session.scalars(
            select(Suspense).where(Suspense.attempt_id.in_(attempts)).order_by(Suspense.id)
        ).all(),
        refunds=refunds,
        failures=_failures_of([refund.id for refund in refunds]),
        failed_for_good=list_failed_for_good([refund.id for refund in refunds]),
        lines={line.id: line for line in lines},
    )


def _in_doubt(at: datetime) -> Select[PaymentAttempt]:
    return select(PaymentAttempt).where(
        PaymentAttempt.state.in_(UNFINISHED),
        PaymentAttempt.check_due_at.is_not(None),
        PaymentAttempt.created_at <= at - FIRST_CHECK,
    )


def _refunds(shown: Shown) -> Select[Refund]:
    return select(Refund).where(_is_shown(shown))


def _is_shown(shown: Shown) -> ColumnElement[bool]:
    not_moved = Refund.moved_at.is_(None)
    if shown is Shown.WAITING:
        return and_(not_moved, Refund.failure == "")
    if shown is Shown.FAILED:
        return and_(not_moved, Refund.failure != "")
    return Refund.id.is_not(None)


def _count(query: Select[PaymentAttempt] | Select[Refund] | Select[int]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _order_of_suspense() -> ExecutableOption:
    return joinedload(Suspense.attempt).joinedload(PaymentAttempt.payment).joinedload(Payment.order)


def _refunds_of(payment_id: int) -> Sequence[Refund]:
    query = (
        select(Refund)
        .where(Refund.payment_id == payment_id)
        .options(selectinload(Refund.items), joinedload(Refund.attempt))
        .order_by(Refund.id)
    )
    return db.session.scalars(query).all()


def _failures_of(refund_ids: Collection[int]) -> Sequence[RefundFailure]:
    query = select(RefundFailure).where(RefundFailure.refund_id.in_(refund_ids))
    return db.session.scalars(query.order_by(RefundFailure.id)).all()


def _events_about(
    intent_ids: Collection[str],
) -> Sequence[tuple[PaymentEvent, EventApplication | None]]:
    query = (
        select(PaymentEvent, EventApplication)
        .outerjoin(EventApplication, EventApplication.event_id == PaymentEvent.id)
        .where(PaymentEvent.intent_id.in_(intent_ids))
        .order_by(PaymentEvent.id)
    )
    return [(event, application) for event, application in db.session.execute(query)]

"""Compare two ways to the same amount. Each comparison is one statement, of one moment."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all

from orders.payments.models import Payment
from orders.reconciliation.models import Equation, Reconciliation
from orders.records.models import Order, OrderLine, SubOrder
from orders.rollups.models import RollupMark, SalesRollup
from orders.rollups.rules import Grain
from orders.sales.models import SalesEntry
from shop.db import db, total
from shop.web.paging import Page, paginate

PER_PAGE = 50
# What of a month is compared, one by one.
_SUMS = ("lines", "amount_fen", "refund_fen", "net_fen", "weight_g")


class Comparison(NamedTuple):
    """Both amounts in fen, how much was compared one by one, and how much differed."""

    left_fen: int
    right_fen: int
    compared: int
    apart: int


class Latest(NamedTuple):
    """The last time that two ways were compared, and the last time that they were the same."""

    equation: Equation
    last: Reconciliation | None
    held_at: datetime | None


def compare(equation: Equation) -> Comparison:
    return _COMPARISONS[equation]()


def list_latest() -> Sequence[Latest]:
    """Every equation with its last comparison, and when it last held."""
    is_same = and_(Reconciliation.left_fen == Reconciliation.right_fen, Reconciliation.apart == 0)
    newest = select(func.max(Reconciliation.id)).group_by(Reconciliation.equation)
    last = db.session.scalars(select(Reconciliation).where(Reconciliation.id.in_(newest))).all()
    held = select(Reconciliation.equation, func.max(Reconciliation.at)).where(is_same)
    held_at = dict(db.session.execute(held.group_by(Reconciliation.equation)).all())
    by_equation = {each.equation: each for each in last}
    return [Latest(each, by_equation.get(each), held_at.get(each)) for each in Equation]


def list_failed(number: int) -> Page[Reconciliation]:
    """The comparisons that did not hold, the newest first."""
    differs = or_(Reconciliation.left_fen != Reconciliation.right_fen, Reconciliation.apart > 0)
    query = select(Reconciliation).where(differs).order_by(Reconciliation.id.desc())
    return paginate(query, number, PER_PAGE)


def _rolled_up() -> Comparison:
    """The sums of every grain, month by month, against the lines up to the watermark."""
    mark = select(func.coalesce(func.max(RollupMark.through_id), 0)).scalar_subquery()
    added = {
        "lines": func.count(),
        "amount_fen": total(SalesEntry.amount_fen),
        "refund_fen": total(SalesEntry.refund_fen),
        "net_fen": total(SalesEntry.net_fen),
        "weight_g": total(func.coalesce(SalesEntry.net_weight_g, 0)),
    }
    of_activities = SalesEntry.activity_id.is_not(None)
    lines = [
        select(literal(name), literal(0), SalesEntry.month, *(added[each] for each in _SUMS))
        .where(SalesEntry.id <= mark, *conditions)
        .group_by(SalesEntry.month)
        for name, conditions in (("", ()), (Grain.ACTIVITY.value, (of_activities,)))
    ]
    sums = select(
        literal("sums:").concat(SalesRollup.grain),
        SalesRollup.daily,
        SalesRollup.month,
        *(total(getattr(SalesRollup, each)) for each in _SUMS),
    ).group_by(SalesRollup.grain, SalesRollup.daily, SalesRollup.month)
    found: dict[tuple[str, int], dict[str, tuple[int, ...]]] = defaultdict(dict)
    for name, daily, month, *values in db.session.execute(union_all(*lines, sums)):
        found[name, daily][month] = tuple(values)
    compared = apart = 0
    for grain in Grain:
        expected = found[Grain.ACTIVITY.value if grain.is_of_activities else "", 0]
        for daily in (0, 1) if grain.is_daily else (0,):
            got = found[f"sums:{grain.value}", daily]
            months = expected.keys() | got.keys()
            compared += len(months)
            apart += sum(expected.get(month) != got.get(month) for month in months)
    return Comparison(_net(found["sums:place", 0]), _net(found["", 0]), compared, apart)


def _net(months: Mapping[str, tuple[int, ...]]) -> int:
    return sum(values[_SUMS.index("net_fen")] for values in months.values())


def _accepted() -> Comparison:
    """The online lines of the ledger against what of accepted orders was paid and kept, line by
    line."""
    entries = (
        select(SalesEntry.order_line_id.label("of"), total(SalesEntry.net_fen).label("fen"))
        .where(SalesEntry.order_line_id.is_not(None))
        .group_by(SalesEntry.order_line_id)
        .cte("entries")
    )
    is_accepted = SubOrder.accepted_at.is_not(None)
    kept = case((is_accepted, OrderLine.amount_fen - OrderLine.refunded_fen), else_=0)
    counted = func.coalesce(entries.c.fen, 0)
    lines = (
        select(counted.label("left_fen"), kept.label("right_fen"))
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .outerjoin(entries, entries.c.of == OrderLine.id)
        .where(or_(is_accepted, entries.c.of.is_not(None)))
    )
    return _compared(lines)


def _paid() -> Comparison:
    """What paid orders come to, less what of them was given back, against what came in and did not
    go back, order by order."""
    goods = (
        select(SubOrder.order_id.label("of"), total(OrderLine.refunded_fen).label("fen"))
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .group_by(SubOrder.order_id)
        .cte("goods")
    )
    freight = (
        select(SubOrder.order_id.label("of"), total(SubOrder.freight_refunded_fen).label("fen"))
        .group_by(SubOrder.order_id)
        .cte("freight")
    )
    back = func.coalesce(goods.c.fen, 0) + func.coalesce(freight.c.fen, 0)
    is_paid = Order.paid_at.is_not(None)
    kept = case((is_paid, Order.total_fen - back), else_=0)
    came_in = func.coalesce(Payment.captured_fen - Payment.refunded_fen, 0)
    orders = (
        select(kept.label("left_fen"), came_in.label("right_fen"))
        .outerjoin(Payment, Payment.order_id == Order.id)
        .outerjoin(goods, goods.c.of == Order.id)
        .outerjoin(freight, freight.c.of == Order.id)
        .where(or_(is_paid, Payment.captured_fen > 0))
    )
    return _compared(orders)


def _compared(pairs: Select[Any]) -> Comparison:
    each = pairs.subquery()
    differs: ColumnElement[int] = case((each.c.left_fen != each.c.right_fen, 1), else_=0)
    query = select(total(each.c.left_fen), total(each.c.right_fen), func.count(), total(differs))
    return Comparison(*db.session.execute(query).one())


_COMPARISONS: dict[Equation, Callable[[], Comparison]] = {
    Equation.ROLLUP: _rolled_up,
    Equation.ORDERS: _accepted,
    Equation.PAYMENTS: _paid,
}

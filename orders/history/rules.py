"""An order's story, as a buyer reads it: what happened, what happens now, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext

from orders.records.models import Order
from orders.records.rules import OrderState
from orders.refunds.models import Refund


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story; ``state`` is done, now, next or failed."""

    title: str
    state: str
    at: datetime | None = None
    text: str = ""


def story(order: Order, state: OrderState, refunds: Sequence[Refund]) -> list[Step]:
    """The steps of an order from placing to the end it has or will have."""
    steps = [Step(gettext("下单"), "done", order.placed_at)]
    if order.paid_at is None:
        steps += _unpaid(order)
    else:
        steps.append(Step(gettext("付款"), "done", order.paid_at))
        if all(part.cancelled_at for part in order.sub_orders):
            steps.append(Step(gettext("取消"), "failed", order.sub_orders[0].cancelled_at))
        else:
            steps += _delivery(order, state)
    return steps + [_refund(refund) for refund in refunds]


def _unpaid(order: Order) -> list[Step]:
    if order.closed_at is not None:
        text = gettext("没有付款，库存已经退回。")
        return [Step(gettext("订单关闭"), "failed", order.closed_at, text)]
    return [
        Step(gettext("付款"), "now", text=gettext("付款后合作社开始备货。")),
        Step(gettext("发货"), "next"),
        Step(gettext("收货"), "next"),
    ]


def _delivery(order: Order, state: OrderState) -> list[Step]:
    alive = [part for part in order.sub_orders if part.cancelled_at is None]
    sent = [part.dispatched_at for part in alive if part.dispatched_at]
    accepted = [part.accepted_at for part in alive if part.accepted_at]
    all_sent, all_accepted = len(sent) == len(alive), len(accepted) == len(alive)
    sending = Step(
        gettext("发货"),
        "done" if all_sent else "now",
        max(sent) if all_sent else None,
        _how_many(len(sent), len(alive), gettext("合作社正在采摘、打包。")),
    )
    receiving = Step(
        gettext("收货"),
        "done" if all_accepted else "now" if state is OrderState.SENT else "next",
        max(accepted) if all_accepted else None,
        "" if all_accepted else _promise([part.promised_on for part in alive]),
    )
    return [sending, receiving]


def _how_many(done: int, of: int, at_first: str) -> str:
    if done == of:
        return ""
    if done == 0:
        return at_first
    return str(gettext("%(of)s 家合作社中，%(done)s 家已发货。", of=of, done=done))


def _promise(days: list[date]) -> str:
    last = max(days)
    return str(gettext("预计 %(month)s月%(day)s日前送到。", month=last.month, day=last.day))


def _refund(refund: Refund) -> Step:
    if refund.moved_at is None:
        text = gettext("款项正在原路退回，一般 1–5 个工作日到账。")
        return Step(gettext("退款"), "now", refund.granted_at, text)
    return Step(gettext("退款"), "done", refund.moved_at, gettext("款项已原路退回。"))

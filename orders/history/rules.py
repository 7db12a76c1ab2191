"""An order's story, as a buyer reads it: what happened, what happens now, what comes next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask_babel import gettext

from orders.claims.models import Claim
from orders.claims.rules import claim_state
from orders.deliveries.models import Shipment
from orders.pickups.models import Pickup
from orders.records.models import AcceptedBy, Order, SubOrder
from orders.records.rules import OrderState
from orders.refunds.models import Cancellation, Refund, Side
from orders.refunds.rules import money_back_by
from orders.shortages.models import Cause, Shortage
from shop.money import yuan


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story; ``state`` is done, now, next or failed."""

    title: str
    state: str
    at: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """What the rooms know of an order beside the order itself."""

    shipments: Sequence[Shipment] = ()
    cancellations: Sequence[Cancellation] = ()
    claims: Sequence[Claim] = ()
    refunds: Sequence[Refund] = ()
    # By the id of the part that is fetched.
    pickups: Mapping[int, Pickup] = field(default_factory=dict)
    # Why goods were missing, by the id of the cancellation.
    shortages: Mapping[int, Shortage] = field(default_factory=dict)


def story(order: Order, state: OrderState, happened: Happened) -> list[Step]:
    """The steps of an order from placing to the end it has or will have: what happened by the
    clock, then what happens now, then what comes."""
    steps = [Step(gettext("下单"), "done", order.placed_at), *_payment(order)]
    if order.paid_at is not None:
        steps += [
            _cancellation(each, happened.shortages.get(each.id), order)
            for each in happened.cancellations
        ]
        steps += [_shipment(each, order) for each in happened.shipments]
        steps += [step for each in happened.pickups.values() for step in _pickup(each, order)]
        steps += _delivery(order, state, happened.pickups)
        steps += [_claim(each, order) for each in happened.claims]
    steps += [_refund(refund) for refund in happened.refunds]
    return sorted(steps, key=_place)


def _place(step: Step) -> tuple[int, datetime]:
    order = {"done": 0, "failed": 0, "now": 1, "next": 2}[step.state]
    return order, step.at if step.at and order == 0 else datetime.max.replace(tzinfo=UTC)


def _payment(order: Order) -> list[Step]:
    if order.paid_at is not None:
        return [Step(gettext("付款"), "done", order.paid_at)]
    if order.closed_at is not None:
        text = gettext("没有付款，库存已经退回。")
        return [Step(gettext("订单关闭"), "failed", order.closed_at, text)]
    return [
        Step(gettext("付款"), "now", text=gettext("付款后合作社开始备货。")),
        Step(gettext("发货"), "next"),
        Step(gettext("收货"), "next"),
    ]


def reason_of(cancellation: Cancellation, shortage: Shortage | None) -> str:
    """Why a cooperative can't send something, in the reader's language as far as it was chosen."""
    if shortage is None:
        return cancellation.reason
    if shortage.cause is Cause.OTHER:
        return shortage.note
    if not shortage.note:
        return str(shortage.cause.label)
    return str(gettext("%(cause)s（%(note)s）", cause=shortage.cause.label, note=shortage.note))


def _cancellation(cancellation: Cancellation, shortage: Shortage | None, order: Order) -> Step:
    units = _units((item.line.product_name, item.quantity) for item in cancellation.items)
    if cancellation.side is Side.BUYER:
        return Step(gettext("您取消了"), "failed", cancellation.at, units)
    part = next(each for each in order.sub_orders if each.id == cancellation.sub_order_id)
    text = gettext(
        "%(units)s。%(name)s：%(reason)s",
        units=units,
        name=part.cooperative_name,
        reason=reason_of(cancellation, shortage),
    )
    title = gettext("合作社发不了") if shortage is None else gettext("合作社缺货")
    return Step(title, "failed", cancellation.at, text)


def _shipment(shipment: Shipment, order: Order) -> Step:
    numbers = gettext("、").join(f"{p.carrier} {p.tracking_number}" for p in shipment.parcels)
    parts = [_seller(order, shipment.sub_order_id), numbers]
    text = " · ".join(part for part in parts if part)
    return Step(gettext("发货"), "done", shipment.sent_at, text)


def _pickup(pickup: Pickup, order: Order) -> list[Step]:
    """That a part came to its pick-up point, and that somebody fetched it."""
    seller = _seller(order, pickup.sub_order_id)
    steps = []
    if pickup.arrived_at is not None:
        text = " · ".join(part for part in (seller, pickup.point.name) if part)
        steps.append(Step(gettext("到自提点了"), "done", pickup.arrived_at, text))
    if pickup.handed_over_at is not None:
        steps.append(Step(gettext("取走了"), "done", pickup.handed_over_at, seller))
    return steps


def _delivery(order: Order, state: OrderState, pickups: Mapping[int, Pickup]) -> list[Step]:
    """What was received, and what still waits to be sent or received."""
    alive = [part for part in order.sub_orders if part.cancelled_at is None]
    steps = [_receipt(part) for part in alive if part.accepted_at]
    if state in (OrderState.REFUNDED, OrderState.REFUNDING):
        return steps
    waiting = [part for part in alive if part.dispatched_at is None]
    if waiting:
        steps.append(Step(gettext("发货"), "now", text=_still_to_send(waiting, alive)))
    unaccepted = [part for part in alive if part.accepted_at is None]
    if unaccepted:
        steps.append(_reception(unaccepted, pickups, is_next=bool(waiting)))
    return steps


def _reception(parts: list[SubOrder], pickups: Mapping[int, Pickup], *, is_next: bool) -> Step:
    """That the buyer has to receive, or fetch, what is on its way."""
    day = max(part.promised_on for part in parts)
    state = "next" if is_next else "now"
    if not pickups:
        text = gettext("预计 %(month)s月%(day)s日前送到。", month=day.month, day=day.day)
        return Step(gettext("收货"), state, text=text)
    if all(part.arrived_at for part in parts):
        return Step(gettext("收货"), state, text=gettext("您已经取走，请看看再确认收货。"))
    if any(pickups[part.id].arrived_at for part in parts if part.id in pickups):
        return Step(gettext("取货"), state, text=gettext("到自提点报取货码。"))
    text = gettext("预计 %(month)s月%(day)s日可以取。", month=day.month, day=day.day)
    return Step(gettext("取货"), state, text=text)


def _receipt(part: SubOrder) -> Step:
    by_itself = part.accepted_by is AcceptedBy.SYSTEM
    title = gettext("到期自动收货") if by_itself else gettext("收货")
    return Step(title, "done", part.accepted_at, part.cooperative_name)


def _still_to_send(waiting: list[SubOrder], alive: list[SubOrder]) -> str:
    done = len(alive) - len(waiting)
    if done:
        return str(gettext("%(of)s 家合作社中，%(done)s 家已发货。", of=len(alive), done=done))
    return str(gettext("合作社正在采摘、打包。"))


def _claim(claim: Claim, order: Order) -> Step:
    state = claim_state(claim)
    parts = [_seller(order, claim.sub_order_id), str(state.label)]
    text = " · ".join(part for part in parts if part)
    if claim.closed_at is None:
        return Step(gettext("售后"), "now", claim.opened_at, text)
    return Step(gettext("售后"), "done" if claim.refund_id else "failed", claim.closed_at, text)


def _refund(refund: Refund) -> Step:
    title = gettext("退款 %(amount)s 元", amount=yuan(refund.amount_fen))
    due = money_back_by(refund)
    if refund.rerouted_at is not None:
        return _refund_by_bank(refund, title)
    if refund.moved_at is not None:
        text = gettext(
            "款项已原路退回，最晚 %(month)s月%(day)s日到账。", month=due.month, day=due.day
        )
        return Step(title, "done", refund.moved_at, text)
    if refund.failure:
        text = gettext("银行暂时没有收下，财务正在重新退，您不用做什么。")
        return Step(title, "now", refund.granted_at, text)
    text = gettext(
        "款项正在原路退回，一般 1–5 个工作日，最晚 %(month)s月%(day)s日到账。",
        month=due.month,
        day=due.day,
    )
    return Step(title, "now", refund.granted_at, text)


def _refund_by_bank(refund: Refund, title: str) -> Step:
    if refund.moved_at is not None:
        return Step(title, "done", refund.moved_at, gettext("款项已用银行转账退给您。"))
    text = gettext(
        "退不回原来付款的卡或账户，改用银行转账退给您。"
        "请打页面最下面的电话，告诉我们收款人、开户银行和账号。"
    )
    return Step(title, "now", refund.rerouted_at, text)


def _units(pairs: Iterable[tuple[str, int]]) -> str:
    return str(gettext("、").join(f"{name} × {quantity}" for name, quantity in pairs))


def _seller(order: Order, part_id: int) -> str:
    """Who it is about, where an order has several cooperatives."""
    if len(order.sub_orders) == 1:
        return ""
    return next(part.cooperative_name for part in order.sub_orders if part.id == part_id)

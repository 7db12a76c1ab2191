"""A buyer's own orders."""

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.deliveries.queries import list_shipments
from orders.history.queries import (
    find_products,
    get_own_order,
    list_own_orders,
    list_refunds_of,
    refund_states,
)
from orders.history.rules import story
from orders.records.models import Order
from orders.records.rules import RefundState, axes_of, may_cancel, order_state, part_state
from orders.refunds.queries import list_cancellations
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("order_history", __name__)


@blueprint.get("/orders")
@allow(Role.BUYER)
def index() -> str:
    page = list_own_orders(current_user.id, page_number(request.args.get("page")))
    refunds = refund_states([order.id for order in page.items])
    states = {
        order.id: order_state(axes_of(order, refunds.get(order.id, RefundState.NONE)))
        for order in page.items
    }
    return render_template(
        "orders/history/index.html",
        page=page,
        states=states,
        products=find_products(_product_ids(*page.items)),
    )


@blueprint.get("/orders/<number>")
@allow(Role.BUYER)
def show(number: str) -> str:
    order = get_own_order(current_user.id, number)
    refund = refund_states([order.id]).get(order.id, RefundState.NONE)
    axes = axes_of(order, refund)
    state = order_state(axes)
    return render_template(
        "orders/history/show.html",
        order=order,
        state=state,
        part_states={part.id: part_state(part) for part in order.sub_orders},
        steps=story(order, state, list_refunds_of(order.id)),
        may_cancel=may_cancel(axes),
        cancellations=list_cancellations([part.id for part in order.sub_orders]),
        shipments=list_shipments(order.id),
        products=find_products(_product_ids(order)),
    )


def _product_ids(*orders: Order) -> set[int]:
    return {line.product_id for order in orders for part in order.sub_orders for line in part.lines}

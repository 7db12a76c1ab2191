"""A buyer's own orders."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.claims.models import Claim
from orders.claims.queries import list_claims_of
from orders.claims.rules import claim_state, claim_until, may_claim
from orders.deliveries.queries import list_batches_of, list_shipments
from orders.deliveries.rules import recalls_of
from orders.history.queries import (
    find_products,
    get_own_order,
    list_own_orders,
    list_refunds_of,
    refund_states,
)
from orders.history.rules import Happened, reason_of, story
from orders.pickups.queries import find_pickups
from orders.pickups.rules import is_ready
from orders.records.models import Order, SubOrder
from orders.records.rules import (
    OrderState,
    RefundState,
    axes_of,
    may_cancel,
    may_confirm,
    order_state,
    part_state,
    payment_state,
    refunded_of,
)
from orders.refunds.queries import list_cancellations
from orders.reviews.queries import find_reviewed
from orders.reviews.rules import may_review
from orders.shortages.queries import find_causes
from shop import clock
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("order_history", __name__)

# Nothing more will come of it.
ENDED = {
    OrderState.CLOSED,
    OrderState.CANCELLED,
    OrderState.REFUNDING,
    OrderState.REFUNDED,
}


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
    part_ids = [part.id for part in order.sub_orders]
    refund = refund_states([order.id]).get(order.id, RefundState.NONE)
    axes = axes_of(order, refund)
    state = order_state(axes)
    pickups = find_pickups(part_ids)
    cancellations = list_cancellations(part_ids)
    happened = Happened(
        list_shipments(order.id),
        cancellations,
        list_claims_of(part_ids),
        list_refunds_of(order.id),
        pickups,
        find_causes([each.id for each in cancellations]) if cancellations else {},
    )
    now = clock.now()
    batches = list_batches_of(order.id)
    recalled = recalls_of(batches)
    accepted = [line for part in order.sub_orders if part.accepted_at for line in part.lines]
    return render_template(
        "orders/history/show.html",
        order=order,
        state=state,
        payment=payment_state(axes),
        refunded_fen=refunded_of(order),
        part_states={
            part.id: part_state(part, at_pick_up=is_ready(pickups.get(part.id)))
            for part in order.sub_orders
        },
        steps=story(order, state, happened),
        may_cancel=may_cancel(axes),
        has_ended=state in ENDED,
        may_confirm=_confirmable(order, happened.claims),
        may_claim=[part.id for part in order.sub_orders if may_claim(part, now, recalled)],
        claim_until={part.id: claim_until(part) for part in order.sub_orders},
        may_review={line.id for line in accepted if may_review(line.sub_order, line, now)},
        reviewed=find_reviewed([line.id for line in accepted]) if accepted else set(),
        claims=happened.claims,
        claim_states={claim.id: claim_state(claim) for claim in happened.claims},
        cancellations=cancellations,
        reasons={
            each.id: reason_of(each, happened.shortages.get(each.id)) for each in cancellations
        },
        shipments=happened.shipments,
        batches=batches,
        recalled=recalled,
        pickups=pickups,
        products=find_products(_product_ids(order)),
    )


def _confirmable(order: Order, claims: Sequence[Claim]) -> list[SubOrder]:
    """The parts of which the buyer can say that they arrived: sent, and nothing is disputed."""
    disputed = {claim.sub_order_id for claim in claims if claim.closed_at is None}
    return [
        part
        for part in order.sub_orders
        if may_confirm(part_state(part)) and part.id not in disputed
    ]


def _product_ids(*orders: Order) -> set[int]:
    return {line.product_id for order in orders for part in order.sub_orders for line in part.lines}

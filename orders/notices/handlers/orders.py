"""What becomes of an order as a whole: placed, paid or closed."""

from orders.notices import queries
from orders.notices.handlers.letters import of_order, of_part, write_to_buyer, write_to_managers
from orders.records.events import OrderClosed, OrderPaid, OrderPlaced, TransferDue
from shop.events import on


@on(OrderPlaced)
def tell_placed(event: OrderPlaced) -> None:
    write_to_buyer(event.order, "order_placed", event.at, **of_order(event.order))


@on(TransferDue)
def tell_transfer_due(event: TransferDue) -> None:
    order = queries.get_order(event.order_id)
    write_to_buyer(order, "transfer_due", event.at, **of_order(order))


@on(OrderPaid)
def tell_paid(event: OrderPaid) -> None:
    """The buyer is reassured, and each cooperative has something to do."""
    order = queries.get_order(event.order_id)
    write_to_buyer(order, "order_paid", event.at, **of_order(order))
    for part in order.sub_orders:
        write_to_managers(part, "part_to_send", event.at, **of_part(part))


@on(OrderClosed)
def tell_closed(event: OrderClosed) -> None:
    order = queries.get_order(event.order_id)
    write_to_buyer(order, "order_closed", event.at, **of_order(order))

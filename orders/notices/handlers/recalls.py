"""A batch that is called back."""

from catalog.batches.events import BatchCalledBack
from orders.notices import queries
from orders.notices.handlers.letters import of_line, write_to_buyer
from orders.recalls.queries import get_called_back, list_order_ids, list_units
from orders.recalls.rules import step_of
from shop.events import on

_ORDERS_AT_A_TIME = 200


@on(BatchCalledBack)
def tell_recalled(event: BatchCalledBack) -> None:
    """Every buyer of the batch, once for each order: what of it they have, and what to do."""
    batch = get_called_back(event.batch_id)
    assert batch.recall is not None
    order_ids = list_order_ids(batch.id)
    for start in range(0, len(order_ids), _ORDERS_AT_A_TIME):
        some = order_ids[start : start + _ORDERS_AT_A_TIME]
        units = list_units(batch.id, some)
        for order_id in some:
            write_to_buyer(
                queries.get_order(order_id),
                step_of(batch.code),
                event.at,
                product=batch.product.name,
                cooperative=batch.product.cooperative.name,
                code=batch.code,
                reason=batch.recall.reason,
                lines=[of_line(line, quantity) for line, quantity in units[order_id]],
            )

"""What no longer comes: an order called off, units taken out, a harvest that fell short."""

from orders.notices import queries
from orders.notices.handlers.letters import (
    of_line,
    of_order,
    write,
    write_to_buyer,
    write_to_managers,
)
from orders.records.events import OrderCancelled, UnitsCancelled
from orders.refunds.models import Side
from orders.refunds.rules import money_back_by
from orders.shortages.events import ShortageReported
from orders.shortages.queries import get_told_shortage
from shop.events import on


@on(OrderCancelled)
def tell_cancelled(event: OrderCancelled) -> None:
    order = queries.get_order(event.order_id)
    write_to_buyer(order, "order_cancelled", event.at, **of_order(order))


@on(UnitsCancelled)
def tell_units_cancelled(event: UnitsCancelled) -> None:
    """Whoever did not do it is told what no longer comes."""
    if event.is_told:
        return
    cancellation = queries.get_cancellation(event.cancellation_id)
    part = queries.get_part(cancellation.sub_order_id)
    told = {
        "cooperative": part.cooperative_name,
        "reason": cancellation.reason,
        "lines": [of_line(item.line, item.quantity) for item in cancellation.items],
    }
    if cancellation.side is Side.BUYER:
        write_to_managers(part, f"part_cancelled:{cancellation.id}", event.at, **told)
    else:
        write_to_buyer(part.order, f"units_cancelled:{cancellation.id}", event.at, **told)


@on(ShortageReported)
def tell_short(event: ShortageReported) -> None:
    """Each buyer reads what is missing, what comes back for it and until when; those who run the
    cooperative read what one of its people did."""
    shortage = get_told_shortage(event.shortage_id)
    why = {"cause": shortage.cause.value, "note": shortage.note}
    for each in shortage.lines:
        part, refund = each.line.sub_order, each.cancellation.refund
        assert refund is not None
        write_to_buyer(
            part.order,
            f"units_short:{each.cancellation_id}:{each.line.id}",
            event.at,
            cooperative=part.cooperative_name,
            lines=[of_line(each.line, each.units)],
            amount_fen=refund.amount_fen,
            with_freight=refund.amount_fen > each.units * each.line.unit_price_fen,
            due=money_back_by(refund).isoformat(),
            **why,
        )
    first, others = shortage.lines[0].line, queries.list_managers(shortage.cooperative_id)
    for manager in others:
        if manager.account_id != shortage.by_id:
            write(
                manager,
                "shortage_reported",
                f"shortage_reported:{shortage.id}:{manager.account_id}",
                event.at,
                path=f"/cooperative/shortages/{shortage.id}",
                lines=[of_line(first, shortage.units)],
                orders=len(shortage.lines),
                **why,
            )

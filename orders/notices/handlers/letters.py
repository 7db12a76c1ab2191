"""A notice for each step of an order: into the inbox, by mail, and the urgent ones by phone.

The key of a notice says which step of which order it is about: no step is told twice.
"""

from datetime import datetime
from typing import Any

from orders.notices import queries
from orders.records.models import Order, OrderLine, SubOrder
from shop.accounts.notices.rules import Contact
from shop.accounts.notices.services import tell


def write_to_buyer(
    order: Order, step: str, at: datetime, *, path: str = "", **context: Any
) -> None:
    """``step`` is the template's name, and what follows a colon tells its letters apart.

    The letter leads to the order unless it names another page.
    """
    buyer = queries.find_buyer(order)
    if buyer is not None:
        path = path or f"/orders/{order.number}"
        write(buyer, step, f"{order.number}:{step}", at, path=path, number=order.number, **context)


def write_to_managers(
    part: SubOrder, step: str, at: datetime, *, path: str = "", **context: Any
) -> None:
    """Everybody who runs the cooperative; the letter leads to the part unless it names another
    page."""
    path = path or f"/cooperative/orders/{part.number}"
    for manager in queries.list_managers(part.cooperative_id):
        key = f"{part.number}:{step}:{manager.account_id}"
        write(manager, step, key, at, path=path, number=part.number, **context)


def write(to: Contact, step: str, key: str, at: datetime, *, path: str, **context: Any) -> None:
    """Once for each key, whoever else hears of the same step."""
    letter = f"orders/{step.partition(':')[0]}"
    tell(to, letter, context, key=key, path=path, at=at)


def of_order(order: Order) -> dict[str, Any]:
    """What letters on a whole order say of it: fen, moments and days as ISO 8601."""
    return {
        "total_fen": order.total_fen,
        "pay_before": order.expires_at.isoformat(),
        "parts": [
            {
                "cooperative": part.cooperative_name,
                "lines": _lines(part),
                "promised_on": part.promised_on.isoformat(),
            }
            for part in order.sub_orders
        ],
    }


def of_part(part: SubOrder) -> dict[str, Any]:
    """What letters on one cooperative's part say of it, with freight in its fen."""
    return {
        "cooperative": part.cooperative_name,
        "lines": _lines(part),
        "promised_on": part.promised_on.isoformat(),
        "amount_fen": part.goods_fen + part.freight_fen,
    }


def _lines(part: SubOrder) -> list[dict[str, Any]]:
    return [of_line(line, line.quantity) for line in part.lines]


def of_line(line: OrderLine, quantity: int) -> dict[str, Any]:
    """Read by templates/emails/orders/_lines.txt. A day goes in as it is: letters word it."""
    return {
        "name": line.product_name,
        "spec": line.spec,
        "quantity": quantity,
        "unit": line.unit,
        "ships_on": line.ships_on.isoformat() if line.ships_on else "",
    }

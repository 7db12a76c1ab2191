"""Buy again what an order was about."""

from dataclasses import dataclass, field
from datetime import datetime

from catalog.stock.rules import supply_of
from orders.cart.errors import NotForSale, TooManyKinds
from orders.cart.models import MOST_PER_LINE
from orders.cart.queries import Owner, get_variant
from orders.cart.services import top_up
from orders.records.models import Order, OrderLine
from shop import clock


@dataclass(slots=True)
class PutBack:
    """How many kinds are in the basket again, and what is not, or not in full: the line, and why
    in a sentence."""

    kinds: int = 0
    missing: list[tuple[OrderLine, str]] = field(default_factory=list)


def put_back(order: Order, *, at: datetime) -> PutBack:
    """Have in the buyer's basket what an order was about, as far as it is still sold, at today's
    prices. Doing so twice changes nothing the second time."""
    owner = Owner(account_id=order.account_id)
    wanted: dict[int, int] = {}
    lines: dict[int, OrderLine] = {}
    for line in [line for part in order.sub_orders for line in part.lines]:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
        lines[line.variant_id] = line
    result = PutBack()
    for variant_id, quantity in wanted.items():
        problem = _put(owner, variant_id, quantity, at, result)
        if problem:
            result.missing.append((lines[variant_id], problem))
    return result


def _put(owner: Owner, variant_id: int, quantity: int, at: datetime, result: PutBack) -> str:
    """Why it is not there, or not all of it; empty when it is."""
    try:
        top_up(owner, variant_id, quantity, at=at)
    except TooManyKinds as error:
        return str(error)
    except NotForSale as error:
        result.kinds += _put_what_is_left(owner, variant_id, at)
        return str(error)
    result.kinds += 1
    return ""


def _put_what_is_left(owner: Owner, variant_id: int, at: datetime) -> bool:
    most = min(supply_of(get_variant(variant_id), clock.day_of(at)).most, MOST_PER_LINE)
    try:
        top_up(owner, variant_id, most, at=at)
    except (NotForSale, TooManyKinds):
        return False
    return most > 0

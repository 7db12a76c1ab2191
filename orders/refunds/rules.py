"""What goes back with what. Integer fen. The rule in words: docs/refunds.md."""

from collections.abc import Iterable

from orders.records.models import OrderLine, SubOrder


def freight_of_cancellation_fen(part: SubOrder) -> int:
    """The freight that goes back once units of a part were called off.

    All that was paid if nothing of the part was sent or will be; else nothing: what still comes
    costs what was agreed, and is never made dearer because it became less.
    """
    comes = any(line.quantity > line.cancelled_quantity for line in part.lines)
    return 0 if comes else part.freight_fen - part.freight_refunded_fen


def waiting_units(lines: Iterable[OrderLine]) -> dict[int, int]:
    """How many units of each line can still be called off, by the line's id."""
    return {line.id: line.waiting_quantity for line in lines if line.waiting_quantity}

"""What can go wrong with saying that goods are missing."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class MoreThanWaits(Conflict):
    """Fewer units wait to be sent than were said to be missing."""

    code = "more_than_waits"

    def __init__(self, waiting: int, unit: str) -> None:
        self.waiting = waiting
        super().__init__(
            _l(
                "等着发货的只有 %(count)s %(unit)s，缺的不会比这更多。",
                count=waiting,
                unit=unit,
            )
        )


class TooManyOrders(Conflict):
    """One act would call units of more orders off than it may hold up."""

    code = "too_many_orders"

    def __init__(self, most: int, units: int, unit: str) -> None:
        self.units = units
        super().__init__(
            _l(
                "一次最多涉及 %(most)s 个订单，请先报 %(units)s %(unit)s，再报其余的。",
                most=most,
                units=units,
                unit=unit,
            )
        )


class PlanChanged(Conflict):
    """Other people, or other amounts, are concerned than those that were shown."""

    code = "plan_changed"
    message = _l("刚刚有订单发货、取消或新付款，涉及的人变了。下面是现在的情况，请再确认一次。")

"""What can go wrong with stock."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class OutOfStock(Conflict):
    """Fewer units are available than were asked for."""

    code = "out_of_stock"

    def __init__(self, name: str, spec: str, available: int, unit: str) -> None:
        self.available = available
        super().__init__(
            _l(
                "“%(name)s %(spec)s”只剩 %(available)s %(unit)s。",
                name=name,
                spec=spec,
                available=available,
                unit=unit,
            )
        )


class StockMismatch(Conflict):
    """A movement would take more than is held or on hand."""

    code = "stock_mismatch"
    message = _l("库存数量与操作不符，请刷新后再试。")

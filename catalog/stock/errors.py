"""What can go wrong with stock."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class OutOfStock(Conflict):
    """Fewer units are available, or can be sold in advance, than were asked for."""

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


class HarvestNotIn(Conflict):
    """Goods that were sold in advance are not in the store yet, so they can't be sent."""

    code = "harvest_not_in"

    def __init__(self, name: str, spec: str, missing: int, unit: str) -> None:
        self.missing = missing
        super().__init__(
            _l(
                "“%(name)s %(spec)s”这批预售还没有入库，还差 %(missing)s %(unit)s。"
                "请先登记收成数量，再发货。",
                name=name,
                spec=spec,
                missing=missing,
                unit=unit,
            )
        )

"""What can't be done with a sheet of tracking numbers."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError
from shop.sheets.errors import FileRefused


class NoColumns(FileRefused):
    """Nobody knows which column names the orders, or which the tracking numbers."""

    code = "no_columns"
    message = _l(
        "没有找到“订单号”和“快递单号”这两列。请用下载的待发货表来填，或把表头改成这两个名称。"
    )


class TooManyWaiting(Conflict):
    """So many sheets wait for a decision already."""

    code = "too_many_tracking_sheets"
    message = _l("已经有 10 份单号表等着处理。请先发货或作废它们，再上传新的。")


class SheetBusy(Conflict):
    """It is being shipped, or was thrown away."""

    code = "tracking_sheet_busy"
    message = _l("这份表正在发货，或已经作废，没有再发一次。")


class NothingToShip(DomainError):
    """No row of it can be shipped now."""

    code = "nothing_to_ship"
    message = _l("这份表里现在没有能发的包裹。")

"""What can't be done with a sheet of listings."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError
from shop.sheets.errors import FileRefused


class NoHeads(FileRefused):
    """No line of the first ones could head the columns."""

    code = "no_heads"
    message = _l("没有找到表头。第一行要写各列的名称，例如“商品名称”“规格”“价格”。")


class ColumnsUnclear(DomainError):
    """One thing is to be read from two columns, or from none."""

    code = "columns_unclear"


class TooManyWaiting(Conflict):
    """So many sheets wait for a decision already."""

    code = "too_many_sheets_waiting"
    message = _l("已经有 10 份表格等着处理。请先导入或作废它们，再上传新的。")


class ImportDone(Conflict):
    """The sheet was taken over or thrown away a moment before."""

    code = "import_done"
    message = _l("这份表格已经导入或作废了，没有重复导入。")


class NotChecked(Conflict):
    """Its rows are still being looked at."""

    code = "import_not_checked"
    message = _l("还在逐行检查，请稍等。")


class NothingToApply(DomainError):
    """No row would change anything."""

    code = "nothing_to_apply"
    message = _l("没有需要导入的改动。")

"""What can't be done with a sheet of listings."""

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError
from shop.sheets.errors import FileRefused


class NoHeads(FileRefused):
    """No line of the first ones could head the columns."""

    code = "no_heads"
    message = _l("没有找到表头。第一行要写各列的名称，例如“商品名称”“规格”“价格”。")


class NothingToApply(DomainError):
    """No row would change anything."""

    code = "nothing_to_apply"
    message = _l("没有需要导入的改动。")

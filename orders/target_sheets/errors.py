"""What can't be done with sheets of targets."""

from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from shop.errors import DomainError
from shop.sheets.errors import FileRefused


class NoHeads(FileRefused):
    """No line of it could head the columns."""

    code = "no_heads_of_targets"
    message = _l("没有找到表头。请下载模板，照着它的列填写。")


class ColumnsMissing(FileRefused):
    """Nobody knows what its rows are to reach."""

    code = "columns_of_targets_missing"

    def __init__(self, columns: Iterable[str]) -> None:
        names = gettext("、").join(columns)
        super().__init__(_l("表里还缺这些列：%(columns)s。请对照模板补上。", columns=names))


class RowsWrong(DomainError):
    """A sheet is taken over whole or not at all."""

    code = "rows_of_targets_wrong"
    message = _l("还有行有误，整份都没有导入。请改好表格后重新上传。")


class NothingToApply(DomainError):
    code = "no_targets_to_apply"
    message = _l("表里没有要改的目标，什么都没有导入。")

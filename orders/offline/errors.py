"""What can go wrong with sales that were not made online."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError
from shop.sheets.errors import FileRefused


class MonthClosed(Conflict):
    """The month of the sale was filed; it counts later, for a reason."""

    code = "sale_month_closed"

    def __init__(self, month: str, counts_in: str) -> None:
        self.month, self.counts_in = month, counts_in
        super().__init__(
            _l(
                "%(month)s 已经上报，这一笔会计入 %(counts_in)s。请写明为什么迟报。",
                month=month,
                counts_in=counts_in,
            )
        )


class NoEvidence(DomainError):
    code = "sale_without_evidence"
    message = _l("请至少上传一份佐证材料：合同、发票、转账凭证或现场照片。")


class NoHeads(FileRefused):
    """No line of the first ones could head the columns."""

    code = "no_heads"
    message = _l("没有找到表头。请保留明细台账的表头行，例如“供货主体”“产品名称”“数量”“金额”。")


class NothingToApply(DomainError):
    code = "nothing_to_apply"
    message = _l("没有可以导入的行。")

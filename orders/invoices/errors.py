"""What can't be done with invoices."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class NotAcceptedYet(DomainError):
    code = "not_accepted_yet"
    message = _l("确认收货之后才能开发票。")


class NothingToInvoice(Conflict):
    code = "nothing_to_invoice"
    message = _l("这一份的款项已经全部退回，没有可以开票的金额。")


class InvoiceUnderWay(Conflict):
    code = "invoice_under_way"
    message = _l("这一份已经申请过发票。")


class NotInThatState(Conflict):
    code = "invoice_not_in_that_state"
    message = _l("发票的状态已经变化，请刷新后再看。")


class NumberTaken(DomainError):
    code = "invoice_number_taken"
    message = _l("这个发票号码已经登记过，请核对。")


class BadNumber(DomainError):
    code = "bad_invoice_number"
    message = _l("数电发票号码是 20 位数字。")


class BadDay(DomainError):
    code = "bad_invoice_day"
    message = _l("开票日期不能早于验收、晚于今天。")


class NoSuchRequest(DomainError):
    code = "no_such_invoice_request"
    message = _l("没有这个订单的开票申请，请核对订单号。")


class TooManyRows(DomainError):
    code = "too_many_invoice_rows"
    message = _l("一次最多 500 行，请分几次。")


class UnreadableFile(DomainError):
    code = "unreadable_invoice_file"
    message = _l("读不出这个文件，请用 XLSX 或 CSV，表头要有“订单号”“发票号码”“开票日期”。")


class FileTooLarge(DomainError):
    code = "invoice_file_too_large"
    message = _l("发票文件不能超过 5 MB。")


class NotAnInvoiceFile(DomainError):
    code = "not_an_invoice_file"
    message = _l("这不是完好的 PDF、OFD 或 XML 发票文件，请用电子税务局下载的原件。")


class OtherInvoice(DomainError):
    code = "file_of_another_invoice"
    message = _l("文件里没有这个发票号码，请核对是不是这一张。")

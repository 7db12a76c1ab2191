"""What can go wrong with a bank statement, a receipt or a payout."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class StatementRefused(DomainError):
    """The file can't be read as a bank statement; nothing of it was kept."""

    code = "statement_refused"
    message = _l("这个文件读不出来，没有导入任何内容。")


class NoStatement(StatementRefused):
    """Neither CSV nor XLSX, whatever its name says."""

    code = "no_statement"
    message = _l("只能导入 CSV 或 XLSX。老式的 XLS 请先在表格软件里另存为 XLSX。")


class EmptyStatement(StatementRefused):
    """No bytes, or no row in it."""

    code = "empty_statement"
    message = _l("文件是空的。")


class UnknownEncoding(StatementRefused):
    """Text that is neither UTF-8 nor GB18030."""

    code = "unknown_encoding"
    message = _l(
        "文字编码认不出来。请导出为 UTF-8 或 GB18030（GBK）的 CSV，或者 XLSX；不支持 UTF-16。"
    )


class BrokenWorkbook(StatementRefused):
    """A ZIP file that is no workbook, a damaged one, or one made to burst."""

    code = "broken_workbook"
    message = _l("这个 XLSX 文件已损坏，或不是表格。请从网银重新导出。")


class TooManyRows(StatementRefused):
    """More than a statement may have."""

    code = "too_many_rows"
    message = _l("一次最多导入 50,000 行，请按日期分几次导出。")


class MissingColumns(StatementRefused):
    """No line of the first ones heads all the columns that are needed."""

    code = "missing_columns"


class StatementDone(Conflict):
    """The statement was imported or sent back a moment before."""

    code = "statement_done"
    message = _l("这份流水已经导入或退回了。")


class NothingToImport(DomainError):
    """No row of the statement is both right and new."""

    code = "nothing_to_import"
    message = _l("没有可以导入的新收款。")


class UnknownOrder(DomainError):
    """Neither an order's number nor a matching code."""

    code = "unknown_order"
    message = _l("没有这个订单号或识别码。")


class MistypedCode(UnknownOrder):
    """It looks like a matching code, and its check character is wrong."""

    code = "mistyped_code"
    message = _l("识别码有误：校验位不符，请再核对一遍。")


class ReceiptTaken(Conflict):
    """The receipt is in another proposal, or was matched."""

    code = "receipt_taken"
    message = _l("这笔收款已经在另一个提议里，或已经核销。")


class AlreadyPaid(Conflict):
    """The order needs no more money."""

    code = "already_paid"
    message = _l("这个订单已经付清。请提议把这笔款退回汇款人。")


class AlreadyDecided(Conflict):
    """Somebody else was faster."""

    code = "already_decided"
    message = _l("这一条已经有人处理过了。")


class SamePerson(DomainError):
    """Who proposed something can't be the one who decides on it."""

    code = "same_person"
    status = 403
    message = _l("提议和复核必须是两个人，请让另一位财务来复核。")


class NotOwed(Conflict):
    """The money was paid out already, or is not to be paid out by transfer."""

    code = "not_owed"
    message = _l("这笔款不需要付出，或已经登记了付款。")


class ReferenceUsed(Conflict):
    """One transfer of the bank can't settle two debts."""

    code = "reference_used"
    message = _l("这个银行流水号已经登记在另一笔付款上。")

"""What can go wrong with a bank statement, a receipt or a payout."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError
from shop.sheets.errors import FileRefused


class MissingColumns(FileRefused):
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

"""What can't be done with a cooperative's bank account."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class ChangeWaits(Conflict):
    code = "account_change_waits"
    message = _l("已有一个新账户在等确认或等生效。要换成别的，请先撤回它。")


class SameAccount(DomainError):
    code = "same_account"
    message = _l("这就是现在的收款账户。")


class OwnChange(Conflict):
    code = "own_account_change"
    message = _l("不能确认自己提交的账户，要由另一位负责人或平台财务确认。")


class ChangeDecided(Conflict):
    code = "account_change_decided"
    message = _l("这个新账户已经处理过了，请刷新后再看。")

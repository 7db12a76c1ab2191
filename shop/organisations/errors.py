"""What can't be done with organisations."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class BadCreditCode(DomainError):
    code = "bad_credit_code"
    message = _l("统一社会信用代码不对：应为 18 位，最后一位校验码也要对得上。")


class CreditCodeTaken(DomainError):
    code = "credit_code_taken"
    message = _l("这个统一社会信用代码已经登记过。")


class NameTaken(DomainError):
    code = "name_taken"
    message = _l("已有同名的单位，请写全称。")


class TownNotAssisted(DomainError):
    code = "town_not_assisted"
    message = _l("所在镇今天不是重点帮扶镇，合作社不能登记或准入。")


class NotInThatState(Conflict):
    code = "not_in_that_state"
    message = _l("合作社的状态已经变化，请刷新后再看。")

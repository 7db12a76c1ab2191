"""What can't be done with accounts."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class IdentifierTaken(DomainError):
    code = "identifier_taken"
    message = _l("这个手机号或邮箱已经注册过，请直接登录。")


class WrongPassword(DomainError):
    code = "wrong_password"
    message = _l("现在的密码不对。")


class NotInZhuhai(DomainError):
    code = "not_in_zhuhai"
    message = _l("目前只送到珠海的镇街。")


class TooManyAddresses(DomainError):
    code = "too_many_addresses"
    message = _l("地址簿最多存 20 个地址，请先删掉不用的。")


class AlreadyHolds(Conflict):
    code = "already_holds"
    message = _l("这个账户已经有同样的职务或单位，请先结束原来的。")


class LastAdministrator(Conflict):
    code = "last_administrator"
    message = _l("这是最后一位管理员，不能结束任职。请先邀请另一位。")

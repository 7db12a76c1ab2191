"""What can stand in the way of a second factor."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class WrongCode(DomainError):
    code = "wrong_code"
    message = _l("验证码不对，或已经用过。请等手机上换了新的再填。")


class FactorStands(Conflict):
    code = "factor_stands"
    message = _l("两步验证已经打开了。")


class OwnFactor(Conflict):
    code = "own_factor"
    message = _l("不能重置自己的两步验证，请另一位管理员来做。")

"""What can't be done with the agreement and the privacy text."""

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError


class PoliciesMissing(DomainError):
    code = "policies_missing"
    message = _l("用户协议和隐私政策还没有发布，暂时不能注册。")


class AnnouncedTooLate(DomainError):
    code = "announced_too_late"
    message = _l("修改要提前至少 7 天公示，请把生效日期往后推。")


class OutOfOrder(DomainError):
    code = "out_of_order"
    message = _l("已经公示了更晚生效的版本，新版本不能比它早生效。")

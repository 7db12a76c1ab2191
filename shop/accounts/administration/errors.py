"""What can't be done with invitations."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError, NotFound


class InvitationGone(NotFound):
    code = "invitation_gone"
    message = _l("这个邀请链接已经用过、被收回或过期了。请联系邀请您的人再发一次。")


class BodyDoesNotFit(DomainError):
    code = "body_does_not_fit"
    message = _l("镇一级只能是镇政府或驻镇工作队，其他范围不能选这两种。")


class NotTheInvited(DomainError):
    code = "not_the_invited"
    status = 403
    message = _l("这个邀请发给了另一个邮箱或手机号。请先退出，再用它登录或注册。")


class TooManyInvitations(DomainError):
    code = "too_many_invitations"
    message = _l("您有太多没人接受的邀请，请先等一等，或收回一些。")


class AlreadyInvited(Conflict):
    code = "already_invited"
    message = _l("这个邮箱或手机号已经有一个同样的、还没过期的邀请。")

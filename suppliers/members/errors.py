"""What can't be done with the members of a cooperative."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class LastManager(Conflict):
    code = "last_manager"
    message = _l("合作社至少要有一位负责人。请先让另一位成员做负责人。")


class NoMessages(DomainError):
    code = "no_messages"
    message = _l("平台还没有开通短信，请填邮箱。")

"""What can't be done with places."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class NotAssistable(DomainError):
    code = "not_assistable"
    message = _l("只有茂名、阳江的镇可以认定为重点帮扶镇。")


class EndsBeforeItBegins(DomainError):
    code = "ends_before_it_begins"
    message = _l("结束日期不能早于开始日期。")


class AlreadyDesignated(Conflict):
    code = "already_designated"
    message = _l("这个镇在这段日期内已经是重点帮扶镇，不能重复认定。")


class AlreadyEnded(Conflict):
    code = "already_ended"
    message = _l("这项认定已经有了结束日期。")

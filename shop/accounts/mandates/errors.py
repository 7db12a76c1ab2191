"""What can't be done on behalf of a cooperative."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class NotOfTheTeam(DomainError):
    code = "not_of_the_team"
    message = _l("只能授权本镇驻镇工作队的在任干部，请重新选择。")


class WorksForCooperative(DomainError):
    """They would mix up whom they act for."""

    code = "works_for_cooperative"
    message = _l("这位干部自己是一家合作社的成员，不能代办。")


class BadPeriod(DomainError):
    code = "bad_period"
    message = _l("授权从今天或以后开始，最长一年。")


class MandateOver(Conflict):
    """It was withdrawn, has run out, or rests on an office that ended."""

    code = "mandate_over"
    status = 403
    message = _l("这项代办授权现在无效：可能已经到期、被收回，或者合作社已暂停。没有做任何改动。")

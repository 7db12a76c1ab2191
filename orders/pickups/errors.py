"""What can go wrong at a pick-up point."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class PointClosed(DomainError):
    """The point is unknown, or takes no more orders."""

    code = "point_closed"
    message = _l("这个自提点已停用，请换一个自提点，或送到家。")


class PointNameTaken(Conflict):
    code = "point_name_taken"
    message = _l("已经有一个同名的自提点。")


class NotAKeeper(Conflict):
    """The person does not hold the office, or has left."""

    code = "not_a_keeper"
    message = _l("这个人现在不是自提点负责人，请先邀请。")


class NotOnItsWay(Conflict):
    """Not all of the part was sent, or it has arrived already."""

    code = "not_on_its_way"
    message = _l("这一单还没有发齐，或已经登记过到点。")


class CodeUnknown(DomainError):
    """Nothing with this code waits at the point."""

    code = "code_unknown"
    message = _l("没有这个取货码。请和买家核对六位数字。")


class NotArrivedYet(DomainError):
    """The code is right, but the goods are not there."""

    code = "not_arrived_yet"
    message = _l("取货码没错，但这一单还没有登记到点。")


class TooManyWrongCodes(DomainError):
    """Somebody may be guessing."""

    code = "too_many_wrong_codes"
    status = 429
    message = _l("输错太多次了，请等十分钟再试。")

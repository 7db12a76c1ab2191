"""What can't be done with a flag."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, NotAllowed


class AlreadyCleared(Conflict):
    code = "flag_already_cleared"
    message = _l("这条疑点刚刚有人核销过，请看过他们写的说明。")


class TownMayNotClear(NotAllowed):
    """Who filed the month does not clear what was found in it."""

    code = "town_may_not_clear"
    message = _l("疑点由县工作组或以上的人核销，镇里可以查看。")

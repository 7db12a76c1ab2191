"""Why a change that waits can't be decided about as it is."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class Ended(Conflict):
    """Somebody decided about it a moment before, or it was withdrawn."""

    code = "change_ended"
    message = _l("这项改动已经有人处理过，或者已经撤回。")


class ChangedMeanwhile(Conflict):
    """The listing is no longer what was looked at."""

    code = "changed_meanwhile"
    message = _l("商品刚刚又有改动，请看过现在的内容再决定。")

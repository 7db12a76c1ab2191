"""What can go wrong with reviews."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class NotReviewable(Conflict):
    """The line was not accepted, nothing of it was kept, or that was too long ago."""

    code = "not_reviewable"
    message = _l("现在不能评价：还没有验收、已经全部退货退款，或验收已经超过 180 天。")


class NoWords(Conflict):
    """There is nothing to hide."""

    code = "no_words"
    message = _l("这条评价没有文字，星级不能隐藏。")

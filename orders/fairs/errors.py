"""What can't be done with activities, allotments and tills."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class ActivityOver(Conflict):
    """It was called off or closed: nothing of it changes any more."""

    code = "activity_over"
    message = _l("这个活动已经取消或结束，不能再改。")


class NotBegun(Conflict):
    """Closed before its first day, nothing could ever be sold there."""

    code = "not_begun"
    message = _l("这个活动还没开始，不能先结束；不办了，请取消它。")


class TakesPartAlready(Conflict):
    """A cooperative has something allotted or sold there, so it can't be left out."""

    code = "takes_part_already"
    message = _l("“%(name)s”已经留了货或卖过货，不能去掉。")


class SoldOnOtherDays(Conflict):
    code = "sold_on_other_days"
    message = _l("收银台在别的日子已经卖过货，日期要包括那几天。")


class NobodyHere(DomainError):
    """No account has this phone number or e-mail address."""

    code = "nobody_here"
    message = _l("没有找到用这个手机号或邮箱注册的人。请先让对方注册。")


class NamedAlready(Conflict):
    code = "named_already"
    message = _l("这个人已经可以收银了。")


class AllottedMeanwhile(Conflict):
    """Somebody of the cooperative changed the allotment since it was seen."""

    code = "allotted_meanwhile"
    message = _l("刚刚有人改过这一项，请看过现在的数再改。")


class NotOnThisDay(Conflict):
    code = "not_on_this_day"
    message = _l("这一天不在活动日期之内，不能收银。")


class NotForSale(Conflict):
    """The goods are not allotted to this fair, or not this person's to sell."""

    code = "not_for_sale"
    message = _l("这件商品不在您的收银台上。")


class KeyReused(Conflict):
    """Another sale came with the same key before."""

    code = "key_reused"
    message = _l("这笔记录和以前的一笔编号相同，没有保存。请刷新页面后再记。")


class NotUndone(Conflict):
    """Only today's sales are taken back at the till; later ones by who keeps the ledger."""

    code = "not_undone"
    message = _l("只能撤销当天的收银。以前的请告诉干部，由干部冲销。")


class JudgedAlready(Conflict):
    code = "judged_already"
    message = _l("这一笔刚刚已经有人处理了。")


class RungUpBefore(Exception):  # no refusal: the sale has its outcome
    """The same sale came in twice at the same moment; the other one has been kept."""

"""What can't be done with targets."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class SetMeanwhile(Conflict):
    code = "target_set_meanwhile"
    message = _l("刚刚有人改过这个目标，请核对后再提交。")


class NoTargetHere(DomainError):
    code = "no_target_here"
    message = _l("只有重点帮扶镇才有年度目标。")


class NotDesignated(DomainError):
    code = "town_not_designated"
    message = _l("这个镇当年不是重点帮扶镇，不能设年度目标。")


class YearOutOfRange(DomainError):
    code = "year_out_of_range"
    message = _l("年度目标只能设在 2021 年到 2100 年之间。")


class MonthsDoNotSum(DomainError):
    code = "months_do_not_sum"
    message = _l("各月之和与年度目标不一致。")


class ReasonMissing(DomainError):
    code = "reason_missing"
    message = _l("修改目标要写明理由。")


class NothingToTakeBack(Conflict):
    code = "nothing_to_take_back"
    message = _l("这里还没有目标，不用撤销。请填写金额。")


class AreaMissing(DomainError):
    code = "area_missing"
    message = _l("请在县、市或全部的页面上设定它自己的目标。")

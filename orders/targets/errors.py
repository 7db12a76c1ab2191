"""What can't be done with targets."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class SetMeanwhile(Conflict):
    code = "target_set_meanwhile"
    message = _l("刚刚有人改过这个镇的目标，请核对后再提交。")


class NoTargetHere(DomainError):
    code = "no_target_here"
    message = _l("只有重点帮扶镇才有年度目标。")


class YearOutOfRange(DomainError):
    code = "year_out_of_range"
    message = _l("年度目标只能设在 2021 年到 2100 年之间。")

"""What can't be done with a wish to leave."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class LeavesAlready(Conflict):
    code = "leaves_already"
    message = _l("已经提交过退出申请。")


class NotLeaving(Conflict):
    code = "not_leaving"
    message = _l("现在没有可以撤回或办结的退出申请。")


class NotSettled(Conflict):
    code = "not_settled"
    message = _l("还有没办完的事，办完以后才能退出。")

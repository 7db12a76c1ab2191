"""What can't be done with a message."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class ArrivedAlready(Conflict):
    code = "arrived_already"
    message = _l("这条消息已经送达，不用再发。")


class MustArrive(Conflict):
    code = "must_arrive"
    message = _l("这类消息不能放弃，请排除故障后重发。")


class NotDead(Conflict):
    code = "not_dead"
    message = _l("这条消息还在发送，或已经处理过。")

"""What can go wrong with cancelling and refunding."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class AlreadySent(Conflict):
    """A part of the order is on its way, was cancelled, or the order was never paid."""

    code = "already_sent"
    message = _l("合作社已经发货，或订单已经变化，不能整单取消。收到后如有质量问题，可以申请售后。")


class NotWaiting(Conflict):
    """Fewer units wait to be sent than were to be called off."""

    code = "not_waiting"
    message = _l("有的商品刚刚发货或已经取消，数量对不上，这次什么也没有取消。请看看还剩多少再试。")


class NothingChosen(Conflict):
    """Nothing was said to be called off."""

    code = "nothing_chosen"
    message = _l("请至少选一件。")


class NotFailedForGood(Conflict):
    """The provider has moved the money, may still do so, or nobody knows."""

    code = "not_failed_for_good"
    message = _l("这笔退款可能还在路上，或已经退回、已经改走转账，现在不能改走银行转账。")


class NothingLeftToRefund(Conflict):
    """More would go back than was captured."""

    code = "nothing_left_to_refund"
    message = _l("退款金额超过了实际收到的款项。")

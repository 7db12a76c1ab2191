"""What the codes of payments and refunds are called on the desk of finance."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.payments.models import AttemptState, PaymentMethod, SuspenseEnd, SuspenseKind


class Shown(StrEnum):
    """Which refunds are listed."""

    WAITING = "waiting"
    FAILED = "failed"
    ALL = "all"

    @property
    def label(self) -> LazyString:
        return _SHOWN[self]


_SHOWN = {
    Shown.WAITING: _l("处理中"),
    Shown.FAILED: _l("失败"),
    Shown.ALL: _l("全部"),
}
_KINDS = {
    SuspenseKind.WRONG_AMOUNT: _l("金额不符"),
    SuspenseKind.WRONG_CURRENCY: _l("币种不符"),
    SuspenseKind.UNKNOWN_INTENT: _l("认不出的付款"),
    SuspenseKind.UNKNOWN_REFUND: _l("商店以外的退款或拒付"),
}
_NAMES = {
    AttemptState.PENDING: _l("尚未连通"),
    AttemptState.OPEN: _l("等待付款"),
    AttemptState.SUCCEEDED: _l("已收款"),
    AttemptState.FAILED: _l("未成功"),
    AttemptState.QUARANTINED: _l("款项待核对"),
    PaymentMethod.ONLINE: _l("在线支付"),
    PaymentMethod.TRANSFER: _l("对公转账"),
    SuspenseEnd.RETURNED: _l("已退回"),
    SuspenseEnd.OUTSIDE: _l("已另行处理"),
    # What the provider last said, or why an attempt ended.
    "requires_payment_method": _l("等买家付款"),
    "requires_confirmation": _l("等买家确认"),
    "requires_action": _l("等买家验证"),
    "processing": _l("银行处理中"),
    "canceled": _l("已撤销"),
    "connected": _l("刚刚连通"),
    "provider_unavailable": _l("没有回答"),
    "provider_broke": _l("对方系统出错"),
    "provider_refused": _l("拒绝了请求"),
    "never_connected": _l("从未连通"),
    "unknown_intent": _l("查不到这笔付款"),
    "card_declined": _l("银行卡被拒"),
    "insufficient_funds": _l("余额不足"),
    "lost_or_stolen_card": _l("银行卡已挂失"),
    "expired_or_canceled_card": _l("银行卡已失效"),
    # What came of an event.
    "capture": _l("记为收款"),
    "fail": _l("记为未成功"),
    "quarantine": _l("转待核对"),
    "ignore": _l("没有新内容"),
    "not_about_an_intent": _l("与付款无关"),
    "refund_pending": _l("退款在途"),
    "refund_succeeded": _l("退款到账"),
    "refund_failed": _l("退款失败"),
    # How far a bank is that takes a payment back.
    "dispute_needs_response": _l("银行拒付，待答辩"),
    "dispute_under_review": _l("银行拒付，审理中"),
    "dispute_funds_withdrawn": _l("银行拒付，款项已扣走"),
    "dispute_funds_reinstated": _l("银行拒付，款项已还回"),
    "dispute_won": _l("银行拒付，我方胜诉"),
    "dispute_lost": _l("银行拒付，我方败诉"),
    "dispute_warning_needs_response": _l("银行询问，待答复"),
    "dispute_warning_under_review": _l("银行询问，审理中"),
    "dispute_warning_closed": _l("银行询问，已了结"),
}


def name_of(code: str) -> str:
    """What a code is called; the provider's own words that have no name here stay as they are."""
    return str(_NAMES.get(code, code))


def kind_of(kind: SuspenseKind) -> str:
    """Why money fits nothing."""
    return str(_KINDS[kind])

"""What can go wrong with settlements and payouts."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class AboveReceived(DomainError):
    """A part would be settled above what was received for it and not given back."""

    code = "above_received"
    message = _l("结算金额超过了这部分订单实际收到的款项，没有结算。")


class NoArrangement(DomainError):
    """There is no licensed payment arrangement under which the shop may pay sellers."""

    code = "no_arrangement"
    status = 403
    message = _l("还没有配置持牌支付安排，平台不能向合作社付款。结算单照常生成。")


class NothingToPay(Conflict):
    """Nobody is owed anything that could be paid now."""

    code = "nothing_to_pay"
    message = _l(
        "现在没有可以付款的合作社：要么没有待付的款，要么没有登记收款账户，要么已在另一批里。"
    )


class SamePerson(Conflict):
    """Who prepared a batch can't release it."""

    code = "same_person"
    message = _l("不能放行自己制的付款单，要由另一位财务复核。")


class BatchDecided(Conflict):
    """Somebody else was faster."""

    code = "batch_decided"
    message = _l("这批付款已经有人处理了。")


class NothingLeftToPay(Conflict):
    """No row of the batch is owed any more as it was prepared."""

    code = "nothing_left_to_pay"
    message = _l(
        "制单以后每一行都变了（退款或收款账户变更），没有可以放行的。请退回这批，重新制单。"
    )


class RowAnswered(Conflict):
    """What the bank did with a row has been written down before."""

    code = "row_answered"
    message = _l("这一行的银行结果已经登记过了，或者还没有放行。")

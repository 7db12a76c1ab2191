"""What can go wrong with claims."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError, NotAllowed


class TooLate(Conflict):
    """The time to claim is over, or nothing of the part was sent."""

    code = "too_late_to_claim"
    message = _l("现在不能申请售后：还没有发货、已经全部退款，或收到已经超过 48 小时。")


class ClaimOpen(Conflict):
    """A claim about the part is not settled yet."""

    code = "claim_open"
    message = _l("这家合作社的商品已经有一个售后申请在处理，处理完可以再申请。")


class NothingClaimed(DomainError):
    """The claim names no units, or more than there are."""

    code = "nothing_claimed"
    message = _l("请填写有问题的数量，不要超过收到的数量。")


class NotYourTurn(Conflict):
    """Somebody else has to act now, or the claim is settled."""

    code = "not_your_turn"
    message = _l("这个售后申请已经变化，请看看现在的进度。")


class WrongAmount(DomainError):
    """More was offered than is claimed, or nothing."""

    code = "wrong_amount"
    message = _l("金额要大于 0，且不超过申请的商品金额。")


class TooLittleForReturn(DomainError):
    """Goods are asked back for less than a fen for each of their lines."""

    code = "too_little_for_return"
    message = _l("要求退货时，每种商品至少退 0.01 元。")


class NoReturn(DomainError):
    """Perishables can't be asked back."""

    code = "no_return"
    message = _l("有生鲜商品，不能要求退货。")


class OwnClaim(NotAllowed):
    """Who is a party cannot decide."""

    code = "own_claim"
    message = _l("您是这个申请的一方，请让同事处理。")

"""What can go wrong between a basket and an order."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class NothingToOrder(DomainError):
    """The basket is empty, or nothing in it can be bought."""

    code = "nothing_to_order"
    message = _l("菜篮里没有可以下单的商品。")


class QuoteChanged(Conflict):
    """Prices, freight or stock are no longer what the buyer saw."""

    code = "quote_changed"
    message = _l("价格、运费或库存刚刚有变化，请核对后再提交。")


class PerishablesNotAgreed(DomainError):
    """Fresh goods can't be returned without a reason, and the buyer has to know it."""

    code = "perishables_not_agreed"
    message = _l("请确认您已知晓鲜活易腐商品不适用七天无理由退货。")


class NoDeliveryThere(DomainError):
    """The town is unknown, or lies outside Zhuhai."""

    code = "no_delivery_there"
    message = _l("目前只配送珠海市，请选择珠海的镇或街道。")


class NoUnit(DomainError):
    """The buyer is no member of an enterprise."""

    code = "no_unit"
    message = _l("您还没有加入企业或单位，只能以个人名义购买。")


class OnlyUnitsTransfer(DomainError):
    """A resident asked to pay by bank transfer."""

    code = "only_units_transfer"
    message = _l("以单位名义购买时才能选择对公转账。")


class NotWaiting(Conflict):
    """The order was paid or closed a moment before."""

    code = "not_waiting"
    message = _l("这个订单已经付款或已经关闭。")

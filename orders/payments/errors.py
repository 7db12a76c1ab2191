"""What can go wrong with a payment."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class ProviderUnavailable(DomainError):
    """The payment provider did not answer, or answered with a fault of its own."""

    code = "provider_unavailable"
    status = 503
    message = _l("支付服务暂时没有响应，订单已保留，请稍后再试。")


class ProviderBroke(ProviderUnavailable):
    """It answered with a fault of its own: whether it acted is unknown, and it would repeat that
    answer to the same idempotency key for a day (docs.stripe.com, "Idempotent requests")."""

    code = "provider_broke"


class ProviderRefused(DomainError):
    """The payment provider understood and said no; ``reason`` holds its own words, for finance."""

    code = "provider_refused"
    message = _l("支付服务拒绝了这个请求。")

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self.reason = reason or self.code


class UnknownIntent(ProviderRefused):
    """The payment provider knows no such intent."""

    code = "unknown_intent"
    message = _l("支付服务查不到这笔付款。如果您没有付款，请再试一次。")


class BadSignature(DomainError):
    """A webhook that is not signed by the provider, or was signed too long ago."""

    code = "bad_signature"
    status = 400
    message = _l("签名无效。")


class TooLittle(Conflict):
    """A transfer brought less than the order owes."""

    code = "too_little"
    message = _l("转账金额少于应付金额，不能确认付款。")


class NothingToPay(Conflict):
    """The order is paid, or it is closed."""

    code = "nothing_to_pay"
    message = _l("这个订单不需要支付。")

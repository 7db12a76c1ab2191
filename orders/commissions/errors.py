"""What can go wrong with commission rates."""

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError


class RateInThePast(DomainError):
    """Orders of that day have been placed at another rate."""

    code = "rate_in_the_past"
    message = _l("只能从今天或以后的日子起生效：以前的订单已经按当时的费率定下了。")

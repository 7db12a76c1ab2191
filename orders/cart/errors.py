"""What can go wrong with a basket."""

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError


class NotForSale(DomainError):
    """The variant exists, but can't be bought now, or not so much of it; the message says why."""

    code = "not_for_sale"


class TooManyKinds(DomainError):
    """A basket is a shopping list, not a warehouse."""

    code = "too_many_kinds"
    message = _l("菜篮里的品种太多了，请先结算一部分。")

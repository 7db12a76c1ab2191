"""What can go wrong with the sales ledger."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class NotReversible(Conflict):
    """Sold online, not a sale at all, or refunded in part: another way takes it back."""

    code = "sale_not_reversible"
    message = _l("这一笔不能冲销。")


class AlreadyReversed(Conflict):
    code = "sale_already_reversed"
    message = _l("这一笔已经冲销过了。")

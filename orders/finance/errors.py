"""What can go wrong on the desk of finance."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class BankSaidMore(Conflict):
    """The bank said more of a dispute than whoever settles it has read."""

    code = "bank_said_more"
    message = _l("银行刚刚有了新的答复，请看过上面的进度再记。")

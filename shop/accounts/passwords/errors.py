"""Why a password is not set anew."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class LinkOver(Conflict):
    """The link is an hour old, or was used."""

    code = "link_over"
    message = _l("这个链接已经失效：一小时内有效，只能用一次。")

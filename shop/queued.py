"""How what a browser kept in its queue is read: whole numbers and keys that it made up itself."""

import re

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError

# What one request may hold; a longer queue comes in several.
MOST_ACTS = 50
LARGEST = 2**31 - 1

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Unreadable(DomainError):
    """It is not what the shop's own pages send."""

    code = "unreadable"
    message = _l("看不懂这条记录，请刷新页面后再试。")


def is_key(given: object) -> bool:
    """Whether it is a UUID as browsers write them."""
    return isinstance(given, str) and _KEY.fullmatch(given) is not None


def key(given: object) -> str:
    """Raises Unreadable."""
    if not is_key(given):
        raise Unreadable
    return str(given)


def whole(given: object, least: int, most: int) -> int:
    """A whole number between two that both count. Raises Unreadable."""
    # True is an int to Python, but no number to us.
    if type(given) is not int or not least <= given <= most:
        raise Unreadable
    return given

"""What a browser kept while it had no network, or sends by itself: read with care, told one by one.

Each act has a key that the browser made up, so that it is done once however often it comes.
"""

import json
import re
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from shop.errors import DomainError

# What one request may hold; a longer queue comes in several.
MOST_ACTS = 50
LARGEST = 2**31 - 1

Answer = dict[str, Any]

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Unreadable(DomainError):
    """It is not what the shop's own pages send."""

    code = "unreadable"
    message = _l("看不懂这条记录，请刷新页面后再试。")


def read_acts(account_id: int, most_bytes: int) -> list[object] | tuple[Answer, int]:
    """The acts that the page of this person sent; else the answer that refuses them all, or a 413
    for more than so many bytes."""
    request.max_content_length = most_bytes
    try:
        given = json.loads(request.get_data())
    except (ValueError, RecursionError):
        given = None
    given = given if isinstance(given, dict) else {}
    acts, whose = given.get("acts"), given.get("account")
    if not isinstance(acts, list) or not 0 < len(acts) <= MOST_ACTS or type(whose) is not int:
        return {"error": Unreadable.code}, 400
    if whose != account_id:
        # Somebody else signed in on this phone; it keeps what is the other one's.
        return {"error": "other_account"}, 409
    return acts


def refused(key: object, refusal: DomainError) -> Answer:
    """What the page is told of an act that is not done."""
    return {
        "key": key if is_key(key) else None,
        "applied": False,
        "code": refusal.code,
        "reason": str(refusal),
        "version": None,
        "waits": False,
    }


def key_in(given: object) -> object:
    """The key of an act that can't be read otherwise, if it has one."""
    return given.get("key") if isinstance(given, dict) else None


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

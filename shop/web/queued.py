"""What a browser kept while it had no network, or sends by itself: read with care, told one by one.

Each act has a key that the browser made up, so that it is done once however often it comes.
"""

import json
from typing import Any

from flask import request

from shop.errors import DomainError
from shop.queued import MOST_ACTS, Unreadable, is_key

Answer = dict[str, Any]


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

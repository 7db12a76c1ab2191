"""Refuse requests that another site makes a browser send.

A browser says in Sec-Fetch-Site (or Origin, or at least Referer) where a request comes from, and a
page can't forge it; so no form needs a token and pages may be kept. See docs/decisions.
"""

from urllib.parse import urlsplit

from flask import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def comes_from_elsewhere(request: Request) -> bool:
    """Whether a state-changing request was caused by another site, or doesn't say by whom."""
    if request.method in SAFE_METHODS:
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if source is None:
        # Programs send neither; only one that carries a browser's cookie is suspicious.
        return bool(request.cookies)
    return urlsplit(source).netloc != request.host

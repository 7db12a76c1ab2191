"""Desks that work without a network: the service worker of each, and the pages that it keeps."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from flask import Response, current_app, url_for

from shop.web.packing import pack

View = TypeVar("View", bound=Callable[..., Any])

_QUEUE = "js/act-queue.js"
# What the pages of every such desk are drawn with.
_SHELL = (
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/desk.css",
    "img/favicon.svg",
    "img/empty-basket.svg",
    _QUEUE,
    "js/desk-offline.js",
    "js/submit-once.js",
)


def kept_offline(view: View) -> View:
    """Mark a page that a browser keeps for a time without a network: as long as the same person is
    signed in, and no longer."""
    view._kept_offline = True  # type: ignore[attr-defined]
    return view


def is_kept_offline(endpoint: str | None) -> bool:
    return getattr(current_app.view_functions.get(endpoint or ""), "_kept_offline", False)


def worker(
    name: str,
    *,
    desk: str,
    offline: str,
    kept: Sequence[str],
    parts: Sequence[str],
    alike: str = "",
) -> Response:
    """The service worker of a desk: its file behind the list of what it keeps, which names the
    present version of each. Nothing in it is anybody's.

    ``desk``, ``offline`` and ``kept`` are endpoints; ``parts`` are files of static/ that only this
    desk needs; ``alike`` is a pattern of further addresses whose pages are kept once opened.
    """
    asset = current_app.jinja_env.globals["asset"]
    settings = {
        "name": name,
        "assets": [asset(part) for part in (*_SHELL, *parts)],
        "queue": asset(_QUEUE),
        "offline": url_for(offline),
        "desk": url_for(desk),
        "kept": [url_for(endpoint) for endpoint in kept],
        "alike": alike,
    }
    source = Path(current_app.static_folder or "", "js/desk-worker.js").read_text(encoding="utf-8")
    version = sha256((json.dumps(settings) + source).encode()).hexdigest()[:10]
    body = f"const SHELL = {json.dumps({**settings, 'version': version})};\n{source}"
    answer = Response(body, mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = url_for(desk)
    answer.headers["Content-Security-Policy"] = "default-src 'self'"
    answer.cache_control.no_cache = True
    return pack(answer)

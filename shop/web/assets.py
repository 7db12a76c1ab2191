"""Addresses of static files that change with their content, and icons drawn into the page."""

import hashlib
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, Response, request, url_for
from markupsafe import Markup

from shop.web.packing import pack

_A_YEAR = 31_536_000
# What is worth packing: pictures are packed already.
_TEXTS = {"text/css", "text/javascript", "image/svg+xml"}


def init_app(app: Flask) -> None:
    folder = Path(app.static_folder or "")
    read = lru_cache(maxsize=None)(_fingerprint)

    def asset(name: str) -> str:
        """The address of a static file, with a fingerprint so that it may be kept for ever."""
        return address(request.script_root, name)

    @cache
    def address(script_root: str, name: str) -> str:
        return url_for("static", filename=name, v=read(folder / name))

    @cache
    def icon(name: str) -> Markup:
        """An outline icon as inline SVG; nothing if the icons were not fetched."""
        file = folder / "vendor" / "icons" / f"{name}.svg"
        if not file.is_file():
            return Markup("")
        drawing = file.read_text(encoding="utf-8").split("-->")[-1]
        return Markup(drawing.replace("<svg", '<svg aria-hidden="true"', 1).strip())

    app.jinja_env.globals.update(asset=asset, icon=icon)

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args:
            response.cache_control.max_age = _A_YEAR
            response.cache_control.immutable = True
            response.cache_control.public = True
            if response.status_code == 200 and response.mimetype in _TEXTS:
                response.direct_passthrough = False
                return pack(response)
        return response


def _fingerprint(file: Path) -> str:
    if not file.is_file():
        return "0"
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]

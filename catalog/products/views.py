"""Photographs, to be kept by every browser on the way."""

import re

from flask import Blueprint, Response, current_app, send_from_directory
from werkzeug.exceptions import NotFound

from shop.config import Settings
from shop.web.audience import public

blueprint = Blueprint("pictures", __name__, url_prefix="/pictures")

_HASH = re.compile(r"[0-9a-f]{64}")
_A_YEAR = 31_536_000


@blueprint.get("/<sha256>.webp")
@public
def show(sha256: str) -> Response:
    """A picture never changes: its name is its content's hash."""
    if not _HASH.fullmatch(sha256):
        raise NotFound
    settings: Settings = current_app.config["SETTINGS"]
    answer = send_from_directory(
        settings.uploads_folder, f"{sha256}.webp", mimetype="image/webp", max_age=_A_YEAR
    )
    answer.cache_control.public = True
    answer.cache_control.immutable = True
    return answer

"""A photograph sent in pieces; a phone that was cut off asks where to go on."""

import re
from io import BytesIO

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from flask_login import current_user

from catalog.products.errors import NotAPicture
from catalog.products.gateways import store_picture
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from suppliers.uploads import services
from suppliers.uploads.models import Upload
from suppliers.uploads.queries import content_of, find_upload

blueprint = Blueprint("uploads", __name__, url_prefix="/cooperative/uploads")

Answer = Response | tuple[Response, int]

_KEY = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[0-9]{1,9}")


@blueprint.get("/<upload_key>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def show(upload_key: str) -> Answer:
    """How much has come: nothing, of a key that nobody used."""
    return _state(find_upload(_own(), _valid(upload_key)))


@blueprint.post("/<upload_key>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def append(upload_key: str) -> Answer:
    """One piece as the body; ``from`` says where it belongs, ``size`` how long the whole is."""
    cooperative_id, now = _own(), clock.now()
    try:
        with transaction():
            upload = services.take_piece(
                cooperative_id,
                _valid(upload_key),
                request.stream.read(services.LARGEST_PIECE + 1),
                _number("from"),
                _number("size"),
                by=current_user.id,
                at=now,
            )
        if upload.received == upload.size and upload.picture_id is None:
            upload = _finish(cooperative_id, upload)
    except NotFound:
        raise
    except DomainError as error:
        return jsonify(message=str(error)), 422
    return _state(upload)


def _finish(cooperative_id: int, upload: Upload) -> Upload:
    """Read the picture outside of any transaction: that takes its time."""
    folder = current_app.config["SETTINGS"].uploads_folder
    try:
        stored = store_picture(BytesIO(content_of(upload.id)), folder)
    except NotAPicture:
        with transaction():
            services.forget([upload.id])
        raise
    with transaction():
        return services.finish(
            cooperative_id,
            upload.key,
            stored.sha256,
            stored.width,
            stored.height,
            at=clock.now(),
        )


def _own() -> int:
    cooperative_id: int = current_user.cooperative.id
    return cooperative_id


def _valid(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise NotFound
    return key


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if _NUMBER.fullmatch(text) else 0


def _state(upload: Upload | None) -> Response:
    if upload is None:
        return jsonify(received=0)
    if upload.picture is None:
        return jsonify(received=upload.received)
    address = url_for("pictures.show", sha256=upload.picture.sha256)
    return jsonify(received=upload.received, picture=upload.picture.id, url=address)

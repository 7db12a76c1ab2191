"""Photographs of claims: shown to the parties and the offices, and to nobody else."""

from flask import Blueprint, Response, current_app, send_from_directory
from flask_login import current_user

from orders.claims.gateways import photos_folder
from orders.claims.queries import get_photo
from shop.web.audience import Role, allow, shows

blueprint = Blueprint("claim_photos", __name__)


@blueprint.get("/claims/photos/<int:photo_id>")
@allow(Role.BUYER, Role.DELEGATE)
@shows("photo", "claim_photo", "photo_id")
def show(photo_id: int) -> Response:
    seller = current_user.cooperative if current_user.manages else None
    offices = {Role.FINANCE, Role.ADMINISTRATOR}
    photo = get_photo(
        photo_id,
        current_user.id,
        seller.id if seller else None,
        sees_all=bool(offices & current_user.roles),
    )
    folder = photos_folder(current_app.config["SETTINGS"])
    return send_from_directory(folder, f"{photo.sha256}.webp", mimetype="image/webp")

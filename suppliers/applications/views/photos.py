"""Photographs of papers and samples: uploaded by applicants, shown to those who look into them."""

from flask import Blueprint, Response, current_app, send_from_directory
from flask_login import current_user
from wtforms import Field

from catalog.products.errors import NotAPicture
from catalog.products.gateways import store_picture
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow, shows
from suppliers.applications import services
from suppliers.applications.gateways import papers_folder
from suppliers.applications.queries import get_photo
from suppliers.applications.rules import body_for

blueprint = Blueprint("application_photos", __name__)


def keep_upload(field: Field, account_id: int) -> dict[str, int]:
    """Keep a photo that was sent, whatever else is wrong; say beside the field if it is none."""
    if not field.data:
        return {}
    try:
        stored = store_picture(field.data.stream, papers_folder(current_app.config["SETTINGS"]))
    except NotAPicture as error:
        field.errors = [*field.errors, str(error)]
        return {}
    with transaction():
        return {"photo_id": services.keep_photo(account_id, stored, at=clock.now())}


@blueprint.get("/applications/photos/<int:picture_id>")
@allow(Role.BUYER, Role.DELEGATE)
@shows("photo", "application_photo", "picture_id")
def show(picture_id: int) -> Response:
    appointment = current_user.official_appointment
    town_code = appointment.scope_code if appointment else None
    cooperative = current_user.cooperative if current_user.manages else None
    photo = get_photo(
        picture_id,
        current_user.id,
        town_code if body_for(appointment, town_code) else None,
        cooperative.id if cooperative else None,
        sees_all=Role.ADMINISTRATOR in current_user.roles,
    )
    folder = papers_folder(current_app.config["SETTINGS"])
    return send_from_directory(folder, f"{photo.sha256}.webp", mimetype="image/webp")

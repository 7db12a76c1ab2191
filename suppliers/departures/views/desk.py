"""The administrators see who leaves, and what is in the way."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.organisations.queries import get_cooperative
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from suppliers.departures import services
from suppliers.departures.queries import find_obstacles, find_standing, list_departures

blueprint = Blueprint("departure_desk", __name__, url_prefix="/admin/departures")


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    page = list_departures(page_number(request.args.get("page")))
    return render_template("suppliers/departures/desk.html", page=page)


@blueprint.get("/<int:leaver_id>")
@allow(Role.ADMINISTRATOR)
def show(leaver_id: int) -> str:
    departure = find_standing(leaver_id)
    if departure is None:
        raise NotFound
    return render_template(
        "suppliers/departures/show.html",
        departure=departure,
        obstacles=find_obstacles(leaver_id),
    )


@blueprint.post("/<int:leaver_id>/completion")
@allow(Role.ADMINISTRATOR)
def finish(leaver_id: int) -> Response:
    get_cooperative(leaver_id)
    try:
        with transaction():
            services.finish(leaver_id, by=current_user.id, at=clock.now())
    except DomainError as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已办结，合作社已退出。"), "success")
    return redirect(url_for("departure_desk.index"), 303)

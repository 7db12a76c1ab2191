"""Language and size of text: kept in the browser, so that everybody can choose."""

from datetime import timedelta

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from shop.web.audience import public
from shop.web.locale import LANGUAGE_COOKIE, LANGUAGES, TEXT_COOKIE
from shop.web.paths import own_path

blueprint = Blueprint("preferences", __name__)

KEPT = timedelta(days=365)
_CHOICES = {LANGUAGE_COOKIE: LANGUAGES, TEXT_COOKIE: ("normal", "large")}


@blueprint.post("/preferences")
@public
def update() -> Response:
    answer = redirect(own_path(request.form.get("next"), url_for("home.index")), 303)
    for name, choices in _CHOICES.items():
        chosen = request.form.get(name)
        if chosen in choices:
            answer.set_cookie(
                name,
                chosen,
                max_age=KEPT,
                httponly=True,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
                samesite="Lax",
            )
    return answer

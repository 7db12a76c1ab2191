"""Language and size of text: kept in the browser, so that everybody can choose.

The language of who is signed in is remembered too, for the letters that they get.
"""

from datetime import timedelta

from flask import Blueprint, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from shop.accounts.people.services import remember_language
from shop.db import transaction
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
    _remember(request.form.get(LANGUAGE_COOKIE))
    return answer


def _remember(language: str | None) -> None:
    if language in LANGUAGES and current_user.is_authenticated:
        account_id = current_user.id
        with transaction():
            remember_language(account_id, language)

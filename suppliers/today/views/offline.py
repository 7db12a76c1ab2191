"""The desk without a network: its service worker, the page that says so, and whose data a browser
may go on showing."""

import json
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_login import current_user

from shop.accounts.sessions.services import LIFETIME
from shop.web.audience import public
from shop.web.packing import pack

blueprint = Blueprint("desk_offline", __name__)

# Whose pages and changes a browser keeps, so that they go when somebody else comes. It proves
# nothing: made up, it only clears the browser that sends it.
KEEPER_COOKIE = "desk_keeper"
# The pages that can be read without a network, and what they are drawn with.
KEPT = ("coop_today.show", "pick_list.show")
SHELL = (
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/desk.css",
    "img/favicon.svg",
    "img/empty-basket.svg",
    "js/desk-offline.js",
    "js/desk-queue.js",
    "js/print.js",
    "js/submit-once.js",
    "js/today.js",
)


@blueprint.get("/cooperative/worker.js")
@public
def worker() -> Response:
    """The service worker: its own file behind the list of what it keeps, which names the present
    version of each. Nothing in it is anybody's."""
    asset = current_app.jinja_env.globals["asset"]
    settings = {
        "assets": [asset(name) for name in SHELL],
        "queue": asset("js/desk-queue.js"),
        "offline": url_for("desk_offline.show"),
        "desk": url_for("coop_today.show"),
        "kept": [url_for(endpoint) for endpoint in KEPT],
    }
    source = Path(current_app.static_folder or "", "js/desk-worker.js").read_text(encoding="utf-8")
    version = sha256((json.dumps(settings) + source).encode()).hexdigest()[:10]
    body = f"const SHELL = {json.dumps({**settings, 'version': version})};\n{source}"
    answer = Response(body, mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = url_for("coop_today.show")
    answer.headers["Content-Security-Policy"] = "default-src 'self'"
    answer.cache_control.no_cache = True
    return pack(answer)


@blueprint.get("/cooperative/offline")
@public
def show() -> str:
    """What the worker shows in place of a page that it does not keep."""
    return render_template("suppliers/today/offline.html")


@blueprint.after_app_request
def keep_for_one_person(response: Response) -> Response:
    """Say whose a page of the desk is. Whatever the browser kept of it goes on signing out, and as
    soon as somebody else is signed in; a session that merely ran out leaves it."""
    keeper = request.cookies.get(KEEPER_COOKIE)
    if keeper and (request.endpoint == "sessions.destroy" or _is_somebody_else(keeper)):
        response.headers["Clear-Site-Data"] = '"storage"'
        response.delete_cookie(KEEPER_COOKIE, httponly=True, samesite="Lax")
    if request.endpoint in KEPT and response.status_code == 200:
        pack(response)
        if current_user.acts_for:
            # Nothing of a cooperative's stays on the phone of an official who acts for it.
            return response
        account_id = str(current_user.id)
        response.headers["Desk-Account"] = account_id
        if keeper != account_id:
            response.set_cookie(
                KEEPER_COOKIE,
                account_id,
                max_age=LIFETIME,
                httponly=True,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
                samesite="Lax",
            )
    return response


def _is_somebody_else(keeper: str) -> bool:
    if request.endpoint in (None, "static"):
        return False
    return current_user.is_authenticated and str(current_user.id) != keeper

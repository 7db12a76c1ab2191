"""The desk without a network: its service worker, the page that says so, and whose data a browser
may go on showing."""

from flask import Blueprint, Response, current_app, render_template, request
from flask_login import current_user

from shop.accounts.sessions.services import LIFETIME
from shop.web import offline
from shop.web.audience import public
from shop.web.packing import pack

blueprint = Blueprint("desk_offline", __name__)

# Whose pages and changes a browser keeps, so that they go when somebody else comes. It proves
# nothing: made up, it only clears the browser that sends it.
KEEPER_COOKIE = "desk_keeper"
# What only this desk is drawn with.
_PARTS = ("js/print.js", "js/today.js")


@blueprint.get("/cooperative/worker.js")
@public
def worker() -> Response:
    return offline.worker(
        "desk",
        desk="coop_today.show",
        offline="desk_offline.show",
        kept=("coop_today.show", "pick_list.show"),
        parts=_PARTS,
    )


@blueprint.get("/cooperative/offline")
@public
def show() -> str:
    """What the worker shows in place of a page that it does not keep."""
    return render_template("suppliers/today/offline.html")


@blueprint.after_app_request
def keep_for_one_person(response: Response) -> Response:
    """Say whose a page of such a desk is. Whatever the browser kept of it goes on signing out, and
    as soon as somebody else is signed in; a session that merely ran out leaves it."""
    keeper = request.cookies.get(KEEPER_COOKIE)
    if keeper and (request.endpoint == "sessions.destroy" or _is_somebody_else(keeper)):
        response.headers["Clear-Site-Data"] = '"storage"'
        response.delete_cookie(KEEPER_COOKIE, httponly=True, samesite="Lax")
    if offline.is_kept_offline(request.endpoint) and response.status_code == 200:
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

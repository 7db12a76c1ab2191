"""Asking to see other people's data whole."""

from flask import Blueprint, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.disclosures.handlers import SHOWN, permission_for
from shop.db import transaction
from shop.web.audience import Personal, Role, allow, audience_of, personal_of
from shop.web.paths import own_path

blueprint = Blueprint("disclosures", __name__)


@blueprint.post("/account/disclosures")
@allow(Role.OFFICIAL, Role.FINANCE, Role.ADMINISTRATOR)
def create() -> Response:
    """Say so in the audit log, and show the page; what of it opens, the page itself decides."""
    path = own_path(request.form.get("path"), "/").split("?")[0]
    found = _find_personal(path)
    if found is None:
        return redirect(url_for("home.index"), 303)
    personal, about = found
    by = current_user.id
    with transaction():
        record("show_personal", personal.subject, about, by=by, at=clock.now(), path=path)
    return redirect(f"{path}?{SHOWN}={permission_for(path)}", 303)


def _find_personal(path: str) -> tuple[Personal, str] | None:
    """What a page for this person shows of others, and of which thing."""
    try:
        endpoint, arguments = current_app.url_map.bind("").match(path, "GET")
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return None
    view = current_app.view_functions[endpoint]
    personal, audience = personal_of(view), audience_of(view)
    # On the desk of a cooperative it is the mandate that opens the page.
    roles = current_user.roles | {Role.DELEGATE}
    if personal is None or audience is None or not audience.roles & roles:
        return None
    return personal, str(arguments.get(personal.argument, ""))[:40] or "—"

"""Officials, finance and administrators look at other people's data: masked, and written down."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask, Request, Response, current_app, g, request
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer

from shop import clock
from shop.accounts.audit.services import record
from shop.db import transaction
from shop.masking import mask_email, mask_name, mask_number
from shop.web.audience import Personal, personal_of

# Names the permission to see one page whole, in its address.
SHOWN = "shown"
VALID = timedelta(minutes=5)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["hides_personal"] = hides_personal
    app.jinja_env.globals["path_here"] = lambda: request.path
    app.jinja_env.filters["personal_name"] = lambda text: _shown(text, mask_name)
    app.jinja_env.filters["personal_number"] = lambda text: _shown(text, mask_number)
    app.jinja_env.filters["personal_email"] = lambda text: _shown(text, mask_email)
    app.after_request(_write_down)


def is_overseer() -> bool:
    """Whether whoever asks sees others' data by their office."""
    return bool(
        current_user.is_authenticated
        and current_user.needs_second_factor
        and not current_user.is_held_back
    )


def hides_personal() -> bool:
    """Whether this answer masks what it shows of other people."""
    if "hides_personal" not in g:
        g.hides_personal = is_overseer() and not _is_disclosed()
    hides: bool = g.hides_personal
    return hides


def permission_for(path: str) -> str:
    """Lets the person who asks see one page whole, for five minutes."""
    return _signer().dumps([current_user.id, path, (clock.now() + VALID).isoformat()])


def _is_disclosed() -> bool:
    try:
        account_id, path, ends = _signer().loads(request.args.get(SHOWN, ""))
    except BadSignature:
        return False
    is_here = (account_id, path) == (current_user.id, request.path)
    return is_here and clock.now() < datetime.fromisoformat(ends)


def _write_down(response: Response) -> Response:
    """No view of other people's data without an entry: an answer whose entry fails isn't given."""
    view = current_app.view_functions.get(request.endpoint or "")
    personal = personal_of(view) if view else None
    if personal is None or response.status_code >= 300 or not is_overseer():
        return response
    if personal.asked_as and not _number_asked(personal, request):
        return response
    # The pictures of a page are part of what its own entry says.
    if request.headers.get("Sec-Fetch-Dest") == "image":
        return response
    by, about = current_user.id, _named(personal, request)
    detail = {"what": personal.what, "page": request.endpoint}
    if not hides_personal() and SHOWN in request.args:
        detail["whole"] = True
    with transaction():
        record("view_personal", personal.subject, about, by=by, at=clock.now(), **detail)
    return response


def _named(personal: Personal, asked: Request) -> str:
    """What a page is about; the pages of a list are told apart by nothing."""
    if personal.asked_as:
        return _number_asked(personal, asked)
    return str((asked.view_args or {}).get(personal.argument, ""))[:40] or "—"


def _number_asked(personal: Personal, asked: Request) -> str:
    """Empty for what is no number: nothing of anybody is shown for it."""
    number = asked.args.get(personal.asked_as, "")
    return number if number.isascii() and number.isdigit() and len(number) < 10 else ""


def _shown(text: str | None, mask: Callable[[str], str]) -> str:
    if not text:
        return ""
    return mask(text) if hides_personal() else text


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="personal data of a page")

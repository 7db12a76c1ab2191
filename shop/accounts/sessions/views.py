"""Signing in and out."""

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from shop import clock
from shop.accounts.people.models import Account
from shop.accounts.people.queries import find_by_identifier
from shop.accounts.people.rules import canonical_identifier
from shop.accounts.people.services import password_matches
from shop.accounts.sessions.errors import TooManyAttempts
from shop.accounts.sessions.forms import SignInForm
from shop.accounts.sessions.handlers import BASKET, let_in
from shop.accounts.sessions.rules import caller
from shop.accounts.sessions.services import begin_attempt, sign_in
from shop.db import transaction
from shop.web.audience import public
from shop.web.paths import own_path

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/sign-in")
@public
def new() -> str | BaseResponse:
    target = own_path(request.args.get("next"), url_for("home.index"))
    if current_user.is_authenticated:
        return redirect(target)
    return _page(SignInForm(data={"next": target}))


@blueprint.post("/sign-in")
@public
def create() -> BaseResponse | tuple[str, int]:
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        attempt_id, account = _try(form.identifier.data, form.password.data)
    except TooManyAttempts as wait:
        return _ask_to_wait(wait)
    if account is None:
        form.refuse()
        return _page(form), 422
    account_id = account.id
    with transaction():
        sign_in(account_id, session.get(BASKET), attempt_id=attempt_id, at=clock.now())
    let_in(account)
    return redirect(own_path(form.next.data, url_for("home.index")), 303)


@blueprint.post("/sign-out")
@public
def destroy() -> BaseResponse:
    logout_user()
    session.clear()
    return redirect(url_for("home.index"), 303)


def _try(typed: str, password: str) -> tuple[int, Account | None]:
    """The attempt's number, and whose password it was."""
    identifier = canonical_identifier(typed)
    settings = current_app.config["SETTINGS"]
    who = caller(identifier or typed, request.remote_addr or "", settings.secret_key)
    with transaction():
        attempt_id = begin_attempt(who, at=clock.now())
    account = find_by_identifier(identifier) if identifier else None
    return attempt_id, account if password_matches(account, password) else None


def _page(form: SignInForm) -> str:
    return render_template("shop/accounts/sessions/new.html", form=form)


def _ask_to_wait(wait: TooManyAttempts) -> Response:
    page = render_template("shop/accounts/sessions/wait.html", message=wait, retry_at=wait.retry_at)
    answer = make_response(page, wait.status)
    answer.headers["Retry-After"] = str(int((wait.retry_at - clock.now()).total_seconds()) + 1)
    return answer

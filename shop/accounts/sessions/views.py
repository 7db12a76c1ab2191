"""Signing in and out."""

from flask import (
    Blueprint,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.factors.handlers import ask_for_code, has_second_factor
from shop.accounts.people.handlers import arrive
from shop.accounts.people.models import Account
from shop.accounts.people.queries import find_by_identifier
from shop.accounts.people.rules import canonical_identifier
from shop.accounts.people.services import password_matches
from shop.accounts.sessions.errors import TooManyAttempts
from shop.accounts.sessions.forms import SignInForm
from shop.accounts.sessions.handlers import BASKET, ask_to_wait, let_in
from shop.accounts.sessions.queries import find_kept_form
from shop.accounts.sessions.rules import caller
from shop.accounts.sessions.services import begin_attempt, sign_in
from shop.db import transaction
from shop.web.audience import Role, allow, public
from shop.web.paths import own_path

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/sign-in")
@public
def new() -> str | Response:
    target = own_path(request.args.get("next"), url_for("home.index"))
    if current_user.is_authenticated:
        return redirect(target)
    return _page(SignInForm(data={"next": target}))


@blueprint.post("/sign-in")
@public
def create() -> Response | tuple[str, int]:
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        attempt_id, account = _try(form.identifier.data, form.password.data)
    except TooManyAttempts as wait:
        return ask_to_wait(wait)
    if account is None:
        form.refuse()
        return _page(form), 422
    target = own_path(form.next.data, url_for("home.index"))
    if has_second_factor(account):
        return ask_for_code(account, attempt_id, target)
    account_id = account.id
    with transaction():
        sign_in(account_id, session.get(BASKET), attempt_id=attempt_id, at=clock.now())
    let_in(account)
    if account.needs_second_factor:
        return redirect(url_for("second_factor.show", next=target), 303)
    return redirect(arrive(target), 303)


@blueprint.get("/sign-in/kept")
@allow(Role.BUYER)
def show_kept() -> str:
    """What the person had sent when nobody was signed in any more, ready to be sent again."""
    kept = find_kept_form(current_user.id, at=clock.now())
    path, fields = kept or ("", [])
    return render_template("shop/accounts/sessions/kept.html", path=path, fields=fields)


@blueprint.post("/sign-out")
@public
def destroy() -> Response:
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

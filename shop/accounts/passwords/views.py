"""A forgotten password: ask for a link, follow it, set another one."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.passwords.errors import LinkOver
from shop.accounts.passwords.forms import AnewForm, ForgottenForm
from shop.accounts.passwords.handlers import read_token, token_for
from shop.accounts.passwords.services import get_bearer, send_link, set_anew
from shop.accounts.people.forms import PASSWORD_HINT
from shop.accounts.people.queries import find_by_identifier
from shop.accounts.people.rules import canonical_identifier
from shop.accounts.people.services import hash_password
from shop.accounts.sessions.errors import TooManyAttempts
from shop.accounts.sessions.handlers import ask_to_wait
from shop.accounts.sessions.rules import Caller, caller
from shop.accounts.sessions.services import begin_attempt, forgive
from shop.db import transaction
from shop.web.audience import public

blueprint = Blueprint("passwords", __name__, url_prefix="/password")

Answer = str | Response | tuple[str, int]


@blueprint.get("/forgotten")
@public
def new() -> str:
    return render_template("shop/accounts/passwords/new.html", form=ForgottenForm())


@blueprint.post("/forgotten")
@public
def create() -> Answer:
    """The same answer for everybody: nobody learns whether there is an account."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("shop/accounts/passwords/new.html", form=form), 422
    identifier, now = canonical_identifier(form.identifier.data), clock.now()
    # Counted as guesses are, so that nobody fills a stranger's mailbox; but apart from them: who
    # guessed in vain is just who needs a link.
    who = _caller(f"forgotten {identifier or form.identifier.data}")
    try:
        with transaction():
            begin_attempt(who, at=now)
            account = find_by_identifier(identifier) if identifier else None
            if account is not None and account.is_active:
                send_link(account, url_for("passwords.edit", token=token_for(account)), at=now)
    except TooManyAttempts as wait:
        return ask_to_wait(wait)
    flash(
        gettext("如果有这个账户，链接已经发到它的邮箱或手机，一小时内有效。"),
        "success",
    )
    return redirect(url_for("passwords.new"), 303)


@blueprint.get("/new/<token>")
@public
def edit(token: str) -> Answer:
    try:
        account = get_bearer(*read_token(token))
    except LinkOver as over:
        return _over(over)
    return _page(token, AnewForm(account.email or account.phone, formdata=None))


@blueprint.post("/new/<token>")
@public
def update(token: str) -> Answer:
    try:
        account_id, seen = read_token(token)
        account = get_bearer(account_id, seen)
        form = AnewForm(account.email or account.phone)
        if not form.validate_on_submit():
            return _page(token, form), 422
        hashed = hash_password(form.password.data)
        with transaction():
            set_anew(account_id, seen, hashed, at=clock.now())
            for identifier in filter(None, (account.email, account.phone)):
                forgive(_caller(identifier))
    except LinkOver as over:
        return _over(over)
    flash(gettext("密码已经改好，请用新密码登录。其他设备上的登录都已退出。"), "success")
    return redirect(url_for("sessions.new"), 303)


def _caller(identifier: str) -> Caller:
    secret = current_app.config["SETTINGS"].secret_key
    return caller(identifier, request.remote_addr or "", secret)


def _page(token: str, form: AnewForm) -> str:
    return render_template(
        "shop/accounts/passwords/edit.html", form=form, token=token, hint=PASSWORD_HINT
    )


def _over(over: LinkOver) -> tuple[str, int]:
    page = render_template("shop/accounts/passwords/over.html", message=over)
    return page, 410

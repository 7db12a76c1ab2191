"""The second step of signing in."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.factors.errors import WrongCode
from shop.accounts.factors.forms import CodeForm
from shop.accounts.factors.handlers import begin_code_attempt, find_half_signed_in, forget_half
from shop.accounts.factors.queries import count_recovery_codes, find_confirmed
from shop.accounts.factors.services import use_code
from shop.accounts.people.handlers import arrive
from shop.accounts.sessions.errors import TooManyAttempts
from shop.accounts.sessions.handlers import BASKET, ask_to_wait, let_in
from shop.accounts.sessions.services import sign_in
from shop.db import transaction
from shop.web.audience import public
from shop.web.paths import own_path

blueprint = Blueprint("sign_in_codes", __name__)


@blueprint.get("/sign-in/code")
@public
def new() -> str | Response:
    target = own_path(request.args.get("next"), url_for("home.index"))
    if current_user.is_authenticated:
        return redirect(target)
    if find_half_signed_in() is None:
        return redirect(url_for("sessions.new", next=target))
    return _page(CodeForm(data={"next": target}))


@blueprint.post("/sign-in/code")
@public
def create() -> Response | tuple[str, int]:
    form = CodeForm()
    target = own_path(form.next.data, url_for("home.index"))
    account = find_half_signed_in()
    # An administrator may have taken the factor away meanwhile.
    if account is None or find_confirmed(account.id) is None:
        flash(gettext("等得太久了，请重新登录。"), "error")
        return forget_half(redirect(url_for("sessions.new", next=target), 303))
    if not form.validate_on_submit():
        return _page(form), 422
    account_id, at = account.id, clock.now()
    try:
        attempt_id = begin_code_attempt(account_id)
        with transaction():
            of_the_phone = use_code(account_id, form.code.data, at=at)
            sign_in(account_id, session.get(BASKET), attempt_id=attempt_id, at=at)
    except TooManyAttempts as wait:
        return ask_to_wait(wait)
    except WrongCode as refusal:
        form.refuse(refusal)
        return _page(form), 422
    let_in(account, two_factors=True)
    if not of_the_phone:
        left = count_recovery_codes(account_id)
        flash(gettext("您用了一个备用码，还剩 %(left)s 个。", left=left), "success")
    return forget_half(redirect(arrive(target), 303))


def _page(form: CodeForm) -> str:
    return render_template("shop/accounts/factors/code.html", form=form)

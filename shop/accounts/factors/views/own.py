"""A person's own second factor: set up, and new recovery codes."""

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.factors import services
from shop.accounts.factors.errors import FactorStands, WrongCode
from shop.accounts.factors.forms import CodeForm
from shop.accounts.factors.handlers import begin_code_attempt
from shop.accounts.factors.models import SecondFactor
from shop.accounts.factors.queries import count_recovery_codes, find_factor, get_confirmed
from shop.accounts.factors.rules import address_of, in_groups
from shop.accounts.people.models import Account
from shop.accounts.sessions.errors import TooManyAttempts
from shop.accounts.sessions.handlers import ask_to_wait, let_in, passed_two_factors
from shop.accounts.sessions.services import take_back
from shop.db import db, transaction
from shop.secrets import open_sealed
from shop.web.audience import Role, allow
from shop.web.paths import own_path

blueprint = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")


@blueprint.get("")
@allow(Role.BUYER)
def show() -> str:
    target = own_path(request.args.get("next"), url_for("people.show"))
    return _page(CodeForm(formdata=None, data={"next": target}))


@blueprint.post("")
@allow(Role.BUYER)
def create() -> Response:
    try:
        with transaction():
            services.begin(current_user.id, at=clock.now())
    except FactorStands as refusal:
        flash(str(refusal), "error")
    target = own_path(request.form.get("next"), url_for("people.show"))
    return redirect(url_for("second_factor.show", next=target), 303)


@blueprint.post("/confirmation")
@allow(Role.BUYER)
def confirm() -> Response | str | tuple[str, int]:
    form = CodeForm()
    factor = find_factor(current_user.id)
    if factor is None or factor.confirmed_at:
        # The codes were shown once; whoever sends the page again learns that it is done.
        return redirect(url_for("second_factor.show"), 303)
    if not form.validate_on_submit():
        return _page(form), 422
    account_id, at = current_user.id, clock.now()
    try:
        attempt_id = begin_code_attempt(account_id)
        with transaction():
            codes = services.confirm(account_id, form.code.data, at=at)
            take_back(attempt_id)
    except TooManyAttempts as wait:
        return ask_to_wait(wait)
    except WrongCode as refusal:
        form.refuse(refusal)
        return _page(form), 422
    let_in(db.session.get_one(Account, account_id), two_factors=True)
    return _codes_page(codes, own_path(form.next.data, url_for("people.show")))


@blueprint.post("/recovery-codes")
@allow(Role.BUYER)
def renew() -> Response | str | tuple[str, int]:
    get_confirmed(current_user.id)
    form, account_id, at = CodeForm(), current_user.id, clock.now()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        attempt_id = begin_code_attempt(account_id)
        with transaction():
            services.use_code(account_id, form.code.data, at=at)
            codes = services.renew_recovery_codes(account_id, at=at)
            take_back(attempt_id)
    except TooManyAttempts as wait:
        return ask_to_wait(wait)
    except WrongCode as refusal:
        form.refuse(refusal)
        return _page(form), 422
    return _codes_page(codes, url_for("people.show"))


def _page(form: CodeForm) -> str:
    factor = find_factor(current_user.id)
    secret = open_sealed(factor.sealed_secret) if factor and not factor.confirmed_at else ""
    return render_template(
        "shop/accounts/factors/show.html",
        factor=factor,
        secret=in_groups(secret, 4),
        picture=_picture(secret) if secret else "",
        form=form,
        is_required=current_user.needs_second_factor,
        passed=passed_two_factors(),
        left=count_recovery_codes(current_user.id) if _is_confirmed(factor) else 0,
    )


def _codes_page(codes: list[str], target: str) -> str:
    shown = [in_groups(code, 5) for code in codes]
    return render_template("shop/accounts/factors/codes.html", codes=shown, target=target)


def _is_confirmed(factor: SecondFactor | None) -> bool:
    return factor is not None and factor.confirmed_at is not None


def _picture(secret: str) -> Markup:
    """The QR code that an authenticator app reads."""
    address = address_of(secret, current_user.email or current_user.phone)
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(border=2, omitsize=True, svgclass="factor-code", lineclass=None)
    return Markup(drawn)  # noqa: S704 -- drawn here, of modules alone

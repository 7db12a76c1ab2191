"""Joining, and a person's own page."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.people.errors import IdentifierTaken, TooManyAddresses, WrongPassword
from shop.accounts.people.forms import (
    PASSWORD_HINT,
    AddressForm,
    ChangePasswordForm,
    JoinForEnterpriseForm,
    JoinForm,
)
from shop.accounts.people.handlers import list_desks
from shop.accounts.people.models import Account
from shop.accounts.people.queries import list_addresses
from shop.accounts.people.services import (
    change_password,
    forget_address,
    hash_password,
    join,
    password_matches,
    remember_address,
)
from shop.accounts.policies.errors import PoliciesMissing
from shop.accounts.policies.queries import list_consents
from shop.accounts.sessions.handlers import BASKET, let_in, let_in_again
from shop.accounts.sessions.services import sign_in
from shop.db import db, transaction
from shop.organisations.errors import CreditCodeTaken, NameTaken
from shop.web.audience import Role, allow, public
from shop.web.paths import own_path

blueprint = Blueprint("people", __name__)

ENTERPRISE = "enterprise"


@blueprint.app_context_processor
def offer_desks() -> dict[str, Any]:
    """The ways to a person's desks, for every page's menu."""
    return {"desks": list_desks}


@blueprint.get("/join")
@public
def new() -> str | Response:
    target = own_path(request.args.get("next"), url_for("home.index"))
    if current_user.is_authenticated:
        return redirect(target)
    return _join_page(_join_form()(data={"next": target}))


@blueprint.post("/join")
@public
def create() -> Response | tuple[str, int]:
    form = _join_form()()
    if not form.validate_on_submit():
        return _join_page(form), 422
    newcomer, at = form.newcomer, clock.now()
    try:
        with transaction():
            account_id = join(newcomer, form.employer, at=at).id
            sign_in(account_id, session.get(BASKET), at=at)
    except (IdentifierTaken, CreditCodeTaken, NameTaken, PoliciesMissing) as refusal:
        return _refuse_to_join(form, refusal)
    let_in(db.session.get_one(Account, account_id))
    flash(gettext("欢迎来到菜篮子，%(name)s。", name=newcomer.name), "success")
    return redirect(own_path(form.next.data, url_for("home.index")), 303)


@blueprint.get("/account")
@allow(Role.BUYER)
def show() -> str:
    return _account_page()


@blueprint.post("/account/password")
@allow(Role.BUYER)
def update_password() -> Response | tuple[str, int]:
    form = ChangePasswordForm(_identifier())
    valid = form.validate_on_submit()
    if valid and not password_matches(current_user, form.current.data):
        form.current.errors = [str(WrongPassword())]
        valid = False
    if not valid:
        return _account_page(password=form), 422
    account_id, hashed = current_user.id, hash_password(form.password.data)
    with transaction():
        change_password(account_id, hashed)
    let_in_again(db.session.get_one(Account, account_id))
    flash(gettext("密码已修改，其他设备上的登录都已退出。"), "success")
    return redirect(url_for("people.show"), 303)


@blueprint.post("/account/addresses")
@allow(Role.BUYER)
def create_address() -> Response | tuple[str, int]:
    form = AddressForm()
    if not form.validate_on_submit():
        return _account_page(address=form), 422
    try:
        with transaction():
            remember_address(current_user.id, form.delivery, at=clock.now())
    except TooManyAddresses as refusal:
        form.form_errors.append(str(refusal))
        return _account_page(address=form), 422
    flash(gettext("地址已存好。"), "success")
    return redirect(url_for("people.show", _anchor="addresses"), 303)


@blueprint.post("/account/addresses/<int:address_id>/removal")
@allow(Role.BUYER)
def destroy_address(address_id: int) -> Response:
    with transaction():
        forget_address(current_user.id, address_id)
    flash(gettext("地址已删除。"), "success")
    return redirect(url_for("people.show", _anchor="addresses"), 303)


def _join_form() -> type[JoinForm]:
    return JoinForEnterpriseForm if request.values.get("as") == ENTERPRISE else JoinForm


def _join_page(form: JoinForm) -> str:
    return render_template(
        "shop/accounts/people/new.html",
        form=form,
        for_enterprise=isinstance(form, JoinForEnterpriseForm),
        password_hint=PASSWORD_HINT,
    )


def _refuse_to_join(form: JoinForm, refusal: Exception) -> tuple[str, int]:
    """Say it beside the field that it is about."""
    match refusal:
        case IdentifierTaken():
            form.identifier.errors = [str(refusal)]
        case CreditCodeTaken() | NameTaken() if isinstance(form, JoinForEnterpriseForm):
            field = form.credit_code if isinstance(refusal, CreditCodeTaken) else form.organisation
            ask = gettext("已经注册的单位不对外开放加入，请向本单位的成员或平台管理员索取邀请。")
            field.errors = [str(refusal), ask]
        case _:
            form.form_errors.append(str(refusal))
    return _join_page(form), 422


def _account_page(
    password: ChangePasswordForm | None = None, address: AddressForm | None = None
) -> str:
    return render_template(
        "shop/accounts/people/show.html",
        account=current_user,
        consents=list_consents(current_user.id),
        addresses=list_addresses(current_user.id),
        password_form=password or ChangePasswordForm(_identifier(), formdata=None),
        password_hint=PASSWORD_HINT,
        address_form=address or AddressForm(formdata=None),
    )


def _identifier() -> str | None:
    return current_user.email or current_user.phone

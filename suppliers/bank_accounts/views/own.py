"""A cooperative's bank account: one manager names another one, a second person confirms it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from suppliers.applications.forms import BankAccountForm
from suppliers.bank_accounts import services
from suppliers.bank_accounts.errors import ChangeWaits, SameAccount
from suppliers.bank_accounts.queries import find_open, get_own, list_past
from suppliers.bank_accounts.rules import phase_of
from suppliers.settlements.queries.payouts import find_account

blueprint = Blueprint("bank_accounts", __name__, url_prefix="/cooperative/bank-account")

MOST_PAST = 10


@blueprint.get("")
@allow(Role.COOPERATIVE)
def show() -> str:
    form = BankAccountForm(has_number=False, formdata=None)
    form.holder.data = current_user.cooperative.name
    return _page(form)


@blueprint.post("")
@allow(Role.COOPERATIVE)
def create() -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    form = BankAccountForm(has_number=False)
    if not form.check():
        return _page(form), 422
    try:
        with transaction():
            services.ask(cooperative_id, form.entry, by=account_id, at=clock.now())
    except SameAccount as refusal:
        form.number.errors = [str(refusal)]
        return _page(form), 422
    except ChangeWaits as refusal:
        flash(str(refusal), "error")
        return _back()
    flash(gettext("已提交，等另一位负责人或平台财务确认。"), "success")
    return _back()


@blueprint.post("/changes/<int:change_id>/confirmation")
@allow(Role.COOPERATIVE)
def confirm(change_id: int) -> Response:
    get_own(current_user.cooperative.id, change_id)
    try:
        with transaction():
            services.confirm(change_id, by=current_user.id, at=clock.now())
    except DomainError as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已确认，24 小时后启用。在那以前都可以撤回。"), "success")
    return _back()


@blueprint.post("/changes/<int:change_id>/withdrawal")
@allow(Role.COOPERATIVE)
def withdraw(change_id: int) -> Response:
    own = current_user.cooperative.id
    try:
        with transaction():
            services.withdraw(own, change_id, by=current_user.id, at=clock.now())
    except NotFound:
        raise
    except DomainError as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已撤回，收款账户不变，填过的账号已删除。"), "success")
    return _back()


def _back() -> Response:
    return redirect(url_for("bank_accounts.show"), 303)


def _page(form: BankAccountForm) -> str:
    own = current_user.cooperative.id
    change = find_open(own)
    return render_template(
        "suppliers/bank_accounts/own.html",
        account=find_account(own),
        change=change,
        phase=phase_of(change) if change else None,
        is_own_change=change is not None and change.asked_by_id == current_user.id,
        past=list_past(own, MOST_PAST),
        form=form,
    )

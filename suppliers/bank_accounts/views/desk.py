"""Finance looks into the accounts that cooperatives change to."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number
from suppliers.bank_accounts import services
from suppliers.bank_accounts.queries import get_change, list_changes, list_sharing
from suppliers.bank_accounts.rules import phase_of
from suppliers.settlements.queries.payouts import find_account
from suppliers.verification.forms import ReasonForm

blueprint = Blueprint("account_changes", __name__, url_prefix="/finance/bank-accounts")


@blueprint.get("")
@allow(Role.FINANCE)
@shows("bank accounts", "account_change")
def index() -> str:
    waiting = request.args.get("show") != "all"
    page = list_changes(page_number(request.args.get("page")), waiting=waiting)
    return render_template(
        "suppliers/bank_accounts/changes.html",
        page=page,
        waiting=waiting,
        phases={each.id: phase_of(each) for each in page.items},
    )


@blueprint.get("/<int:change_id>")
@allow(Role.FINANCE)
@shows("bank account", "account_change", "change_id")
def show(change_id: int) -> str:
    return _page(change_id)


@blueprint.post("/<int:change_id>/confirmation")
@allow(Role.FINANCE)
def confirm(change_id: int) -> Response:
    done = gettext("已确认，24 小时后启用。")
    return _decided(services.confirm, change_id, done=done)


@blueprint.post("/<int:change_id>/refusal")
@allow(Role.FINANCE)
def refuse(change_id: int) -> Response | tuple[str, int]:
    form = ReasonForm()
    get_change(change_id)
    if not form.validate_on_submit():
        return _page(change_id, form), 422
    done = gettext("已退回，收款账户不变。")
    return _decided(services.refuse, change_id, form.reason.data, done=done)


def _decided(service: Callable[..., None], *given: Any, done: str) -> Response:
    try:
        with transaction():
            service(*given, by=current_user.id, at=clock.now())
    except NotFound:
        raise
    except DomainError as refusal:
        flash(str(refusal), "error")
    else:
        flash(done, "success")
    return redirect(url_for("account_changes.show", change_id=given[0]), 303)


def _page(change_id: int, form: ReasonForm | None = None) -> str:
    change = get_change(change_id)
    return render_template(
        "suppliers/bank_accounts/change.html",
        change=change,
        phase=phase_of(change),
        account=find_account(change.organisation_id),
        shared=list_sharing(change),
        form=form or ReasonForm(formdata=None),
    )

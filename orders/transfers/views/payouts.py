"""Money that finance sends back through the bank: entered by one, confirmed by another."""

from collections.abc import Callable

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.refunds.queries import get_refund
from orders.transfers.errors import AlreadyDecided, NotOwed, ReferenceUsed, SamePerson
from orders.transfers.forms import PayoutForm
from orders.transfers.queries.matches import get_match
from orders.transfers.queries.payouts import (
    get_payout,
    list_owed_refunds,
    list_owed_returns,
    list_payouts,
)
from orders.transfers.services import payouts
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("payouts", __name__, url_prefix="/finance")
confirmations = Blueprint("payout_confirmations", __name__)
rejections = Blueprint("payout_rejections", __name__)

Answer = Response | tuple[str, int]


@blueprint.get("/payouts")
@allow(Role.FINANCE)
@shows("payers", "payout")
def index() -> str:
    return _page()


@blueprint.post("/refunds/<int:owed_refund_id>/payout")
@allow(Role.FINANCE)
def enter_refund(owed_refund_id: int) -> Answer:
    get_refund(owed_refund_id)
    return _enter(payouts.enter_refund_payout, owed_refund_id, ("refund", owed_refund_id))


@blueprint.post("/matches/<int:owed_return_id>/payout")
@allow(Role.FINANCE)
def enter_return(owed_return_id: int) -> Answer:
    get_match(owed_return_id)
    return _enter(payouts.enter_return_payout, owed_return_id, ("match", owed_return_id))


@confirmations.post("/finance/payouts/<int:payout_id>/confirmation")
@allow(Role.FINANCE)
def create(payout_id: int) -> Response:
    return _decide(payouts.confirm_payout, payout_id, gettext("已确认付出。"))


@rejections.post("/finance/payouts/<int:payout_id>/rejection", endpoint="create")
@allow(Role.FINANCE)
def create_rejection(payout_id: int) -> Response:
    return _decide(payouts.reject_payout, payout_id, gettext("已驳回，这笔款仍待付出。"))


def _enter(service: Callable[..., object], id_: int, debt: tuple[str, int]) -> Answer:
    form, by = PayoutForm(), current_user.id
    if not form.validate_on_submit():
        return _page(form, debt), 422
    try:
        with transaction():
            service(id_, form.reference.data, by=by, at=clock.now())
        flash(gettext("已登记，等另一位财务复核。"), "success")
    except NotOwed as error:
        flash(str(error), "error")
    except (ReferenceUsed, IntegrityError):
        form.reference.errors = [str(ReferenceUsed())]
        return _page(form, debt), 409
    return redirect(url_for("payouts.index"), 303)


def _decide(service: Callable[..., None], payout_id: int, done: str) -> Response:
    get_payout(payout_id)
    by = current_user.id
    try:
        with transaction():
            service(payout_id, by=by, at=clock.now())
        flash(done, "success")
    except (SamePerson, AlreadyDecided) as error:
        flash(str(error), "error")
    return redirect(url_for("payouts.index"), 303)


def _page(sent: PayoutForm | None = None, debt: tuple[str, int] = ("", 0)) -> str:
    number = page_number(request.args.get("page"))
    return render_template(
        "orders/transfers/payouts.html",
        refunds=list_owed_refunds(number),
        returns=list_owed_returns(number),
        waiting=list_payouts(number, waiting=True),
        done=list_payouts(number, waiting=False),
        sent=sent,
        debt=debt,
    )

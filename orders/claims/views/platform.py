"""The desk where the platform decides what buyer and cooperative did not agree on."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.claims import services
from orders.claims.forms import AnswerForm
from orders.claims.models import Claim
from orders.claims.queries import get_claim, list_claims
from orders.claims.rules import FAULTS, claim_state, story
from orders.refunds.models import Side
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("claim_desk", __name__, url_prefix="/platform/claims")


@blueprint.get("")
@allow(Role.ADMINISTRATOR, Role.FINANCE)
def index() -> str:
    waiting = request.args.get("show") != "all"
    page = list_claims(page_number(request.args.get("page")), waiting=waiting)
    return render_template(
        "orders/claims/desk.html",
        page=page,
        waiting=waiting,
        states={claim.id: claim_state(claim) for claim in page.items},
        faults=FAULTS,
        now=clock.now(),
    )


@blueprint.get("/<int:claim_id>")
@allow(Role.ADMINISTRATOR, Role.FINANCE)
@shows("complaint", "claim", "claim_id")
def show(claim_id: int) -> str:
    return _page(get_claim(claim_id), AnswerForm())


@blueprint.post("/<int:claim_id>/decision")
@allow(Role.ADMINISTRATOR, Role.FINANCE)
def decide(claim_id: int) -> Response | tuple[str, int]:
    account_id = current_user.id
    form = AnswerForm()
    form.claim = get_claim(claim_id)
    if not form.validate_on_submit():
        return _page(form.claim, form), 422
    given = form.answer()
    try:
        with transaction():
            services.decide(claim_id, given, by=account_id, at=clock.now())
    except DomainError as error:
        form.form_errors.append(str(error))
        return _page(get_claim(claim_id), form), error.status
    flash(gettext("已决定，双方都会收到通知。"), "success")
    return redirect(url_for("claim_desk.show", claim_id=claim_id), 303)


def _page(claim: Claim, form: AnswerForm) -> str:
    return render_template(
        "orders/claims/decide.html",
        claim=claim,
        state=claim_state(claim),
        steps=story(claim),
        faults=FAULTS,
        form=form if claim.waits_for is Side.PLATFORM else None,
    )

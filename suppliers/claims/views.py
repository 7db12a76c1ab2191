"""A cooperative's claims: what waits for an answer, and until when."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.claims import services
from orders.claims.forms import CooperativeAnswerForm
from orders.claims.models import Claim
from orders.claims.queries import get_cooperatives_claim, list_cooperatives_claims
from orders.claims.rules import FAULTS, can_go_back, claim_state, story
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("cooperative_claims", __name__, url_prefix="/cooperative/claims")


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> str:
    waiting = request.args.get("show") != "all"
    number = page_number(request.args.get("page"))
    page = list_cooperatives_claims(current_user.cooperative.id, number, waiting=waiting)
    return render_template(
        "suppliers/claims/index.html",
        page=page,
        waiting=waiting,
        states={claim.id: claim_state(claim) for claim in page.items},
        faults=FAULTS,
        now=clock.now(),
    )


@blueprint.get("/<int:claim_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
@shows("complaint", "claim", "claim_id")
def show(claim_id: int) -> str:
    return _page(_own(claim_id), CooperativeAnswerForm())


@blueprint.post("/<int:claim_id>/answer")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def answer(claim_id: int) -> Response | tuple[str, int]:
    account_id = current_user.id
    form = CooperativeAnswerForm()
    form.claim = _own(claim_id)
    if not form.validate_on_submit():
        return _page(form.claim, form), 422
    given = form.answer()
    try:
        with transaction():
            services.answer(claim_id, given, by=account_id, at=clock.now())
    except DomainError as error:
        form.form_errors.append(str(error))
        return _page(_own(claim_id), form), error.status
    flash(gettext("已答复，买家会收到通知。"), "success")
    return redirect(url_for("cooperative_claims.show", claim_id=claim_id), 303)


@blueprint.post("/<int:claim_id>/return")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def confirm_return(claim_id: int) -> Response:
    account_id = current_user.id
    _own(claim_id)
    try:
        with transaction():
            services.confirm_return(claim_id, by=account_id, at=clock.now())
        flash(gettext("退货已入库，款项会退给买家。"), "success")
    except DomainError as error:
        flash(str(error), "error")
    return redirect(url_for("cooperative_claims.show", claim_id=claim_id), 303)


def _own(claim_id: int) -> Claim:
    return get_cooperatives_claim(current_user.cooperative.id, claim_id)


def _page(claim: Claim, form: CooperativeAnswerForm) -> str:
    return render_template(
        "suppliers/claims/show.html",
        claim=claim,
        state=claim_state(claim),
        steps=story(claim),
        faults=FAULTS,
        form=form,
        can_go_back=can_go_back([each.line for each in claim.lines]),
    )

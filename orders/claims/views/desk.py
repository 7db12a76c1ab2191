"""What the desks of cooperatives and of the platform share: a list, a claim, and its answer."""

from collections.abc import Callable
from typing import Any

from flask import flash, render_template, request
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.claims.forms import AnswerForm
from orders.claims.models import Claim
from orders.claims.rules import FAULTS, claim_state, story
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.web.paging import Page


def only_waiting() -> bool:
    """Whether the list is asked for what waits for this desk, not for everything."""
    return request.args.get("show") != "all"


def list_page(template: str, page: Page[Claim]) -> str:
    return render_template(
        template,
        page=page,
        waiting=only_waiting(),
        states={claim.id: claim_state(claim) for claim in page.items},
        faults=FAULTS,
        now=clock.now(),
    )


def claim_page(template: str, claim: Claim, form: AnswerForm | None, **more: Any) -> str:
    return render_template(
        template,
        claim=claim,
        state=claim_state(claim),
        steps=story(claim),
        faults=FAULTS,
        form=form,
        **more,
    )


def take_answer(
    form: AnswerForm,
    find: Callable[[], Claim],
    act: Callable[..., None],
    page: Callable[[Claim, AnswerForm], str],
    *,
    said: str,
    back: str,
) -> Response | tuple[str, int]:
    """Answer a claim as the form says; what can't be done is explained on the same page."""
    account_id = current_user.id
    form.claim = find()
    if not form.validate_on_submit():
        return page(form.claim, form), 422
    claim_id, given = form.claim.id, form.answer()
    try:
        with transaction():
            act(claim_id, given, by=account_id, at=clock.now())
    except DomainError as error:
        form.form_errors.append(str(error))
        return page(find(), form), error.status
    flash(said, "success")
    return redirect(back, 303)

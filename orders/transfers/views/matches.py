"""What one person of finance proposed and another decides."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.payments.errors import TooLittle
from orders.payments.rules import spoken
from orders.transfers.errors import AlreadyDecided, AlreadyPaid, SamePerson
from orders.transfers.forms import RejectionForm
from orders.transfers.queries.matches import get_match, list_matches
from orders.transfers.services import matches
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("receipt_matches", __name__, url_prefix="/finance/matches")
confirmations = Blueprint("match_confirmations", __name__)
rejections = Blueprint("match_rejections", __name__)

_MATCH = "/finance/matches/<int:match_id>"


@blueprint.get("")
@allow(Role.FINANCE)
@shows("payers", "receipt_match")
def index() -> str:
    return _page()


@confirmations.post(f"{_MATCH}/confirmation")
@allow(Role.FINANCE)
def create(match_id: int) -> Response:
    get_match(match_id)
    by = current_user.id
    try:
        with transaction():
            matches.confirm_match(match_id, by=by, at=clock.now())
        flash(gettext("已确认。"), "success")
    except (SamePerson, AlreadyDecided, AlreadyPaid, TooLittle) as error:
        flash(str(error), "error")
    return redirect(url_for("receipt_matches.index"), 303)


@rejections.post(f"{_MATCH}/rejection", endpoint="create")
@allow(Role.FINANCE)
def create_rejection(match_id: int) -> Response | tuple[str, int]:
    get_match(match_id)
    form, by = RejectionForm(), current_user.id
    if not form.validate_on_submit():
        return _page(form, match_id), 422
    try:
        with transaction():
            matches.reject_match(match_id, form.answer.data, by=by, at=clock.now())
        flash(gettext("已驳回，收款回到待处理。"), "success")
    except (SamePerson, AlreadyDecided) as error:
        flash(str(error), "error")
    return redirect(url_for("receipt_matches.index"), 303)


def _page(sent: RejectionForm | None = None, sent_id: int = 0) -> str:
    waiting = request.args.get("show") != "all"
    page = list_matches(page_number(request.args.get("page")), waiting=waiting)
    return render_template(
        "orders/transfers/matches.html",
        page=page,
        waiting=waiting,
        sent=sent,
        sent_id=sent_id,
        spoken=spoken,
    )

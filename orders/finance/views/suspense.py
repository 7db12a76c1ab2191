"""Money that fits nothing, and what becomes of it."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.finance.errors import BankSaidMore
from orders.finance.forms import SettlementForm
from orders.finance.queries import get_suspense, how_far, list_suspense
from orders.finance.rules import kind_of, name_of
from orders.finance.services import give_back, settle
from orders.payments.models import SuspenseKind
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("finance_suspense", __name__)
returns = Blueprint("suspense_returns", __name__)
settlements = Blueprint("suspense_settlements", __name__)


@blueprint.get("/finance/suspense")
@allow(Role.FINANCE)
def index() -> str:
    settled = request.args.get("show") == "settled"
    number = page_number(request.args.get("page"))
    return render_template(
        "orders/finance/suspense.html",
        page=list_suspense(number, settled=settled),
        settled=settled,
        kind_of=kind_of,
        name_of=name_of,
    )


@blueprint.get("/finance/suspense/<int:suspense_id>")
@allow(Role.FINANCE)
def show(suspense_id: int) -> str:
    return _page(suspense_id, SettlementForm())


@returns.post("/finance/suspense/<int:suspense_id>/return")
@allow(Role.FINANCE)
def create(suspense_id: int) -> Response:
    get_suspense(suspense_id)
    with transaction():
        give_back(suspense_id, by=current_user.id, at=clock.now())
    flash(gettext("已批准退回，款项将原路退回。"), "success")
    return redirect(url_for("finance_suspense.show", suspense_id=suspense_id), 303)


@settlements.post("/finance/suspense/<int:suspense_id>/settlement", endpoint="create")
@allow(Role.FINANCE)
def create_settlement(suspense_id: int) -> Response | tuple[str, int]:
    get_suspense(suspense_id)
    form = SettlementForm()
    if not form.validate_on_submit():
        return _page(suspense_id, form), 422
    note, seen = form.note.data, form.seen.data or ""
    try:
        with transaction():
            settle(suspense_id, note, seen, by=current_user.id, at=clock.now())
    except BankSaidMore as error:
        form.note.errors = [str(error)]
        return _page(suspense_id, form), error.status
    flash(gettext("已记下处理结果。"), "success")
    return redirect(url_for("finance_suspense.show", suspense_id=suspense_id), 303)


def _page(suspense_id: int, form: SettlementForm) -> str:
    suspense = get_suspense(suspense_id)
    form.seen.data = said = how_far(suspense)
    return render_template(
        "orders/finance/suspense_item.html",
        suspense=suspense,
        order=suspense.attempt.payment.order if suspense.attempt else None,
        said=said,
        may_return=suspense.kind is SuspenseKind.WRONG_AMOUNT,
        form=form,
        kind_of=kind_of,
        name_of=name_of,
    )

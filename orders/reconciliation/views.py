"""Two ways to the same amount, side by side, and when they last agreed."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.reconciliation.handlers import reconcile
from orders.reconciliation.models import Equation
from orders.reconciliation.queries import list_failed, list_latest
from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.errors import NotFound
from shop.jobs import nudge
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("reconciliation", __name__)

# What stands on either side, and what is compared one by one.
WORDS = {
    Equation.ROLLUP: (_l("汇总数"), _l("台账明细"), _l("各月各口径的合计")),
    Equation.ORDERS: (_l("台账（线上净额）"), _l("已验收订单减退款"), _l("订单行")),
    Equation.PAYMENTS: (_l("已付款订单减退款（含运费）"), _l("收款减退出的款"), _l("订单")),
}


@blueprint.get("/statistics/reconciliation")
@allow(Role.OFFICIAL, Role.FINANCE)
def index() -> str:
    """Whether the numbers hold is everybody's business; the amounts, of all towns together, are
    shown to who answers for all of them."""
    has_whole_view = _has_whole_view()
    return render_template(
        "orders/reconciliation/index.html",
        latest=list_latest(),
        failed=list_failed(page_number(request.args.get("page"))) if has_whole_view else None,
        words=WORDS,
        has_whole_view=has_whole_view,
        desk="orders/finance/desk.html" if _is_finance() else "shop/accounts/official_desk.html",
    )


@blueprint.post("/statistics/reconciliation")
@allow(Role.OFFICIAL, Role.FINANCE)
def create() -> Response:
    """Have the worker compare now; the page waits for nobody's millions of lines. Raises NotFound
    for who answers for some towns."""
    if not _has_whole_view():
        raise NotFound
    with transaction():
        record("ask_reconciliation", "reconciliation", "now", by=current_user.id, at=clock.now())
        nudge(reconcile)
    flash(gettext("已交给后台核对，过一会儿刷新本页看结果。"), "success")
    return redirect(url_for("reconciliation.index"), 303)


def _has_whole_view() -> bool:
    is_official = Role.OFFICIAL in current_user.roles
    is_bureau = is_official and scope_of(current_user).level is ScopeLevel.BUREAU
    return is_bureau or _is_finance()


def _is_finance() -> bool:
    return Role.FINANCE in current_user.roles

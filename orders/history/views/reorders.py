"""Put what an order was about back into the basket (放回菜篮)."""

from collections.abc import Sequence

from flask import Blueprint, flash, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.history.queries import get_own_order
from orders.history.services import put_back
from orders.records.models import OrderLine
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint("reorders", __name__)

# As many as fit into the cookie that carries notices to the next page.
_NAMED = 5


@blueprint.post("/orders/<number>/reorder")
@allow(Role.BUYER)
def create(number: str) -> Response:
    account_id = current_user.id
    with transaction():
        result = put_back(get_own_order(account_id, number), at=clock.now())
        missing = _named(result.missing)
    if result.kinds:
        flash(gettext("放回了 %(count)s 种，价格是现在的。", count=result.kinds), "success")
    if missing:
        flash(missing, "warning")
    return redirect(url_for("cart.show"), 303)


def _named(missing: Sequence[tuple[OrderLine, str]]) -> str:
    """What is not in the basket, and why."""
    said = [f"{line.product_name} {line.spec}：{problem}" for line, problem in missing[:_NAMED]]
    if len(missing) > _NAMED:
        said.append(gettext("另外 %(count)s 种也放不回了。", count=len(missing) - _NAMED))
    return " ".join(said)

"""Where the money of an order is."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.finance.queries import find_order_numbers, get_money
from orders.finance.rules import kind_of, name_of
from shop.web.audience import Role, allow, shows
from shop.web.fields import clean_line

blueprint = Blueprint("finance_orders", __name__)

LONGEST = 80


@blueprint.get("/finance/orders")
@allow(Role.FINANCE)
def index() -> str | Response:
    """Find an order by its number, a matching code, or the provider's id of a payment or refund."""
    words = clean_line(request.args.get("q", ""))[:LONGEST]
    numbers = find_order_numbers(words) if words else []
    if len(numbers) == 1:
        return redirect(url_for("finance_orders.show", number=numbers[0]))
    return render_template("orders/finance/orders.html", words=words, numbers=numbers)


@blueprint.get("/finance/orders/<number>")
@allow(Role.FINANCE)
@shows("buyer", "order", "number")
def show(number: str) -> str:
    return render_template(
        "orders/finance/order.html", money=get_money(number), kind_of=kind_of, name_of=name_of
    )

"""The first page of finance: how much waits on each of its desks."""

from flask import Blueprint, render_template

from orders.finance.queries import count_waiting
from shop import clock
from shop.web.audience import Role, allow

blueprint = Blueprint("finance_home", __name__)


@blueprint.get("/finance")
@allow(Role.FINANCE)
def show() -> str:
    return render_template("orders/finance/home.html", counts=count_waiting(clock.now()))

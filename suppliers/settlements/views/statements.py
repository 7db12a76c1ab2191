"""Finance reads every cooperative's statements."""

from flask import Blueprint, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from orders.commissions.rules import percent
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from suppliers.settlements.queries.statements import (
    get_statement,
    list_lines,
    list_statements,
    pay_states,
)
from suppliers.settlements.rules import period_of
from suppliers.settlements.views.files import send_statement

blueprint = Blueprint("settlements", __name__, url_prefix="/finance/settlements")


@blueprint.get("")
@allow(Role.FINANCE)
def index() -> str:
    statements = list_statements(None, page_number(request.args.get("page")))
    return render_template(
        "suppliers/settlements/index.html",
        statements=statements,
        states=pay_states(statements.items),
    )


@blueprint.get("/<int:settlement_id>")
@allow(Role.FINANCE)
def show(settlement_id: int) -> str:
    statement = get_statement(settlement_id)
    return render_template(
        "suppliers/settlements/statement.html",
        statement=statement,
        state=pay_states([statement])[statement.id],
        lines=list_lines(statement.id, page_number(request.args.get("page"))),
        percent=percent,
        pay_on=period_of(statement.period_from).pay_on,
    )


@blueprint.get("/<int:settlement_id>.xlsx")
@allow(Role.FINANCE)
def download(settlement_id: int) -> Response:
    return send_statement(get_statement(settlement_id), by=current_user.id)

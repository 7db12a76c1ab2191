"""A cooperative's money: what is coming, when and why, down to the order line."""

from flask import Blueprint, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from orders.commissions.rules import percent
from shop import clock
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from suppliers.settlements.queries.ledger import payable_fen
from suppliers.settlements.queries.payouts import find_account, list_payouts_of
from suppliers.settlements.queries.statements import (
    find_latest,
    find_outlook,
    get_own_statement,
    list_held,
    list_lines,
    list_statements,
    pay_states,
)
from suppliers.settlements.rules import period_of
from suppliers.settlements.views.files import send_statement

blueprint = Blueprint("coop_money", __name__, url_prefix="/cooperative/money")


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.ACCOUNTANT, Role.FORMER)
def index() -> str:
    """What comes next, what is held, and what was settled and paid."""
    own, now = current_user.cooperative.id, clock.now()
    number = page_number(request.args.get("page"))
    statements = list_statements(own, number)
    return render_template(
        "suppliers/settlements/money.html",
        payable_fen=payable_fen(own),
        latest=find_latest(own),
        outlook=find_outlook(own, now),
        held=list_held(own, now, page_number(request.args.get("held"))),
        statements=statements,
        states=pay_states(statements.items),
        payouts=list_payouts_of(own),
        account=find_account(own),
        period_of=period_of,
        today=clock.day_of(now),
    )


@blueprint.get("/statements/<int:settlement_id>")
@allow(Role.COOPERATIVE, Role.ACCOUNTANT, Role.FORMER)
def show(settlement_id: int) -> str:
    statement = get_own_statement(current_user.cooperative.id, settlement_id)
    return render_template(
        "suppliers/settlements/own_statement.html",
        statement=statement,
        state=pay_states([statement])[statement.id],
        lines=list_lines(statement.id, page_number(request.args.get("page"))),
        percent=percent,
        pay_on=period_of(statement.period_from).pay_on,
    )


@blueprint.get("/statements/<int:settlement_id>.xlsx")
@allow(Role.COOPERATIVE, Role.ACCOUNTANT, Role.FORMER)
def download(settlement_id: int) -> Response:
    statement = get_own_statement(current_user.cooperative.id, settlement_id)
    return send_statement(statement, by=current_user.id)

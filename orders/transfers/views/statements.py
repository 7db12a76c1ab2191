"""Bank statements: bring a file, look at what it says, then import it or send it back."""

from contextlib import closing

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.transfers.errors import NothingToImport, StatementDone
from orders.transfers.forms import StatementForm
from orders.transfers.handlers import match_receipts, stage_file
from orders.transfers.models import RowState
from orders.transfers.queries.statements import (
    get_statement,
    lacks_references,
    list_rows,
    list_statements,
)
from orders.transfers.rules import Fault
from orders.transfers.services import statements
from shop import clock
from shop.db import transaction
from shop.errors import Conflict
from shop.sheets.errors import FileRefused
from shop.web.audience import Role, allow, shows
from shop.web.fields import clean_line
from shop.web.paging import page_number

blueprint = Blueprint("bank_statements", __name__, url_prefix="/finance/statements")
imports = Blueprint("statement_imports", __name__)
returns = Blueprint("statement_returns", __name__)

LONGEST_NAME = 120
_SHOWN = {"wrong": RowState.WRONG, "good": RowState.GOOD, "known": RowState.KNOWN}


@blueprint.get("")
@allow(Role.FINANCE)
def index() -> str:
    return _index(StatementForm())


@blueprint.post("")
@allow(Role.FINANCE)
def create() -> Response | tuple[str, int]:
    """Read a file and show what is in it; nothing counts yet."""
    form = StatementForm()
    if not form.validate_on_submit():
        return _index(form), 422
    by = current_user.id
    with closing(form.file.data) as upload:
        name, content = clean_line(upload.filename or "")[-LONGEST_NAME:], upload.read()
    try:
        statement_id = stage_file(name, content, by=by, at=clock.now())
    except FileRefused as error:
        form.file.errors = [str(error)]
        return _index(form), 422
    return redirect(url_for("bank_statements.show", statement_id=statement_id), 303)


@blueprint.get("/<int:statement_id>")
@allow(Role.FINANCE)
@shows("payers", "bank_statement", "statement_id")
def show(statement_id: int) -> str:
    statement = get_statement(statement_id)
    asked = request.args.get("show", "wrong" if statement.wrong_count else "all")
    return render_template(
        "orders/transfers/statement.html",
        statement=statement,
        rows=list_rows(statement_id, page_number(request.args.get("page")), _SHOWN.get(asked)),
        shown=asked if asked in _SHOWN else "all",
        faults={fault.value: fault.label for fault in Fault},
        lacks_references=lacks_references(statement_id),
    )


@imports.post("/finance/statements/<int:statement_id>/import", endpoint="create")
@allow(Role.FINANCE)
def create_import(statement_id: int) -> Response:
    """Take in the rows that are right and new, then match those that leave no doubt."""
    by = current_user.id
    try:
        count = _import(statement_id, by)
    except (NothingToImport, StatementDone) as error:
        flash(str(error), "error")
        return redirect(url_for("bank_statements.show", statement_id=statement_id), 303)
    matched = match_receipts(clock.now())
    flash(
        gettext("导入了 %(count)s 笔收款，自动核销 %(matched)s 笔。", count=count, matched=matched),
        "success",
    )
    return redirect(url_for("bank_receipts.index"), 303)


@returns.post("/finance/statements/<int:statement_id>/return", endpoint="create")
@allow(Role.FINANCE)
def create_return(statement_id: int) -> Response:
    by = current_user.id
    try:
        with transaction():
            statements.return_statement(statement_id, by=by, at=clock.now())
        flash(gettext("整份流水已退回，没有导入任何内容。"), "success")
    except StatementDone as error:
        flash(str(error), "error")
    return redirect(url_for("bank_statements.index"), 303)


def _import(statement_id: int, by: int) -> int:
    """How many receipts were taken in."""
    for _ in range(2):
        try:
            with transaction():
                return statements.import_statement(statement_id, by=by, at=clock.now()).good_count
        except IntegrityError:
            # Somebody imports the same rows at this very moment: look again.
            continue
    raise Conflict


def _index(form: StatementForm) -> str:
    page = list_statements(page_number(request.args.get("page")))
    return render_template("orders/transfers/statements.html", form=form, page=page)

"""Files as answers: nobody keeps them on the way, and each is written into the audit log."""

from urllib.parse import quote

from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.sheets.gateways.writing import MIME_TYPE
from suppliers.settlements.gateways.files import statement_workbook
from suppliers.settlements.models import SettlementStatement
from suppliers.settlements.queries.statements import stream_lines
from suppliers.settlements.services.statements import record_download


def send_statement(statement: SettlementStatement, *, by: int) -> Response:
    """A statement down to the order line, as a workbook."""
    with transaction():
        record_download(statement.id, by=by, at=clock.now())
    file = statement_workbook(statement, stream_lines(statement.id))
    return as_download(Response(file, content_type=MIME_TYPE), f"结算单_{statement.number}.xlsx")


def as_download(response: Response, name: str) -> Response:
    # A header holds no Chinese: browsers know this form of a name.
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response

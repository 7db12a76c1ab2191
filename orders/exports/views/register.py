"""The register of exports (导出登记): who took what, and whether a file is one of them."""

from contextlib import closing
from hashlib import file_digest

from flask import Blueprint, Response, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from orders.exports.forms import VerificationForm
from orders.exports.handlers import want
from orders.exports.models import ExportRecord, Table
from orders.exports.queries.register import find_record_of, get_record, list_records
from orders.exports.rules.wanted import MOST_AT_ONCE, AsOf, Turn, rows_of
from orders.exports.views.exports import send
from orders.exports.views.jobs import have_made
from orders.statistics.rules.labels import BUYER_TYPES, CHANNEL_FILTERS, MODES
from orders.statistics.rules.periods import Period
from shop.accounts.people.rules import Scope, scope_of
from shop.errors import NotFound
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("export_register", __name__, url_prefix="/statistics/exports/register")

# A file of a million lines and more. Werkzeug keeps what is long on disk, and it is read in parts.
LARGEST_FILE = 1_000_000_000

LABELS = {"buyer_type": BUYER_TYPES, "channel": CHANNEL_FILTERS, "mode": MODES}


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    return _page(VerificationForm(formdata=None))


@blueprint.post("/verification")
@allow(Role.OFFICIAL)
def verify() -> str | tuple[str, int]:
    """Say whether a file is as it was given out. It is hashed and never opened."""
    request.max_content_length = LARGEST_FILE
    form = VerificationForm()
    if not form.validate_on_submit():
        return _page(form), 422
    sha256 = form.typed
    if form.file.data and form.file.data.filename:
        with closing(form.file.data) as upload:
            sha256 = file_digest(upload.stream, "sha256").hexdigest()
    found = find_record_of(scope_of(current_user), sha256)
    return _page(form, found=found, sha256=sha256)


@blueprint.get("/<int(max=2147483647):record_id>")
@allow(Role.OFFICIAL)
def show(record_id: int) -> str:
    record = get_record(scope_of(current_user), record_id)
    return render_template(
        "orders/exports/record.html",
        record=record,
        labels=LABELS,
        rows=_rows_in_words(record),
        can_repeat=_can_repeat(record),
    )


@blueprint.post("/<int(max=2147483647):record_id>/file")
@allow(Role.OFFICIAL)
def repeat(record_id: int) -> Response | Answer:
    """The same file again: the same lines, whatever came after them."""
    record = get_record(scope_of(current_user), record_id)
    if not _can_repeat(record):
        raise NotFound
    scope = Scope(record.scope_level, record.scope_code)
    period = Period(record.since, record.until)
    wanted = want(record.table, record.kind, None, record.filters, scope, period)
    as_of = AsOf(record.as_of, record.as_of_entry_id)
    return send(wanted, as_of) if record.rows <= MOST_AT_ONCE else have_made(wanted, as_of)


def _rows_in_words(record: ExportRecord) -> str:
    """What the rows of a table are; nothing of the detail."""
    rows = rows_of(record.table, record.by)
    if rows is None:
        return ""
    return rows.words if isinstance(rows, Turn) else str(rows.label)


def _can_repeat(record: ExportRecord) -> bool:
    """Targets and goods on sale are not kept as they were: a summary or pivot comes again only
    if it is locked, and then from its own page."""
    return record.table is Table.DETAIL


def _page(form: VerificationForm, *, found: ExportRecord | None = None, sha256: str = "") -> str:
    records = list_records(scope_of(current_user), page_number(request.args.get("page")))
    return render_template(
        "orders/exports/register.html", form=form, records=records, found=found, sha256=sha256
    )

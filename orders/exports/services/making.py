"""Make files: the same of the same, sealed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from io import SEEK_END
from typing import IO, Any

from flask_babel import force_locale

from catalog.expectations.rules import DAYS_IN_WEEK, week_of, weeks_from
from orders.exports.errors import LedgerBusy, SeparatorInText
from orders.exports.gateways.csv_file import write_csv
from orders.exports.gateways.workbook import write_workbook
from orders.exports.models import ExportRecord, FileKind, FrozenExport, Table
from orders.exports.queries.as_of import as_of_lock, find_frozen, find_lock
from orders.exports.queries.ledger import stream_lines, sums_of
from orders.exports.rules.canonical import Seal, TableBody
from orders.exports.rules.detail import DetailBody, Line
from orders.exports.rules.files import Frozen, Shown, Sums, detail_sheet, freeze, table_sheet
from orders.exports.rules.wanted import AsOf, Laid, Turn, Wanted
from orders.rollups import errors as rollups
from orders.rollups.services import settled_id
from orders.sales.queries import Slice
from orders.statistics.queries.pivots import get_pivot
from orders.statistics.queries.summaries import get_summary
from orders.statistics.rules.periods import end_of_month
from orders.statistics.rules.sheets import Column, Kind, Sheet
from orders.supply.queries import get_table
from orders.supply.rules.sheets import SupplySheet
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db, insert_once

# What is handed in is Chinese, whatever language the screen speaks.
OFFICIAL_LANGUAGE = "zh_Hans_CN"

PART_BYTES = 1024 * 1024

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Begun:
    """As of when a file is, how it names its place and filters, and of a table its cells."""

    as_of: AsOf
    about: tuple[str, ...]
    cells: Frozen | None


@dataclass(frozen=True)
class Made:
    """What a file that was written holds."""

    rows: int
    sums: Sums
    as_of: AsOf
    rows_sha256: str
    file_sha256: str
    bytes: int


def begin(wanted: Wanted, *, at: datetime, as_of: AsOf | None = None) -> Begun:
    """Settle as of when an export is: now, unless said otherwise. Call it inside an act of its own:
    until that is over no line is written, so that the cells of a table are of one moment.

    Of a locked period it is what it was the first time, names and cells and all. Raises LedgerBusy.
    """
    frozen = find_frozen(wanted)
    if frozen is not None:
        return _begun_of(frozen)
    locked_at = None if as_of else find_lock(_to_be_locked(wanted))
    if locked_at is None:
        as_of = as_of or AsOf(at, _settled_id())
        return Begun(as_of, wanted.about, _cells(wanted, as_of))
    as_of = as_of_lock(wanted.part, locked_at)
    insert_once(
        FrozenExport,
        "key",
        key=wanted.key,
        made_at=at,
        as_of=as_of.at,
        as_of_entry_id=as_of.entry_id,
        content=_content_of(wanted, _cells(wanted, as_of)),
    )
    # Somebody else may have been first.
    frozen = find_frozen(wanted)
    assert frozen is not None
    return _begun_of(frozen)


def _to_be_locked(wanted: Wanted) -> Slice:
    """What has to be locked for a file to be so: of weeks, the whole months that they lie in."""
    part = wanted.part
    if wanted.table is not Table.SUPPLY:
        return part
    return replace(part, since=part.since.replace(day=1), until=end_of_month(part.until))


def _settled_id() -> int:
    try:
        return settled_id()
    except rollups.LedgerBusy as busy:
        raise LedgerBusy from busy


def make(
    wanted: Wanted, begun: Begun, file: IO[bytes], *, progress: Progress | None = None
) -> Made:
    """Write a table that was begun into an open file; of a long one say after each part how many
    rows are written. The same lines as of the same moment are the same bytes."""
    wanted = replace(wanted, about=begun.about)
    as_of = begun.as_of
    with force_locale(OFFICIAL_LANGUAGE):
        if begun.cells is None:
            seal, sums = _write_detail(wanted, as_of, file, progress)
        else:
            seal, sums = _write_table(wanted, begun.cells, as_of, file)
    size = file.seek(0, SEEK_END)
    return Made(seal.rows, sums, as_of, seal.sha256, _sha256_of(file), size)


def register(wanted: Wanted, made: Made, *, by: int, at: datetime) -> ExportRecord:
    """Note who took which file, in the register and in the audit log."""
    scope, sums = wanted.part.scope, made.sums
    taken = ExportRecord(
        at=at,
        account_id=by,
        table=wanted.table,
        kind=wanted.kind,
        by=wanted.rows_by,
        since=wanted.part.since,
        until=wanted.part.until,
        scope_level=scope.level,
        scope_code=scope.code,
        place=wanted.place,
        filters=wanted.filters,
        rows=made.rows,
        amount_fen=sums.amount_fen,
        refund_fen=sums.refund_fen,
        net_fen=sums.net_fen,
        as_of=made.as_of.at,
        as_of_entry_id=made.as_of.entry_id,
        is_locked=made.as_of.is_locked,
        rows_sha256=made.rows_sha256,
        file_sha256=made.file_sha256,
        bytes=made.bytes,
    )
    db.session.add(taken)
    db.session.flush()
    record(
        f"export_{wanted.table}",
        "sales_ledger",
        f"{wanted.part.since}/{wanted.part.until}",
        by=by,
        at=at,
        kind=wanted.kind.value,
        filters=wanted.filters,
        rows=made.rows,
        record=taken.id,
    )
    return taken


def _write_detail(
    wanted: Wanted, as_of: AsOf, file: IO[bytes], progress: Progress | None
) -> tuple[Seal, Sums]:
    try:
        return _write_lines(wanted, as_of, file, progress, cleaned=False)
    except SeparatorInText:
        file.seek(0)
        file.truncate()
        return _write_lines(wanted, as_of, file, progress, cleaned=True)


def _write_lines(
    wanted: Wanted, as_of: AsOf, file: IO[bytes], progress: Progress | None, *, cleaned: bool
) -> tuple[Seal, Sums]:
    with db.engine.connect() as connection:
        batches = stream_lines(connection, wanted.part, as_of, cleaned=cleaned)
        body = DetailBody(_telling(batches, progress) if progress else batches)
        _write(detail_sheet(body, wanted, as_of), body.pieces, wanted, as_of, file)
    return body.seal, Sums(body.amount_fen, body.refund_fen)


def _telling(batches: Iterator[Sequence[Line]], progress: Progress) -> Iterator[Sequence[Line]]:
    done = 0
    for batch in batches:
        yield batch
        done += len(batch)
        progress(done)


def _write_table(wanted: Wanted, cells: Frozen, as_of: AsOf, file: IO[bytes]) -> tuple[Seal, Sums]:
    body = TableBody(cells.columns, cells.rows, cells.total)
    _write(table_sheet(cells, body, wanted, as_of), body.pieces, wanted, as_of, file)
    return body.seal, cells.sums


def _write(
    sheet: Sheet,
    pieces: Callable[[], Iterator[bytes]],
    wanted: Wanted,
    as_of: AsOf,
    file: IO[bytes],
) -> None:
    if wanted.kind is FileKind.CSV:
        write_csv(sheet, pieces(), file)
    else:
        write_workbook(sheet, file, made_at=as_of.at.replace(tzinfo=None))


def _sha256_of(file: IO[bytes]) -> str:
    """Of all that was written; where the next byte goes stays the end."""
    digest = sha256()
    file.seek(0)
    while part := file.read(PART_BYTES):
        digest.update(part)
    return digest.hexdigest()


def _cells(wanted: Wanted, as_of: AsOf) -> Frozen | None:
    """The cells of a table; the lines of the ledger are read as they are written."""
    by, part = wanted.by, wanted.part
    if by is None:
        return None
    with force_locale(OFFICIAL_LANGUAGE):
        if isinstance(by, Turn):
            shown: Shown = get_pivot(by.levels, part, with_orders=by.with_orders)
        elif isinstance(by, Laid):
            shown = _supply(part, as_of)
        else:
            shown = get_summary(by, part)
        _, amount_fen, refund_fen = sums_of(part, as_of)
        return freeze(shown, wanted, Sums(amount_fen, refund_fen))


def _supply(part: Slice, as_of: AsOf) -> SupplySheet:
    """The weeks of a slice; what is over, and what is to come, is seen from the file's moment."""
    today = clock.day_of(as_of.at)
    count = (part.until - part.since).days // DAYS_IN_WEEK + 1
    weeks = weeks_from(week_of(part.since), count)
    known = replace(part, until=min(part.until, today))
    return SupplySheet(get_table(known, weeks, week_of(today)))


def _content_of(wanted: Wanted, cells: Frozen | None) -> dict[str, Any]:
    """As JSON can hold it."""
    content: dict[str, Any] = {"about": list(wanted.about)}
    if cells is None:
        return content
    columns = [[each.name, each.title, each.kind.value, each.width] for each in cells.columns]
    return content | {
        "title": cells.title,
        "columns": columns,
        "rows": [list(row) for row in cells.rows],
        "total": list(cells.total),
        "sums": [cells.sums.amount_fen, cells.sums.refund_fen],
    }


def _begun_of(frozen: FrozenExport) -> Begun:
    as_of = AsOf(frozen.as_of, frozen.as_of_entry_id, is_locked=True)
    kept = frozen.content
    cells = None
    if "title" in kept:
        columns = [
            Column(name, title, Kind(kind), width) for name, title, kind, width in kept["columns"]
        ]
        cells = Frozen(kept["title"], columns, kept["rows"], kept["total"], Sums(*kept["sums"]))
    return Begun(as_of, tuple(kept["about"]), cells)

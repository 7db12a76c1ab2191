"""Take in a sheet of yearly targets: keep its rows with what would become of them, and set them in
one act. Nothing of a sheet holds before, and then all of it does."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select

from orders.records.models import BuyerType
from orders.target_sheets.errors import ColumnsMissing, NothingToApply, RowsWrong
from orders.target_sheets.models import TargetImport, TargetImportRow
from orders.target_sheets.queries import count_waiting, find_known, list_all_rows
from orders.target_sheets.rules.columns import EFFECTIVE, Column, RowState, missing
from orders.target_sheets.rules.faults import Fault
from orders.target_sheets.rules.judging import Known, Verdict, judge, months_of
from orders.target_sheets.rules.reading import read_row
from orders.targets.errors import ReasonMissing
from orders.targets.models import Spread
from orders.targets.services import set_target
from shop.accounts.audit.services import record
from shop.db import db
from shop.sheets.errors import ImportDone, TooManyWaiting
from shop.sheets.rules.heads import Brought, Head
from shop.sheets.rules.reading import Reading

MOST_WAITING = 10


def stage(file_name: str, brought: Brought, *, by: int, at: datetime) -> TargetImport:
    """Keep a sheet's rows, with their numbers and what would become of them.

    Raises ColumnsMissing or TooManyWaiting.
    """
    lacking = missing([head.column for head in brought.heads])
    if lacking:
        raise ColumnsMissing(str(column.label) for column in lacking)
    if count_waiting() >= MOST_WAITING:
        raise TooManyWaiting
    verdicts, _ = _verdicts(brought.heads, brought.rows)
    kept = TargetImport(
        file_name=file_name,
        sha256=brought.sha256,
        uploaded_at=at,
        uploaded_by_id=by,
        heads=[[head.text, head.column] for head in brought.heads],
        row_count=len(brought.rows),
        counts=_counts(verdicts),
    )
    db.session.add(kept)
    db.session.flush()
    for (number, cells), verdict in zip(brought.rows, verdicts, strict=True):
        row = TargetImportRow(import_id=kept.id, number=number, cells=cells)
        _say(row, verdict)
        db.session.add(row)
    record("upload_targets", "target_import", kept.id, by=by, at=at, file=file_name)
    return kept


def heads_of(found: TargetImport) -> list[Head]:
    return [Head(str(text), column) for text, column in found.heads]


def apply(found: TargetImport, reason: str, *, by: int, at: datetime) -> int:
    """Set what a sheet says, each as a version of its own, and return of how many rows something
    else is to be said than was shown, because somebody set targets meanwhile: then none is set,
    and the sheet waits for the person again.

    ``reason`` is why targets change where a row doesn't say so. Raises ImportDone, RowsWrong,
    NothingToApply, ReasonMissing, or SetMeanwhile.
    """
    kept = _lock_open(found)
    rows = list_all_rows(kept.id)
    verdicts, known = _verdicts(heads_of(kept), [(row.number, row.cells) for row in rows])
    stale = sum(_differs(row, verdict) for row, verdict in zip(rows, verdicts, strict=True))
    if stale:
        for row, verdict in zip(rows, verdicts, strict=True):
            _say(row, verdict)
        kept.counts, kept.stale = _counts(verdicts), stale
        return stale
    if any(verdict.state is RowState.WRONG for verdict in verdicts):
        raise RowsWrong
    wanted = [verdict for verdict in verdicts if verdict.state in EFFECTIVE]
    if not wanted:
        raise NothingToApply
    if any(not (each.facts["reason"] or reason) for each in wanted if each.facts["version"]):
        raise ReasonMissing
    for verdict in wanted:
        _set(verdict, reason, known, by=by, at=at)
    kept.applied_at, kept.ended_by_id, kept.reason, kept.stale = at, by, reason, 0
    db.session.flush()
    record("import_targets", "target_import", kept.id, by=by, at=at, rows=len(wanted))
    return 0


def discard(found: TargetImport, *, by: int, at: datetime) -> None:
    """Throw a sheet away whole: nothing of it holds. Raises ImportDone."""
    kept = _lock_open(found)
    kept.discarded_at, kept.ended_by_id = at, by
    record("discard_targets", "target_import", kept.id, by=by, at=at)


def forget_rows(*, before: datetime) -> int:
    """Delete the rows of sheets that were dealt with before a moment; the answer says how many.
    What they set are versions of targets, and those stay."""
    ended = select(TargetImport.id).where(
        or_(TargetImport.applied_at < before, TargetImport.discarded_at < before)
    )
    statement = (
        delete(TargetImportRow)
        .where(TargetImportRow.import_id.in_(ended))
        .returning(TargetImportRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.execute(statement).all())


def _verdicts(
    heads: Sequence[Head], rows: Iterable[tuple[int, list[str]]]
) -> tuple[list[Verdict], Known]:
    readings: list[tuple[int, Reading[Fault]]] = [
        (number, read_row(c, heads)) for number, c in rows
    ]
    years = {year for _, each in readings if (year := each.values.get(Column.YEAR))}
    known = find_known(years)
    return judge(readings, known), known


def _set(verdict: Verdict, reason: str, known: Known, *, by: int, at: datetime) -> None:
    said = verdict.facts
    part = (said["town_code"], said["year"], said["category_id"], said["buyer_type"])
    before = known.holding.get(part)
    set_target(
        said["town_code"],
        said["year"],
        said["amount_fen"],
        said["reason"] or reason,
        by=by,
        at=at,
        category_id=said["category_id"],
        buyer_type=BuyerType(said["buyer_type"]) if said["buyer_type"] else None,
        spread=Spread(said["spread"]),
        months=months_of(said, before.months if before else None),
    )


def _say(row: TargetImportRow, verdict: Verdict) -> None:
    row.state, row.values = verdict.state, verdict.facts
    row.faults = [list(fault) for fault in verdict.faults]


def _differs(row: TargetImportRow, verdict: Verdict) -> bool:
    return (row.state, row.values) != (verdict.state, verdict.facts)


def _counts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    counted = Counter(verdict.state for verdict in verdicts)
    return {state.value: counted[state] for state in RowState}


def _lock_open(found: TargetImport) -> TargetImport:
    """A sheet about which nobody has decided. Raises ImportDone."""
    kept = db.session.get_one(TargetImport, found.id, with_for_update=True, populate_existing=True)
    if not kept.is_open:
        raise ImportDone
    return kept

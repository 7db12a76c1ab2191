"""Take in a sheet of sales: keep its rows, check them piece by piece, count them in one act.

Nothing of a sheet counts before it is taken over, and then all that is right counts at once.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import delete, insert, or_, select, update

from orders.closing.queries.open_months import open_month_for
from orders.closing.services import claim_open_month
from orders.offline.errors import NothingToApply
from orders.offline.models import (
    EvidenceLink,
    OfflineHead,
    OfflineImport,
    OfflineImportRow,
    OfflineSale,
)
from orders.offline.queries.duplicates import Likeness, Sought, find_likenesses
from orders.offline.queries.imports import (
    count_contents,
    count_states,
    count_waiting,
    find_counted,
    find_known,
    list_naming,
)
from orders.offline.queries.sales import counts_on
from orders.offline.rules.columns import Column, RowState, missing
from orders.offline.rules.faults import Fault, FaultKind
from orders.offline.rules.judging import content_of, fingerprint_of, judge
from orders.offline.rules.late import late_note
from orders.offline.rules.reading import read_row
from orders.offline.services.sales import link_evidence
from orders.records.models import BuyerType
from orders.sales.models import Channel, Mode
from orders.sales.services import SaleFacts, enter_sales
from shop.accounts.audit.services import record
from shop.clock import day_of, month_of
from shop.db import db, insert_once
from shop.money import yuan
from shop.sheets.errors import ColumnsUnclear, ImportDone, NotChecked, TooManyWaiting
from shop.sheets.rules.heads import Brought, Head, learned_from

MOST_WAITING = 10
ROWS_AT_A_TIME = 500
# What a row and the ledger call by the same name.
_TAKEN_OVER = (
    "cooperative_id category_id product_id product_name spec unit quantity_milli unit_price_fen"
    " amount_fen net_weight_g buyer_unit buyer_district activity_name activity_id"
).split()

MonthFor = Callable[[str, date], str]


# ── Bring a sheet ───────────────────────────────────────────────────────────────────────────────


def stage(
    scope_code: str,
    file_name: str,
    brought: Brought,
    *,
    by: int,
    at: datetime,
) -> OfflineImport:
    """Keep a sheet's rows, with their numbers, as they were read. Raises TooManyWaiting."""
    if count_waiting(scope_code) >= MOST_WAITING:
        raise TooManyWaiting
    kept = OfflineImport(
        scope_code=scope_code,
        file_name=file_name,
        sha256=brought.sha256,
        uploaded_at=at,
        uploaded_by_id=by,
        heads=[[head.text, head.column] for head in brought.heads],
        row_count=len(brought.rows),
        counts={},
    )
    columns = [head.column for head in brought.heads]
    if None not in columns and missing(columns) is None:
        kept.named_at = at
    db.session.add(kept)
    db.session.flush()
    for start in range(0, len(brought.rows), ROWS_AT_A_TIME):
        db.session.execute(
            insert(OfflineImportRow),
            [
                {"import_id": kept.id, "number": number, "cells": cells}
                for number, cells in brought.rows[start : start + ROWS_AT_A_TIME]
            ],
        )
    record("upload_sales", "offline_import", kept.id, by=by, at=at, file=file_name)
    return kept


def name_columns(found: OfflineImport, columns: Sequence[str], *, by: int, at: datetime) -> None:
    """Say what each column of a sheet means, empty for one to be ignored, and remember it for the
    office's next sheet. Raises ImportDone or ColumnsUnclear."""
    kept = _lock_open(found)
    if kept.named_at is not None:
        raise ImportDone
    _require_clear(columns)
    names = [str(text) for text, _ in kept.heads]
    kept.heads = [[text, column] for text, column in zip(names, columns, strict=True)]
    kept.named_at = at
    for head, column in learned_from(names, columns).items():
        _remember(kept.scope_code, head, column, by, at)


def heads_of(found: OfflineImport) -> list[Head]:
    return [Head(str(text), column) for text, column in found.heads]


def _remember(scope_code: str, head: str, column: str, by: int, at: datetime) -> None:
    own = {"scope_code": scope_code, "head": head}
    said = {"column": column, "named_at": at, "named_by_id": by}
    if insert_once(OfflineHead, "scope_code", "head", **own, **said) is None:
        same = update(OfflineHead).filter_by(**own)
        db.session.execute(same.values(said).execution_options(synchronize_session=False))


def _require_clear(columns: Sequence[str]) -> None:
    named = [column for column in columns if column]
    for column in named:
        if named.count(column) > 1:
            label = Column(column).label
            raise ColumnsUnclear(gettext("“%(column)s”只能对到一列。", column=label))
    lacking = missing(columns)
    if lacking is not None:
        labels = gettext("或").join(str(column.label) for column in lacking)
        raise ColumnsUnclear(gettext("表里还缺一列：%(columns)s。请指出是哪一列。", columns=labels))


# ── Check it ────────────────────────────────────────────────────────────────────────────────────


def check_some(import_id: int, *, at: datetime) -> bool:
    """Check the next rows of a sheet; say whether there may be more. Whoever is killed meanwhile
    has changed nothing, and the next one goes on from here."""
    kept = db.session.get_one(
        OfflineImport, import_id, with_for_update=True, populate_existing=True
    )
    if kept.checked_at is not None or kept.discarded_at is not None or kept.named_at is None:
        return False
    unchecked = (
        select(OfflineImportRow)
        .where(OfflineImportRow.import_id == import_id, OfflineImportRow.state.is_(None))
        .order_by(OfflineImportRow.number)
        .limit(ROWS_AT_A_TIME)
    )
    rows = db.session.scalars(unchecked).all()
    if not rows:
        kept.checked_at = at
        kept.counts = count_states(import_id)
        return False
    _check(kept, rows, day_of(at), _remembering(open_month_for))
    return True


def _check(
    kept: OfflineImport, rows: Sequence[OfflineImportRow], today: date, month_for: MonthFor
) -> None:
    """Say of each row what becomes of it."""
    heads = heads_of(kept)
    readings = [read_row(row.cells, heads) for row in rows]
    known = find_known(kept.scope_code, [each.values for each in readings], today, month_for)
    for row, reading in zip(rows, readings, strict=True):
        verdict = judge(reading, known)
        row.state, row.values = verdict.state, verdict.facts
        row.faults = [list(fault) for fault in verdict.faults]
        row.content = content_of(verdict.facts) if verdict.state is RowState.GOOD else None
        row.fingerprint = None
    good = [row for row in rows if row.state is RowState.GOOD]
    _fingerprint(kept.id, good, rows[0].number)
    counted, _ = find_counted({str(row.fingerprint) for row in good})
    for row in good:
        if row.fingerprint in counted:
            row.state = RowState.KNOWN
    _suspect([row for row in good if row.state is RowState.GOOD])


def _fingerprint(import_id: int, rows: Sequence[OfflineImportRow], first: int) -> None:
    """The same words again are another sale, but somebody has to look."""
    contents = {str(row.content) for row in rows}
    times = Counter(count_contents(import_id, contents, first))
    for row in rows:
        content = str(row.content)
        row.fingerprint = fingerprint_of(content, times[content])
        if times[content]:
            row.faults = [list(Fault("", FaultKind.LIKE_ROW, {}))]
        times[content] += 1


def _suspect(rows: Sequence[OfflineImportRow]) -> None:
    for row, found in zip(rows, find_likenesses([_sought(row) for row in rows]), strict=True):
        row.faults = [*(row.faults or []), *(list(_like(each)) for each in found[:3])]
        if row.faults:
            row.state = RowState.SUSPECT


def _sought(row: OfflineImportRow) -> Sought:
    said = row.values or {}
    return Sought(
        said["cooperative_id"],
        said["product_name"],
        date.fromisoformat(said["sold_on"]),
        said["amount_fen"],
        said["buyer_unit"],
        said["order_number"],
    )


def _like(found: Likeness) -> Fault:
    details = {"day": found.day.isoformat(), "amount": yuan(found.amount_fen)}
    if found.order_number:
        return Fault("", FaultKind.LIKE_ORDER, details | {"number": found.order_number})
    return Fault("", FaultKind.LIKE_ENTRY, details | {"number": found.entry_id})


# ── Take it over ────────────────────────────────────────────────────────────────────────────────


def confirm(found: OfflineImport, duplicate_note: str, *, by: int, at: datetime) -> int:
    """Have a sheet's right rows counted, with a note also those that look like another sale; the
    worker does it. How many rows that is. Raises ImportDone, NotChecked or NothingToApply."""
    kept = _lock_open(found)
    if kept.checked_at is None:
        raise NotChecked
    rows = kept.counts.get(RowState.GOOD, 0)
    if duplicate_note:
        rows += kept.counts.get(RowState.SUSPECT, 0)
    if not rows:
        raise NothingToApply
    kept.confirmed_at, kept.duplicate_note, kept.stale = at, duplicate_note, 0
    record("confirm_sales", "offline_import", kept.id, by=by, at=at, rows=rows)
    return rows


def apply(import_id: int, *, at: datetime) -> None:
    """Count what was confirmed, all of it in the caller's one act. Where something else is to be
    said of a row by now (its month was filed, the same was entered by hand), nothing is counted
    and the sheet waits for the person again."""
    kept = db.session.get_one(
        OfflineImport, import_id, with_for_update=True, populate_existing=True
    )
    if kept.confirmed_at is None or kept.applied_at is not None:
        return
    stale = _recheck(kept, at)
    kept.counts = count_states(import_id)
    if stale:
        kept.confirmed_at, kept.duplicate_note, kept.stale = None, "", stale
        return
    count = 0
    for rows in _chunks(import_id, _effective(kept)):
        _count(kept, rows, at)
        count += len(rows)
        db.session.expunge_all()
        kept = db.session.get_one(OfflineImport, import_id)
    by = kept.uploaded_by_id
    kept.applied_at, kept.ended_by_id = at, by
    db.session.flush()
    left_out = kept.counts.get(RowState.WRONG, 0)
    record("import_sales", "offline_import", import_id, by=by, at=at, rows=count, left_out=left_out)


def discard(found: OfflineImport, *, by: int, at: datetime) -> None:
    """Throw a sheet away whole: nothing of it counts. Raises ImportDone."""
    kept = _lock_open(found)
    kept.discarded_at, kept.ended_by_id = at, by
    record("discard_sales", "offline_import", kept.id, by=by, at=at)


def add_bundle(found: OfflineImport, evidence_ids: Sequence[int], *, by: int, at: datetime) -> None:
    """Say that files prove every sale of a sheet."""
    for evidence_id in evidence_ids:
        values = {"evidence_id": evidence_id, "import_id": found.id, "at": at, "by_id": by}
        if insert_once(EvidenceLink, "import_id", "evidence_id", **values) is not None:
            record("prove_sales", "offline_import", found.id, by=by, at=at, evidence=evidence_id)


def add_named(
    found: OfflineImport, evidence_id: int, file_name: str, *, by: int, at: datetime
) -> int:
    """Say that a file proves the rows that name it; how many do."""
    sales = list_naming(found.id, file_name)
    for sale in sales:
        link_evidence(sale, [evidence_id], by=by, at=at)
    return len(sales)


def forget_rows(*, before: datetime) -> int:
    """Delete the rows of sheets that were dealt with before a moment; the answer says how many.
    What counts of them are the lines of the ledger, and those stay."""
    ended = select(OfflineImport.id).where(
        or_(OfflineImport.applied_at < before, OfflineImport.discarded_at < before)
    )
    statement = (
        delete(OfflineImportRow)
        .where(OfflineImportRow.import_id.in_(ended))
        .returning(OfflineImportRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.execute(statement).all())


def _recheck(kept: OfflineImport, at: datetime) -> int:
    """Of how many rows something else is to be said than was shown. Months are claimed, so that
    nobody files them before this act is over; what is in the ledger by now is left out silently."""
    # With those that are known, for what says the same as a row above is counted from it on.
    import_id, states, stale = kept.id, (RowState.GOOD, RowState.SUSPECT, RowState.KNOWN), 0
    month_for = _remembering(claim_open_month)
    for rows in _chunks(import_id, states):
        seen = [(row.state, (row.values or {}).get("month")) for row in rows]
        _check(kept, rows, day_of(at), month_for)
        now = [(row.state, (row.values or {}).get("month")) for row in rows]
        stale += sum(
            after != before and after[0] is not RowState.KNOWN
            for before, after in zip(seen, now, strict=True)
        )
        db.session.flush()
        for row in rows:
            db.session.expunge(row)
    return stale


def _count(kept: OfflineImport, rows: Sequence[OfflineImportRow], at: datetime) -> None:
    _, reversed_ = find_counted({str(row.fingerprint) for row in rows})
    ids = enter_sales([_facts(row) for row in rows], by=kept.uploaded_by_id, at=at)
    db.session.execute(
        insert(OfflineSale),
        [
            {
                "entry_id": entry_id,
                "import_id": kept.id,
                "row_number": row.number,
                "fingerprint": row.fingerprint,
                "turn": reversed_.get(str(row.fingerprint), 0),
                "invoice_number": (row.values or {})["invoice"],
                "batch_code": (row.values or {})["batch"],
                "evidence_named": (row.values or {})["evidence"],
                "duplicate_note": kept.duplicate_note if row.state is RowState.SUSPECT else "",
            }
            for row, entry_id in zip(rows, ids, strict=True)
        ],
    )


def _facts(row: OfflineImportRow) -> SaleFacts:
    said: dict[str, Any] = row.values or {}
    sold_on = date.fromisoformat(said["sold_on"])
    counted_on = counts_on(sold_on, said["month"])
    is_late = counted_on != sold_on
    return SaleFacts(
        **{name: said[name] for name in _TAKEN_OVER},
        sold_on=sold_on,
        counted_on=counted_on,
        channel=Channel(said["channel"]),
        mode=Mode(said["mode"]),
        buyer_type=BuyerType(said["buyer_type"]),
        order_number=said["order_number"],
        ordered_on=_day(said["ordered_on"]),
        paid_on=_day(said["paid_on"]),
        note=late_note(said["note"], "") if is_late else said["note"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _effective(kept: OfflineImport) -> tuple[RowState, ...]:
    return (RowState.GOOD, RowState.SUSPECT) if kept.duplicate_note else (RowState.GOOD,)


def _chunks(import_id: int, states: Sequence[RowState]) -> Iterator[Sequence[OfflineImportRow]]:
    """The rows that are in some states now, in their order, a few hundred in memory."""
    query = (
        select(OfflineImportRow.id)
        .where(OfflineImportRow.import_id == import_id, OfflineImportRow.state.in_(states))
        .order_by(OfflineImportRow.number)
    )
    ids = db.session.scalars(query).all()
    for start in range(0, len(ids), ROWS_AT_A_TIME):
        some = ids[start : start + ROWS_AT_A_TIME]
        rows = select(OfflineImportRow).where(OfflineImportRow.id.in_(some))
        yield db.session.scalars(rows.order_by(OfflineImportRow.number)).all()


def _remembering(month_for: MonthFor) -> MonthFor:
    """Asked once for each month of a town."""
    known: dict[tuple[str, str], str] = {}

    def asked(town_code: str, day: date) -> str:
        key = (town_code, month_of(day))
        if key not in known:
            known[key] = month_for(town_code, day)
        return known[key]

    return asked


def _lock_open(found: OfflineImport) -> OfflineImport:
    """A sheet about which nobody has decided. Raises ImportDone."""
    kept = db.session.get_one(OfflineImport, found.id, with_for_update=True, populate_existing=True)
    if not kept.is_open:
        raise ImportDone
    return kept

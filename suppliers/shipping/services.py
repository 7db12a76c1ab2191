"""Ship what sheets and scanners name: one act for each parcel, and each parcel once.

Which rows can be shipped is judged outside of any act; the act looks again under the part's lock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, insert, or_, select, update

from orders.deliveries.errors import NotToBeSent
from orders.deliveries.models import Parcel, Shipment
from orders.deliveries.services import dispatch
from orders.records.models import SubOrder
from orders.records.services import lock_part
from shop.accounts.audit.services import record
from shop.db import db
from suppliers.shipping.errors import SheetBusy, TooManyWaiting
from suppliers.shipping.models import TrackingRow, TrackingSheet
from suppliers.shipping.queries import count_shipped, count_waiting, get_own_sheet
from suppliers.shipping.rules.judging import Wanted

MOST_WAITING = 10


def ship(
    cooperative_id: int,
    wanted: Wanted,
    *,
    key: str,
    allocates: bool = True,
    by: int | None,
    at: datetime,
) -> bool:
    """Send one parcel, from the batches that were foreseen for it or (without ``allocates``) from
    the first harvested; False if its number stands on the part already, so that nothing was left to
    do. Raises what `dispatch` raises."""
    part = lock_part(wanted.part_id, SubOrder.cooperative_id == cooperative_id)
    if part is None:
        raise NotToBeSent
    if _stands_on(part.id, wanted.number):
        return False
    dispatch(
        part.id,
        cooperative_id,
        [(wanted.carrier, wanted.number)],
        wanted.quantities,
        allocations=wanted.allocations if allocates else None,
        key=key,
        by=by,
        at=at,
    )
    return True


def _stands_on(part_id: int, number: str) -> bool:
    query = select(
        exists()
        .where(Parcel.shipment_id == Shipment.id, Parcel.tracking_number == number)
        .where(Shipment.sub_order_id == part_id)
    )
    return bool(db.session.scalar(query))


# ── Sheets ──────────────────────────────────────────────────────────────────────────────────────


def stage(
    cooperative_id: int,
    file_name: str,
    carrier: str,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    *,
    by: int,
    at: datetime,
) -> TrackingSheet:
    """Keep a sheet's rows, with their numbers, as they were read; nothing is shipped yet.
    ``carrier`` is of rows that name none. Raises TooManyWaiting."""
    if count_waiting(cooperative_id) >= MOST_WAITING:
        raise TooManyWaiting
    sheet = TrackingSheet(
        cooperative_id=cooperative_id,
        file_name=file_name,
        carrier=carrier,
        uploaded_at=at,
        uploaded_by_id=by,
        row_count=len(rows),
    )
    db.session.add(sheet)
    db.session.flush()
    kept = [
        {"sheet_id": sheet.id, "number": number, "cells": dict(cells), "refusal": ""}
        for number, cells in rows
    ]
    db.session.execute(insert(TrackingRow), kept)
    record("upload_tracking", "tracking_sheet", sheet.id, by=by, at=at, file=file_name)
    return sheet


def confirm(cooperative_id: int, sheet_id: int, *, by: int, at: datetime) -> TrackingSheet:
    """Have a sheet's rows shipped, or those that could not be the last time. Raises NotFound or
    SheetBusy."""
    sheet = _lock_own(cooperative_id, sheet_id)
    if sheet.is_shipping:
        raise SheetBusy
    sheet.confirmed_at, sheet.confirmed_by_id, sheet.finished_at = at, by, None
    refused = (TrackingRow.sheet_id == sheet_id) & (TrackingRow.refusal != "")
    again = update(TrackingRow).where(refused).values(refusal="")
    db.session.execute(again.execution_options(synchronize_session=False))
    record("ship_sheet", "tracking_sheet", sheet_id, by=by, at=at)
    return sheet


def discard(cooperative_id: int, sheet_id: int, *, by: int, at: datetime) -> None:
    """Throw away a sheet of which nothing was shipped. Raises NotFound or SheetBusy."""
    sheet = _lock_own(cooperative_id, sheet_id)
    if sheet.confirmed_at is not None:
        raise SheetBusy
    sheet.discarded_at = at
    record("discard_tracking", "tracking_sheet", sheet_id, by=by, at=at)


def ship_row(
    cooperative_id: int,
    row_id: int,
    wanted: Wanted,
    *,
    allocates: bool = True,
    by: int | None,
    at: datetime,
) -> bool:
    """Ship one row of a sheet; False if somebody else just has. Raises what `dispatch` raises."""
    row = _lock_row(row_id)
    if row.shipment_id is not None:
        return False
    key = f"tracking-row-{row_id:08d}"
    is_new = ship(cooperative_id, wanted, key=key, allocates=allocates, by=by, at=at)
    if is_new:
        row.shipment_id = db.session.scalars(select(Shipment.id).filter_by(key=key)).one()
    return is_new


def note_refusal(row_id: int, code: str) -> None:
    """Write down for which error a row was not shipped."""
    row = _lock_row(row_id)
    if row.shipment_id is None:
        row.refusal = code


def finish(sheet_id: int, *, at: datetime) -> None:
    """Every row that could be shipped has been tried."""
    sheet = db.session.get_one(
        TrackingSheet, sheet_id, with_for_update=True, populate_existing=True
    )
    if sheet.is_shipping:
        sheet.finished_at, sheet.shipped_count = at, count_shipped(sheet_id)


def forget_rows(*, before: datetime) -> int:
    """Delete the rows of sheets that were shipped or thrown away before a moment; the answer says
    how many. Their shipments stay."""
    ended = select(TrackingSheet.id).where(
        or_(TrackingSheet.finished_at < before, TrackingSheet.discarded_at < before)
    )
    statement = (
        delete(TrackingRow)
        .where(TrackingRow.sheet_id.in_(ended))
        .returning(TrackingRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.execute(statement).all())


def _lock_own(cooperative_id: int, sheet_id: int) -> TrackingSheet:
    """A sheet that nobody has thrown away. Raises NotFound or SheetBusy."""
    get_own_sheet(cooperative_id, sheet_id)
    sheet = db.session.get_one(
        TrackingSheet, sheet_id, with_for_update=True, populate_existing=True
    )
    if sheet.discarded_at is not None:
        raise SheetBusy
    return sheet


def _lock_row(row_id: int) -> TrackingRow:
    return db.session.get_one(TrackingRow, row_id, with_for_update=True, populate_existing=True)

"""Read sheets of tracking numbers and ship their rows: what is done apart from any single page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog

from catalog.batches.errors import BatchNotUsable
from shop.accounts.audit.queries import find_mandate_of
from shop.accounts.audit.services import act_for_oneself, act_under
from shop.db import db, transaction
from shop.errors import DomainError
from shop.jobs import every, nightly
from shop.sheets.errors import EmptyFile
from shop.sheets.gateways.reading import Limits
from shop.sheets.gateways.staging import read_lines, says_something
from shop.sheets.rules.heads import LINES_ABOVE
from suppliers.shipping import services
from suppliers.shipping.errors import NoColumns
from suppliers.shipping.models import TrackingSheet
from suppliers.shipping.queries import judge_sheet, list_shipping
from suppliers.shipping.rules.columns import find_heads, places_of
from suppliers.shipping.rules.faults import FaultKind
from suppliers.shipping.rules.judging import Wanted
from suppliers.shipping.rules.reading import LONGEST_CELL

MOST_ROWS = 2_000
LIMITS = Limits(
    rows=MOST_ROWS, above=LINES_ABOVE, megabytes=4, unpacked_megabytes=32, repeats_merged=True
)
# As long as somebody may ask what became of a row of a sheet.
ROWS_KEPT = timedelta(days=90)

log = structlog.get_logger()


def stage_file(
    cooperative_id: int, name: str, content: bytes, *, carrier: str = "", by: int, at: datetime
) -> int:
    """Read a sheet and keep of its rows the cells that matter; the id of the sheet. ``carrier`` is
    of rows that name none.

    The file is read before the transaction begins, so that nobody waits for it. Raises FileRefused
    or TooManyWaiting.
    """
    lines = read_lines(name, content, LIMITS, LONGEST_CELL)
    place = find_heads(lines)
    if place is None:
        raise NoColumns if any(map(says_something, lines)) else EmptyFile
    below = lines[place + 1 :]
    places = places_of(lines[place], below)
    rows = [
        (number, {column.value: cells[its] for column, its in places.items() if its < len(cells)})
        for number, cells in enumerate(below, start=place + 2)
    ]
    said = [(number, cells) for number, cells in rows if says_something(cells.values())]
    if not said:
        raise EmptyFile
    with transaction():
        return services.stage(cooperative_id, name, carrier, said, by=by, at=at).id


@every(minutes=1)
def ship_sheets(at: datetime) -> int:
    """Ship what sheets wait for, each parcel in an act of its own; return how many. Whoever is
    killed meanwhile leaves whole parcels, and the next one goes on from there."""
    shipped = 0
    for sheet_id in list_shipping():
        try:
            shipped += _ship_sheet(sheet_id, at)
        except Exception:
            # One sheet that can't be shipped must not keep the others waiting.
            log.error("sheet_not_shipped", tracking_sheet=sheet_id, exc_info=True)
    return shipped


@nightly
def forget_rows(at: datetime) -> int:
    """Throw away the rows of sheets that were dealt with long ago; return how many."""
    with transaction():
        return services.forget_rows(before=at - ROWS_KEPT)


def _ship_sheet(sheet_id: int, at: datetime) -> int:
    sheet = db.session.get_one(TrackingSheet, sheet_id)
    own, by = sheet.cooperative_id, sheet.confirmed_by_id
    parcels = [
        (each.row.id, each.verdict.wanted)
        for each in judge_sheet(sheet, at=at)
        if each.verdict.wanted and not each.row.refusal
    ]
    with _in_whose_name(sheet_id, by):
        shipped = sum(_ship_row(own, row_id, wanted, by, at) for row_id, wanted in parcels)
    with transaction():
        services.finish(sheet_id, at=at)
    return shipped


@contextmanager
def _in_whose_name(sheet_id: int, by: int | None) -> Iterator[None]:
    """What an official had shipped for a cooperative, the worker ships under the same mandate."""
    mandate_id = find_mandate_of("ship_sheet", "tracking_sheet", sheet_id)
    if mandate_id is not None and by is not None:
        act_under(mandate_id, by, "tracking_sheets.confirm")
    try:
        yield
    finally:
        act_for_oneself()


def _ship_row(
    cooperative_id: int, row_id: int, wanted: Wanted, by: int | None, at: datetime
) -> bool:
    """Whether the row was shipped now; one that was refused says why, and keeps none waiting."""
    try:
        return _try(cooperative_id, row_id, wanted, by, at)
    except DomainError as error:
        code = error.code
    except Exception:
        log.error("row_not_shipped", tracking_row=row_id, exc_info=True)
        code = FaultKind.FAILED.value
    with transaction():
        services.note_refusal(row_id, code)
    return False


def _try(cooperative_id: int, row_id: int, wanted: Wanted, by: int | None, at: datetime) -> bool:
    try:
        with transaction():
            return services.ship_row(cooperative_id, row_id, wanted, by=by, at=at)
    except BatchNotUsable:
        if wanted.names_batches:
            raise
    # Somebody was faster at the batch that was foreseen: any other does as well.
    with transaction():
        return services.ship_row(cooperative_id, row_id, wanted, allocates=False, by=by, at=at)

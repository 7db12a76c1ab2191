"""Read sheets of sales, check them and count them: what is done apart from any single page."""

from datetime import datetime, timedelta

import structlog
from flask import current_app

from orders.closing.events import EvidenceAsked
from orders.offline.errors import NoHeads
from orders.offline.gateways.evidence import evidence_folder
from orders.offline.queries.imports import get_known_heads, list_working
from orders.offline.queries.sales import count_unproven, list_evidence_hashes
from orders.offline.rules.columns import VOCABULARY
from orders.offline.rules.reading import LONGEST_CELL, is_foot
from orders.offline.services import imports
from shop.db import transaction
from shop.events import on
from shop.jobs import every, nightly, nudge
from shop.sheets.gateways.reading import Limits
from shop.sheets.gateways.staging import read_sheet
from shop.sheets.rules.heads import LINES_ABOVE
from shop.uploads import forget_unknown

MOST_ROWS = 50_000
# About four times what so many rows of the ledger's columns need.
LIMITS = Limits(
    rows=MOST_ROWS, above=LINES_ABOVE + 20, cells=3_500_000, megabytes=32, unpacked_megabytes=192
)
# As long as somebody may ask what became of a row of a sheet.
ROWS_KEPT = timedelta(days=90)
# A file lies there before its row is committed.
STRAY_FILES_KEPT = timedelta(days=7)

log = structlog.get_logger()


@on(EvidenceAsked)
def say_what_is_unproven(event: EvidenceAsked) -> None:
    """A month is filed with its lines that wait for their evidence in sight."""
    event.lacking += count_unproven(event.town_code, event.month)


def stage_file(scope_code: str, name: str, content: bytes, *, by: int, at: datetime) -> int:
    """Read a sheet and keep its rows to be checked; the id of the import.

    The file is read before the transaction begins, so that nobody waits for it. Raises FileRefused
    or TooManyWaiting.
    """
    brought = read_sheet(
        name,
        content,
        LIMITS,
        VOCABULARY,
        get_known_heads(scope_code),
        longest_cell=LONGEST_CELL,
        no_heads=NoHeads,
        is_foot=is_foot,
    )
    with transaction():
        kept = imports.stage(scope_code, name, brought, by=by, at=at)
        nudge(work_on_imports)
        return kept.id


@every(minutes=1)
def work_on_imports(at: datetime) -> int:
    """Check what sheets wait for, some rows in each act, and take over in one act each what was
    confirmed; return how many acts it took."""
    acts = 0
    for import_id, is_confirmed in list_working():
        try:
            if is_confirmed:
                with transaction():
                    imports.apply(import_id, at=at)
                acts += 1
            else:
                while _check_some(import_id, at):
                    acts += 1
        except Exception:
            # One sheet that can't be dealt with must not keep the others waiting.
            log.error("sales_sheet_not_done", offline_import=import_id, exc_info=True)
    return acts


@nightly
def forget_rows(at: datetime) -> int:
    """Throw away the rows of sheets that were dealt with long ago; return how many."""
    with transaction():
        return imports.forget_rows(before=at - ROWS_KEPT)


@nightly
def forget_stray_evidence(at: datetime) -> int:
    """Throw away files that no row speaks of; return how many."""
    folder = evidence_folder(current_app.config["SETTINGS"])
    return forget_unknown(folder, before=at - STRAY_FILES_KEPT, known=list_evidence_hashes)


def _check_some(import_id: int, at: datetime) -> bool:
    with transaction():
        return imports.check_some(import_id, at=at)

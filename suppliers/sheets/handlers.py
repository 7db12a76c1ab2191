"""Read sheets of listings and check their rows: what is done apart from any single page."""

from datetime import datetime, timedelta

import structlog
from flask import current_app

from shop.db import transaction
from shop.jobs import every, nightly, nudge
from shop.sheets.gateways.reading import Limits
from shop.sheets.gateways.staging import read_sheet
from shop.sheets.rules.heads import LINES_ABOVE
from suppliers.sheets import services
from suppliers.sheets.errors import NoHeads
from suppliers.sheets.queries import get_known_heads, list_unchecked
from suppliers.sheets.rules.columns import VOCABULARY
from suppliers.sheets.rules.reading import LONGEST_CELL

MOST_ROWS = 5_000
LIMITS = Limits(
    rows=MOST_ROWS, above=LINES_ABOVE, megabytes=8, unpacked_megabytes=32, repeats_merged=True
)
# As long as somebody may ask what became of a row of a sheet.
ROWS_KEPT = timedelta(days=90)

log = structlog.get_logger()


def stage_file(cooperative_id: int, name: str, content: bytes, *, by: int, at: datetime) -> int:
    """Read a sheet and keep its rows to be checked; the id of the import.

    The file is read before the transaction begins, so that nobody waits for it. Raises FileRefused
    or TooManyWaiting.
    """
    brought = read_sheet(
        name,
        content,
        LIMITS,
        VOCABULARY,
        get_known_heads(cooperative_id),
        longest_cell=LONGEST_CELL,
        no_heads=NoHeads,
    )
    with transaction():
        kept = services.stage(cooperative_id, name, brought, by=by, at=at)
        nudge(check_imports)
        return kept.id


@every(minutes=1)
def check_imports(at: datetime) -> int:
    """Check what sheets wait for, some rows in each act; return how many acts it took."""
    acts = 0
    for import_id in list_unchecked():
        try:
            while _check_some(import_id, at):
                acts += 1
        except Exception:
            # One sheet that can't be checked must not keep the others waiting.
            log.error("sheet_not_checked", listing_import=import_id, exc_info=True)
    return acts


@nightly
def forget_rows(at: datetime) -> int:
    """Throw away the rows of sheets that were dealt with long ago; return how many."""
    with transaction():
        return services.forget_rows(before=at - ROWS_KEPT)


def _check_some(import_id: int, at: datetime) -> bool:
    with transaction():
        above = current_app.config["SETTINGS"].review_above_percent
        return services.check_some(import_id, at=at, review_above=above)

"""Read sheets of targets, and forget their rows: what is done apart from any single page."""

from datetime import datetime, timedelta

from orders.target_sheets import services
from orders.target_sheets.errors import NoHeads
from orders.target_sheets.rules.columns import VOCABULARY
from orders.target_sheets.rules.reading import LONGEST_CELL, is_foot
from shop.db import transaction
from shop.jobs import nightly
from shop.sheets.gateways.reading import Limits
from shop.sheets.gateways.staging import read_sheet
from shop.sheets.rules.heads import LINES_ABOVE

# All towns with all their parts, set while the person waits.
MOST_ROWS = 500
LIMITS = Limits(rows=MOST_ROWS, above=LINES_ABOVE + 20, cells=60_000, megabytes=2)
# As long as somebody may ask what became of a row of a sheet.
ROWS_KEPT = timedelta(days=90)


def stage_file(name: str, content: bytes, *, by: int, at: datetime) -> int:
    """Read a sheet and keep its rows with what would become of them; the id of the import.

    The file is read before the transaction begins, so that nobody waits for it. Raises FileRefused
    or TooManyWaiting.
    """
    brought = read_sheet(
        name,
        content,
        LIMITS,
        VOCABULARY,
        {},
        longest_cell=LONGEST_CELL,
        no_heads=NoHeads,
        is_foot=is_foot,
    )
    with transaction():
        return services.stage(name, brought, by=by, at=at).id


@nightly
def forget_rows(at: datetime) -> int:
    """Throw away the rows of sheets that were dealt with long ago; return how many."""
    with transaction():
        return services.forget_rows(before=at - ROWS_KEPT)

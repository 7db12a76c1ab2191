"""Match what came in, and read statements: what is done apart from any single page."""

from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy.exc import IntegrityError

from orders.transfers.errors import ReceiptTaken
from orders.transfers.queries.receipts import list_completed, list_exact
from orders.transfers.rules import LINES_ABOVE, MOST_ROWS, read
from orders.transfers.services import matches, statements
from shop import clock
from shop.db import transaction
from shop.errors import NotFound
from shop.jobs import every, nightly
from shop.sheets.gateways.reading import Limits, read_table

# About four times what so many rows need.
LIMITS = Limits(rows=MOST_ROWS, above=LINES_ABOVE, cells=4_000_000, unpacked_megabytes=96)
# As long as somebody may ask what became of a row of a file.
ROWS_KEPT = timedelta(days=90)

log = structlog.get_logger()


@every(minutes=1)
def match_receipts(at: datetime) -> int:
    """Match each receipt that leaves no doubt, each by itself; propose those that together are
    just what is due. Return how many were matched."""
    matched = 0
    for receipt_id in list_exact():
        try:
            with transaction():
                matched += matches.match_by_itself(receipt_id, at=at)
        except (ReceiptTaken, IntegrityError):
            continue  # Somebody proposed something for it at this very moment.
        except Exception:
            # One order that can't be paid must not keep the others waiting.
            log.error("receipt_not_matched", receipt=receipt_id, exc_info=True)
    for payment_id, code in list_completed():
        try:
            with transaction():
                matches.propose_together(payment_id, code, at=at)
        except (ReceiptTaken, NotFound, IntegrityError):
            continue  # Somebody took one of them, or all, at this very moment.
        except Exception:
            log.error("receipts_not_proposed", payment=payment_id, exc_info=True)
    return matched


def stage_file(file_name: str, content: bytes, *, by: int, at: datetime) -> int:
    """Read a file and keep its rows to be looked at; the id of the statement.

    The file is read before the transaction begins, so that nobody waits for it. Raises
    FileRefused.
    """
    reading = read(read_table(file_name, content, LIMITS), clock.day_of(at))
    with transaction():
        digest = sha256(content).hexdigest()
        return statements.stage(file_name, digest, reading, by=by, at=at).id


@nightly
def forget_rows(at: datetime) -> int:
    """Throw away the rows of files that were dealt with long ago; return how many."""
    with transaction():
        return statements.forget_rows(before=at - ROWS_KEPT)

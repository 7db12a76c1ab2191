"""Files of evidence that nobody handed in are forgotten."""

from datetime import datetime, timedelta

from flask import current_app

from orders.benefits.gateways import evidence_folder
from orders.benefits.queries import list_evidence_hashes
from orders.benefits.services import forget_removed
from shop.db import transaction
from shop.jobs import nightly
from shop.uploads import forget_unknown

# Long enough to have been taken out by mistake.
REMOVED_KEPT = timedelta(days=7)


@nightly
def forget_evidence(at: datetime) -> int:
    """Throw away what was taken out of drafts, and files of which no row speaks; return how many
    files. Those that a version was handed in with stay."""
    before = at - REMOVED_KEPT
    with transaction():
        forget_removed(before=before)
    folder = evidence_folder(current_app.config["SETTINGS"])
    return forget_unknown(folder, before=before, known=list_evidence_hashes)

"""What claims stop, what happens when nobody answers them, and which photos are thrown away."""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l

from orders.claims.errors import NotYourTurn
from orders.claims.gateways import photos_folder
from orders.claims.queries import find_open_claim, list_overdue, list_photo_hashes
from orders.claims.services import forget_loose_photos, let_run_out
from orders.deliveries.errors import NotToBeAccepted
from orders.records.events import AcceptanceDue
from shop.db import transaction
from shop.events import on
from shop.jobs import every, nightly
from shop.uploads import forget_unknown

BATCH = 500
# Longer than anybody may still claim, and so go on with a form.
LOOSE_PHOTOS_KEPT = timedelta(days=7)

log = structlog.get_logger()


@on(AcceptanceDue)
def hold_back(event: AcceptanceDue) -> None:
    """While a claim is open, nobody and no clock accepts what it is about."""
    if find_open_claim(event.sub_order_id) is not None:
        raise NotToBeAccepted(_l("有售后申请还没处理完，处理完再确认收货。"))


@every(minutes=5)
def let_claims_run_out(at: datetime) -> int:
    """Act for those who let their time pass, each claim by itself; return how many."""
    acted = 0
    for claim_id in list_overdue(at, BATCH):
        try:
            with transaction():
                let_run_out(claim_id, at=at)
            acted += 1
        except NotYourTurn:
            continue  # Somebody was faster.
        except Exception:
            # One claim that can't go on must not keep the others waiting.
            log.error("claim_not_moved", claim=claim_id, exc_info=True)
    return acted


@nightly
def forget_photos(at: datetime) -> int:
    """Throw away the photos of forms that nobody sent off, and their files; return how many files.

    Those of a claim stay as long as the claim.
    """
    before = at - LOOSE_PHOTOS_KEPT
    with transaction():
        forget_loose_photos(before=before)
    folder = photos_folder(current_app.config["SETTINGS"])
    return forget_unknown(folder, before=before, known=list_photo_hashes)

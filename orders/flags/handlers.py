"""Every night the ledger is looked over for what looks odd."""

from datetime import datetime

from flask import current_app

from orders.flags.queries import last_look, prices_by_weight, settled_through
from orders.flags.rules.findings import Limits
from orders.flags.services import (
    look_at_lines,
    look_at_months,
    look_at_photos,
    note_look,
    raise_flags,
)
from shop import clock
from shop.config import Settings
from shop.db import db, transaction
from shop.jobs import nightly

# So many lines are held in memory at once.
AT_ONCE = 20_000


@nightly
def look_over(at: datetime) -> int:
    """Look at the lines since the last look, up to the watermark of the sums, below which no
    unfinished act can add any. Return how many flags that raised.

    It reads first and writes after, piece by piece: nobody who sells waits for it. Killed halfway,
    the next look begins where the last whole one ended, and raises nothing twice.
    """
    limits, today = limits_of(current_app.config["SETTINGS"]), clock.day_of(at)
    looked = last_look()
    through = max(settled_through(), looked.through_id)
    usual = prices_by_weight(today) if through > looked.through_id else {}
    raised = 0
    for after in range(looked.through_id, through, AT_ONCE):
        last = min(after + AT_ONCE, through)
        found = look_at_lines(after, last, usual, limits, today)
        db.session.rollback()
        with transaction():
            raised += raise_flags(found, at=at)
    found = look_at_months(looked.through_id, through, looked.day, limits, today)
    found += look_at_photos()
    db.session.rollback()
    with transaction():
        raised += raise_flags(found, at=at)
        note_look(through, raised, at=at)
    return raised


def limits_of(settings: Settings) -> Limits:
    return Limits(
        price_percent=settings.flag_price_percent,
        price_lines=settings.flag_price_lines,
        bulk_fen=settings.flag_bulk_yuan * 100,
        refund_percent=settings.flag_refund_percent,
        refund_days=settings.flag_refund_days,
        spike_days=settings.flag_spike_days,
        spike_percent=settings.flag_spike_percent,
        spike_fen=settings.flag_spike_yuan * 100,
        harvest_percent=settings.flag_harvest_percent,
    )

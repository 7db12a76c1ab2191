"""What happens to activities by itself."""

from datetime import datetime

from catalog.batches.events import BatchCalledBack
from catalog.batches.models import Batch
from orders.fairs.events import Withdrawn
from orders.fairs.queries.activities import list_to_close
from orders.fairs.rules import GRACE
from orders.fairs.services.allotments import close_over, give_back_recalled
from shop import clock
from shop.db import db, transaction
from shop.events import announce, on
from shop.jobs import every


@every(minutes=60)
def close_what_is_over(at: datetime) -> int:
    """Put what fairs did not sell back into the store once a day has passed since their last one;
    return how many units."""
    units = 0
    for activity_id in list_to_close(clock.day_of(at) - GRACE):
        with transaction():
            units += close_over(activity_id, at=at)
    return units


@on(BatchCalledBack)
def clear_the_stalls(event: BatchCalledBack) -> None:
    """No till sells what may be of a recalled batch."""
    batch = db.session.get_one(Batch, event.batch_id)
    by = batch.recall.by_id if batch.recall else None
    for activity_id in give_back_recalled(batch.product_id, by=by, at=event.at):
        announce(Withdrawn(activity_id, batch.id, event.at))

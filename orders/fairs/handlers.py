"""What happens to activities by itself."""

from datetime import datetime

from orders.fairs.queries.activities import list_to_close
from orders.fairs.rules import GRACE
from orders.fairs.services.allotments import close_over
from shop import clock
from shop.db import transaction
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

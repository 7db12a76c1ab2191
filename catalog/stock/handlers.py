"""What happens to stock by itself."""

from datetime import datetime

from catalog.stock import services
from shop.db import transaction
from shop.jobs import every


@every(minutes=60)
def end_presales(at: datetime) -> int:
    """End the pre-sales whose day has come; return how many. The basket looks at the day itself:
    lists and the search may be behind it by an hour."""
    with transaction():
        return services.end_presales(at=at)

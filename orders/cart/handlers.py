"""What happens to baskets by itself."""

from datetime import datetime, timedelta

from orders.cart import services
from shop.accounts.sessions.events import SignedIn
from shop.db import transaction
from shop.events import on
from shop.jobs import every

# As long as a browser's session lives without being used, and then some.
KEPT = timedelta(days=45)


@on(SignedIn)
def bring_basket(event: SignedIn) -> None:
    """What somebody gathered before they signed in stays theirs."""
    if event.basket_token:
        services.merge(event.basket_token, event.account_id, at=event.at)


@every(minutes=60)
def forget_abandoned(at: datetime) -> None:
    with transaction():
        services.forget_abandoned(before=at - KEPT)

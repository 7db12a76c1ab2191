"""Who may not sell has nobody act for them: a suspension ends every mandate for good."""

from shop.accounts.mandates.services import end_all
from shop.events import on
from shop.organisations.events import CooperativeSuspended


@on(CooperativeSuspended)
def end_with_suspension(event: CooperativeSuspended) -> None:
    end_all(event.organisation_id, at=event.at)

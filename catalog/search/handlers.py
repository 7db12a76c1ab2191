"""Keep the index at what the database says, and have it at hand in the app."""

from datetime import datetime
from typing import Any

from flask import Flask, current_app

from catalog.products.queries import list_product_ids_of
from catalog.products.services.searching import SEARCH, refresh_search
from catalog.search import services
from catalog.search.gateways.port import SearchIndex
from catalog.search.gateways.whoosh import WhooshIndex
from shop.config import Settings
from shop.db import db
from shop.events import on
from shop.organisations.events import (
    CooperativeAdmitted,
    CooperativeChanged,
    CooperativeReinstated,
    CooperativeSuspended,
    LicencesChanged,
)
from shop.outbox import delivers


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["search"] = WhooshIndex(settings.search_folder)


def current_index() -> SearchIndex:
    """The index of the app that answers."""
    index: SearchIndex = current_app.extensions["search"]
    return index


@delivers(SEARCH)
def deliver(payload: dict[str, Any], at: datetime) -> None:
    """Bring products in the index to what they are now; repeating it does no harm."""
    services.reindex(db.session(), current_index(), payload["product_ids"])
    db.session.rollback()


@on(CooperativeAdmitted)
@on(CooperativeSuspended)
@on(CooperativeReinstated)
@on(LicencesChanged)
@on(CooperativeChanged)
def follow_its_cooperative(
    event: CooperativeAdmitted
    | CooperativeSuspended
    | CooperativeReinstated
    | LicencesChanged
    | CooperativeChanged,
) -> None:
    """What a cooperative sells comes and goes with its right to sell."""
    refresh_search(list_product_ids_of(event.organisation_id), at=event.at)

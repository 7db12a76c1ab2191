"""The world of these tests, fresh for each, with a payment provider that answers."""

from collections.abc import Iterator

import pytest
from flask import Flask

from orders.payments.gateways.sandbox import SandboxProvider
from shop.config import Settings
from tests.integration.guards.world import World, make_world


@pytest.fixture
def world(app: Flask, settings: Settings, localstripe: str) -> Iterator[World]:
    before = app.extensions["payment_provider"]
    app.extensions["payment_provider"] = SandboxProvider(
        "sk_test_x", "", settings.stripe_webhook_secret, localstripe
    )
    yield make_world(app)
    app.extensions["payment_provider"] = before

"""A market with one stall: a cooperative, the texts people agree to, and a payment provider."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from orders.payments.gateways.sandbox import SandboxProvider
from shop import clock, outbox
from shop.accounts.people.models import Account
from tests.factories.catalog import make_category
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_policies,
    sign_in,
)

Act = Callable[..., Any]


@pytest.fixture
def manager(act: Act, sandbox: SandboxProvider) -> Account:
    """Who sells for the cooperative, in a shop that is open."""

    def open_shop() -> Account:
        make_policies()
        make_category()
        return make_cooperative_member(make_cooperative(name="石鼓晨露农民专业合作社"))

    return act(open_shop)


@pytest.fixture
def visit(app: Flask) -> Callable[..., FlaskClient]:
    """Open a browser of one's own, signed in or as a stranger."""

    def open_browser(account: Account | None = None) -> FlaskClient:
        client = app.test_client()
        if account is not None:
            sign_in(client, account)
        return client

    return open_browser


@pytest.fixture
def deliver(app: Flask) -> Callable[[], int]:
    """Let the worker deliver what is due: search, mail, refunds."""

    def run() -> int:
        with app.app_context():
            return outbox.deliver_due(clock.now())

    return run

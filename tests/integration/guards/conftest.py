"""The world of these tests, fresh for each, with a payment provider that answers."""

import pytest
from flask import Flask

from orders.payments.gateways.sandbox import SandboxProvider
from tests.integration.guards.world import World, make_world


@pytest.fixture
def world(app: Flask, sandbox: SandboxProvider) -> World:
    return make_world(app)

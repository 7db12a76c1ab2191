"""The world of these tests, fresh for each, with a payment provider that answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask

from orders.payments.gateways.sandbox import SandboxProvider
from shop import clock
from shop.db import db
from tests.integration.guards.world import World, make_world
from tests.parts.databases import Database

# So long a world counts as new: its orders wait half an hour for their money.
NEW = timedelta(minutes=10)
WORLD = "world"


@dataclass
class Made:
    """The last world that was made in a database, and when."""

    world: World | None = None
    at: datetime | None = None

    def is_new(self, now: datetime) -> bool:
        if self.at is None:
            return False
        return now - self.at < NEW and clock.day_of(now) == clock.day_of(self.at)


@pytest.fixture(scope="session")
def made(database: Database) -> Made:
    return Made()


@pytest.fixture
def world(app: Flask, sandbox: SandboxProvider, database: Database, made: Made) -> World:
    """Making it takes a hundred times as long as bringing the database back to it."""
    now = clock.now()
    if made.world is not None and made.is_new(now):
        database.return_to(WORLD)
    else:
        made.world, made.at = make_world(app), now
        with app.app_context():
            db.engine.dispose()
        database.remember(WORLD)
    things = {
        name: dict(thing) if isinstance(thing, dict) else thing
        for name, thing in made.world.things.items()
    }
    return World(app, dict(made.world.identifiers), things)

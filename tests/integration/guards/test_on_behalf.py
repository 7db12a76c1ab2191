"""Every door that an official opens for a cooperative: who it was is written down, and it shuts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.mandates.services import withdraw
from shop.db import db
from shop.web.audience import Role, audience_of
from tests.integration.guards.submissions import BARE, FORMS, compose
from tests.integration.guards.test_every_route_and_role import changed, digests, is_act, rules
from tests.integration.guards.world import Who, World, account_of

pytestmark = pytest.mark.sqlite_only

# Acts that finance does too are done here by the manager, and by who acts for them.
FILLED_BY = {Who.MANAGER, Who.PICKER, Who.ACCOUNTANT}


def test_every_act_on_behalf_says_so_in_the_audit_log(world: World) -> None:
    acting = [rule for rule in for_delegates(world.app) if is_act(rule)]
    assert len(acting) > 25
    found = {rule.endpoint: is_written_down(world, rule) for rule in acting}
    # Some can't be done in this world as often as it is tried here: nothing happened then.
    assert [endpoint for endpoint, written in found.items() if written is False] == []
    assert sum(written is True for written in found.values()) > 25


def test_a_mandate_taken_back_shuts_every_door_at_once(world: World) -> None:
    official = world.client(Who.DELEGATE)
    assert "代办" in official.get("/cooperative").text
    manager, seller_id = world.act(account_of, world, Who.MANAGER), world.things["seller_id"]
    mandate_id = world.things["held_id"]
    world.act(withdraw, seller_id, mandate_id, by=manager.id, at=clock.now())
    before = digests(world)
    refused = official.get("/cooperative")
    assert refused.status_code == 403
    assert "代办授权现在无效" in refused.text
    open_still = []
    for rule in for_delegates(world.app):
        if rule.endpoint == "application_photos.show":
            continue  # Theirs as an official of the town, too.
        address = world.address(rule)
        answer = official.post(address) if is_act(rule) else official.get(address)
        # The photographs and files of buyers are there for everybody who has some.
        if answer.status_code != (404 if is_for_buyers(world.app, rule) else 403):
            open_still.append(f"{rule.endpoint}: {answer.status}")
        answer.close()
    assert open_still == []
    assert changed(before, digests(world)) == set()


def is_written_down(world: World, rule: Rule) -> bool | None:
    """Do it as it should be done, and look for what it left in the log; None if it did nothing."""
    forms = [form for name, form in FORMS if name == rule.endpoint and form.who in FILLED_BY]
    if forms:
        sent = compose(world, rule.endpoint, replace(forms[0], who=Who.DELEGATE))
        address, fields = sent.action, sent.fields
    else:
        assert rule.endpoint in BARE
        address, fields = world.address(rule), {}
    before, rows = count_entries(world), digests(world)
    world.client(Who.DELEGATE).post(address, data=fields)
    if count_entries(world) > before:
        return True
    return False if changed(rows, digests(world)) else None


def count_entries(world: World) -> int:
    with world.app.app_context():
        of_mandate = AuditEntry.mandate_id == world.things["held_id"]
        return db.session.scalar(select(func.count(AuditEntry.id)).where(of_mandate)) or 0


def for_delegates(app: Flask) -> Iterator[Rule]:
    for rule in rules(app):
        audience = audience_of(app.view_functions[rule.endpoint])
        if audience and Role.DELEGATE in audience.roles:
            yield rule


def is_for_buyers(app: Flask, rule: Rule) -> bool:
    audience = audience_of(app.view_functions[rule.endpoint])
    return audience is not None and Role.BUYER in audience.roles

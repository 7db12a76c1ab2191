"""No other site can make a browser act here, and nothing has to be hidden in a form for that."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop.web.audience import audience_of
from tests.integration.guards.test_every_route_and_role import ROUTES, Outcome, is_act
from tests.integration.guards.world import Who, World

pytestmark = pytest.mark.sqlite_only

# What the browser of somebody who is signed in sends along when another site makes it act.
ELSEWHERE = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"},
    "a neighbour below the same domain": {"Sec-Fetch-Site": "same-site"},
    "an old browser, from another site": {"Origin": "https://elsewhere.example"},
    "an old browser, from a page of another site": {"Referer": "https://elsewhere.example/a"},
    "a frame that hides where it is": {"Origin": "null"},
    "this site's name in front of another": {"Origin": "http://localhost.elsewhere.example"},
    "nobody who says where it comes from": {},
}
OUR_OWN = {
    "a page of the shop": {"Sec-Fetch-Site": "same-origin"},
    "an old browser, from a page of the shop": {"Origin": "http://localhost"},
    "the address bar": {"Sec-Fetch-Site": "none"},
}


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_no_act_can_be_caused_from_elsewhere(world: World, headers: dict[str, str]) -> None:
    browsers = {who: frankly(world, who) for who in Who if who is not Who.ANONYMOUS}
    answers = {
        rule.endpoint: browsers[who].post(world.address(rule), headers=headers).status_code
        for rule in world.app.url_map.iter_rules()
        if is_act(rule) and not is_signed(world.app, rule.endpoint)
        for who in [somebody_for(rule.endpoint)]
    }
    assert {name: status for name, status in answers.items() if status != 403} == {}


@pytest.mark.parametrize("headers", OUR_OWN.values(), ids=OUR_OWN.keys())
def test_acts_from_the_shops_own_pages_are_let_through(
    world: World, headers: dict[str, str]
) -> None:
    answer = frankly(world, Who.OWNER).post("/account/addresses", headers=headers)
    assert answer.status_code == 422


def test_a_program_without_a_cookie_has_nothing_to_be_abused(app: Flask) -> None:
    assert app.test_client_class(app).post("/sign-out").status_code == 303
    assert FlaskClient(app).post("/sign-in").status_code == 422


def test_callers_that_sign_need_not_say_where_they_come_from(app: Flask) -> None:
    signed = [name for name in app.view_functions if is_signed(app, name)]
    assert signed == ["webhooks.create"]
    answer = FlaskClient(app).post("/webhooks/stripe", headers=ELSEWHERE["another site"])
    assert (answer.status_code, answer.text) == (400, "bad_signature")


def frankly(world: World, who: Who) -> FlaskClient:
    """A person's browser that adds nothing of its own to what a test says."""
    browser = FlaskClient(world.app)
    cookie = world.client(who).get_cookie("session")
    assert cookie is not None
    browser.set_cookie("session", cookie.value)
    return browser


def somebody_for(endpoint: str) -> Who:
    """Somebody signed in who could act there."""
    allowed = [who for who, outcome in ROUTES[endpoint].items() if outcome is Outcome.OK]
    return next((who for who in allowed if who is not Who.ANONYMOUS), Who.OWNER)


def is_signed(app: Flask, endpoint: str) -> bool:
    audience = audience_of(app.view_functions[endpoint])
    return audience is not None and audience.signed_caller

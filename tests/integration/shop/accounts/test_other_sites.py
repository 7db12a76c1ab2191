"""No other site can make a browser do anything here: every address that changes something."""

from flask.testing import FlaskClient

from shop.web.audience import audience_of
from tests.factories.people import make_administrator, sign_in

SAFE = {"GET", "HEAD", "OPTIONS"}


def changing_paths(app):
    """One path for each rule that isn't only read, machines that sign their requests apart."""
    for rule in app.url_map.iter_rules():
        audience = audience_of(app.view_functions[rule.endpoint])
        if rule.methods - SAFE and audience and not audience.signed_caller:
            values = dict.fromkeys(rule.arguments, "1")
            _, path = rule.build(values, append_unknown=False)
            yield path


def test_every_change_asked_for_by_another_site_is_refused(app, act):
    client = app.test_client()
    sign_in(client, act(make_administrator))
    paths = list(changing_paths(app))
    assert len(paths) > 20
    for path in paths:
        for site in ("cross-site", "same-site"):
            answer = client.post(path, headers={"Sec-Fetch-Site": site})
            assert answer.status_code == 403, path
    assert client.get("/account").status_code == 200, "nothing happened, not even a sign-out"


def test_an_older_browser_is_judged_by_origin_and_referer(app, act):
    person = act(make_administrator)
    browser = app.test_client()
    sign_in(browser, person)
    older = FlaskClient(app, app.response_class)
    older.set_cookie("session", browser.get_cookie("session").value)
    evil = {"Origin": "https://evil.example"}
    assert older.post("/sign-out", headers=evil).status_code == 403
    assert older.post("/sign-out", headers={"Origin": "null"}).status_code == 403
    assert older.post("/sign-out", headers={"Referer": "https://evil.example/"}).status_code == 403
    assert older.post("/sign-out").status_code == 403
    assert older.post("/sign-out", headers={"Origin": "http://localhost"}).status_code == 303

"""The second factor: setting it up, signing in with it, losing it."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from flask import url_for
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from shop.accounts.audit.models import AuditEntry
from shop.accounts.factors.models import RecoveryCode, SecondFactor
from shop.accounts.factors.rules import STEP_SECONDS, code_of, step_at
from shop.accounts.people.models import (
    OFFICES_WITH_TWO_FACTORS,
    Account,
    Body,
    Office,
    ScopeLevel,
)
from shop.accounts.people.rules import Scope
from shop.accounts.people.services import appoint
from shop.accounts.sessions.rules import PER_PERSON, WINDOW
from shop.db import db
from shop.secrets import open_sealed, seal_all_again
from shop.web.audience import Role, audience_of
from tests.factories.people import (
    PASSWORD,
    SINCE,
    fresh_code,
    identifier_of,
    make_account,
    make_administrator,
    make_cooperative_member,
    make_finance,
    make_keeper,
    make_official,
    make_resident,
    sign_in,
    sign_in_by_page,
)
from tests.parts.codes import secret_of
from tests.parts.pages import see
from tests.parts.queries import counted_queries
from tests.parts.together import run_together

NOW = datetime(2026, 11, 23, 2, 0, 10, tzinfo=UTC)
BUREAU = Scope(ScopeLevel.BUREAU, None)
OWN = "/account/second-factor"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def official(act):
    return act(make_official)


@pytest.fixture
def half(app, official):
    """A browser that knows the official's password."""
    client = app.test_client()
    give_password(client, official)
    return client


def give_password(client, account):
    typed = {"identifier": identifier_of(account), "password": PASSWORD, "next": "/statistics"}
    answer = client.post("/sign-in", data=typed)
    assert answer.location.startswith("/sign-in/code"), answer.location
    return answer


def give_code(client, code, **more):
    return client.post("/sign-in/code", data={"code": code, "next": "/statistics", **more})


def code_at(account, steps=0):
    return code_of(secret_of(identifier_of(account)), step_at(NOW) + steps)


def sees_the_desk(client):
    return client.get("/statistics").status_code == 200


def acts(act, name):
    query = select(AuditEntry).filter_by(act=name).order_by(AuditEntry.id)
    return act(lambda: db.session.scalars(query).all())


def set_up(client):
    """Go through the page that sets a factor up; return its secret and its recovery codes."""
    assert client.post(OWN, data={"next": "/statistics"}).status_code == 303
    shown = client.get(f"{OWN}?next=/statistics").text
    secret = shown.split('factor-secret">')[1].split("<")[0].replace(" ", "")
    assert "<svg" in shown
    code = code_of(secret, step_at(NOW))
    answer = client.post(f"{OWN}/confirmation", data={"code": code, "next": "/statistics"})
    assert answer.status_code == 200, answer.text
    codes = [part.split("<")[0] for part in answer.text.split("<li><code>")[1:]]
    assert 'href="/statistics"' in answer.text
    return secret, codes


# ── Signing in ──────────────────────────────────────────────────────────────────────────────────


def test_a_password_alone_opens_nothing(half):
    assert half.get("/statistics").location.startswith("/sign-in")
    assert half.get("/account").location.startswith("/sign-in")
    assert half.get_cookie("session") is None


def test_password_and_code_open_the_desk_and_lead_where_one_wanted(half, official):
    shown = see(half, "/sign-in/code?next=/statistics").form("/sign-in/code")
    assert shown.fields["next"] == "/statistics"
    answer = give_code(half, code_at(official))
    assert (answer.status_code, answer.location) == (303, "/statistics")
    assert sees_the_desk(half)
    assert half.get_cookie("half_signed_in", path="/sign-in") is None


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(half, official, steps, fits):
    assert give_code(half, code_at(official, steps)).status_code == (303 if fits else 422)
    assert sees_the_desk(half) is fits


def test_codes_are_read_as_people_type_them(half, official):
    code = code_at(official)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert give_code(half, f" {wide[:3]} {wide[3:]} ").status_code == 303


@pytest.mark.parametrize("code", ["", "abcdef", "000000000", "²²²²²²", "1" * 39])
def test_what_is_no_code_is_refused_beside_its_field(half, code):
    answer = give_code(half, code)
    assert answer.status_code == 422
    assert 'id="code-error"' in answer.text


def test_each_code_is_accepted_once_and_none_before_it(app, official, half, clock):
    assert give_code(half, code_at(official)).status_code == 303
    other = app.test_client()
    give_password(other, official)
    for steps in (0, -1):
        assert give_code(other, code_at(official, steps)).status_code == 422
    assert "已经用过" in unescape(give_code(other, code_at(official)).text)
    clock.shift(STEP_SECONDS)
    assert give_code(other, code_at(official, 1)).status_code == 303


def test_of_two_browsers_with_the_same_code_one_comes_in(app, official):
    browsers = [app.test_client(), app.test_client()]
    for browser in browsers:
        give_password(browser, official)
    code = code_at(official)
    answers = run_together(*(lambda b=b: give_code(b, code).status_code for b in browsers))
    assert sorted(answers) == [303, 422]


def test_guessing_codes_makes_one_wait_as_guessing_passwords_does(app, official, half, clock):
    for _ in range(PER_PERSON):
        assert give_code(half, "123456").status_code == 422
    refused = give_code(half, code_at(official))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == WINDOW.total_seconds() + 1
    clock.shift(WINDOW)
    assert sign_in_by_page(app.test_client(), official)


def test_half_signed_in_ends_after_five_minutes(half, official, clock):
    clock.shift(timedelta(minutes=5))
    late = give_code(half, code_at(official, 10))
    assert late.location.startswith("/sign-in?")
    assert "等得太久了" in half.get(late.location).text


def test_half_signed_in_ends_with_the_password_and_with_the_account(app, act, official, half):
    act(lambda: db.session.execute(update(Account).values(password_hash="another")))
    assert give_code(half, code_at(official)).location.startswith("/sign-in?")


def test_a_made_up_half_is_nobody(app, official):
    client = app.test_client()
    for made_up in ("", "x", "WzEsImEiLCIyMDk5Il0.abc"):
        client.set_cookie("half_signed_in", made_up, path="/sign-in")
        assert client.get("/sign-in/code").location.startswith("/sign-in?")
        assert give_code(client, code_at(official)).location.startswith("/sign-in?")


def test_residents_and_cooperatives_need_no_code(app, act):
    for make in (make_resident, make_cooperative_member, make_keeper):
        client = app.test_client()
        answer = client.post(
            "/sign-in", data={"identifier": identifier_of(act(make)), "password": PASSWORD}
        )
        assert not answer.location.startswith("/sign-in")
        assert client.get("/account").status_code == 200


def test_a_code_costs_a_desk_page_no_query(app, act, official):
    client = app.test_client()
    sign_in_by_page(client, official)
    with counted_queries(app) as with_code:
        client.get("/designations")
    assert not any("second_factor" in query for query in with_code)


# ── Setting up ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def newcomer(app, act):
    """An official who was just appointed and signs in with a password alone."""

    def make():
        account = make_account("新干部", "new@shop.example")
        appoint(account, Office.ADMINISTRATOR, at=SINCE)
        return account

    account, client = act(make), app.test_client()
    typed = {"identifier": account.email, "password": PASSWORD, "next": "/admin/audit"}
    answer = client.post("/sign-in", data=typed)
    assert answer.location == f"{OWN}?next=/admin/audit"
    return client


def test_nothing_of_a_desk_opens_before_a_factor_is_set_up(newcomer):
    assert newcomer.get("/admin/people").location == f"{OWN}?next=/admin/people"
    assert newcomer.post("/admin/categories", data={}).location == OWN
    assert newcomer.get("/admin", headers={"HX-Request": "true"}).status_code == 403
    home = newcomer.get("/").text
    assert 'href="/admin"' not in home
    assert f'href="{OWN}"' in home
    # What everybody may do stays open: one's own account, and leaving.
    assert newcomer.get("/account").status_code == 200
    assert newcomer.post("/sign-out").status_code == 303


@pytest.mark.sqlite_only
def test_every_route_of_officials_finance_and_administrators_waits_for_the_factor(app, act):
    """Whatever route names them, and whatever else it names: one place guards them all."""
    guarded = {Role(office.value) for office in OFFICES_WITH_TWO_FACTORS}

    def make():
        account = make_account("三职")
        appoint(account, Office.OFFICIAL, scope=BUREAU, body=Body.BUREAU, at=SINCE)
        for office in (Office.FINANCE, Office.ADMINISTRATOR):
            appoint(account, office, at=SINCE)
        return account

    client, account = app.test_client(), act(make)
    client.post("/sign-in", data={"identifier": identifier_of(account), "password": PASSWORD})
    with app.test_request_context():
        doors = [
            (address_of(rule), method)
            for rule in app.url_map.iter_rules()
            if (audience := audience_of(app.view_functions[rule.endpoint]))
            and audience.roles & guarded
            for method in rule.methods & {"GET", "POST"}
        ]
    assert len(doors) > 150
    opened = [
        f"{method} {address}"
        for address, method in doors
        if not (client.open(address, method=method).location or "").startswith(OWN)
    ]
    assert opened == []


def address_of(rule):
    """Some address of a route; what it is about need not exist."""
    examples = {"IntegerConverter": 1, "AnyConverter": None}
    values = {
        name: examples.get(type(converter).__name__, "440981127")
        or converter.regex.strip("(?:)").split("|")[0]
        for name, converter in rule._converters.items()
    }
    return url_for(rule.endpoint, **values | (rule.defaults or {}))


def test_setting_up_shows_a_picture_takes_a_code_and_gives_ten_codes_once(app, act, newcomer):
    _, codes = set_up(newcomer)
    assert len(set(codes)) == 10
    assert newcomer.get("/admin/audit").status_code == 200
    assert "还剩 10 个" in newcomer.get(OWN).text
    assert not any(code in newcomer.get(OWN).text for code in codes)
    again = newcomer.post(f"{OWN}/confirmation", data={"code": "123456"})
    assert (again.status_code, again.location) == (303, OWN)
    assert newcomer.post(OWN).status_code == 303
    assert "两步验证已经打开了" in newcomer.get(OWN).text
    (entry,) = acts(act, "turn_on_second_factor")
    assert entry.subject_id == str(entry.account_id)


def test_a_wrong_code_confirms_nothing(newcomer):
    newcomer.post(OWN)
    wrong = newcomer.post(f"{OWN}/confirmation", data={"code": "12 34 56"})
    assert wrong.status_code == 422
    assert "验证码不对" in wrong.text
    assert 'value="12 34 56"' in wrong.text
    assert newcomer.get("/admin").location.startswith(OWN)


def test_setting_up_ends_the_sessions_that_a_password_began(app, act, newcomer):
    other = app.test_client()
    other.post("/sign-in", data={"identifier": "new@shop.example", "password": PASSWORD})
    assert other.get("/account").status_code == 200
    set_up(newcomer)
    assert other.get("/account").location.startswith("/sign-in")
    assert newcomer.get("/account").status_code == 200


def test_the_database_holds_no_secret_and_no_recovery_code(act, newcomer):
    secret, codes = set_up(newcomer)
    factor = act(lambda: db.session.scalars(select(SecondFactor)).one())
    assert secret not in factor.sealed_secret
    assert act(lambda: open_sealed(factor.sealed_secret)) == secret
    hashes = act(lambda: db.session.scalars(select(RecoveryCode.code_hash)).all())
    assert len(hashes) == 10
    assert not any(code.replace(" ", "") in digest for code in codes for digest in hashes)
    assert act(seal_all_again) == 1


def test_somebody_who_need_not_may_set_one_up_too(app, act):
    client, person = app.test_client(), act(make_resident)
    sign_in_by_page(client, person)
    secret, _ = set_up(client)
    client.post("/sign-out")
    give_password(client, person)
    assert client.get("/account").location.startswith("/sign-in")
    assert give_code(client, code_of(secret, step_at(NOW) + 1)).status_code == 303
    assert client.get("/account").status_code == 200


def test_a_new_password_keeps_the_factor_of_the_session(app, official):
    client = app.test_client()
    sign_in_by_page(client, official)
    new = {"current": PASSWORD, "password": "a basket of pears"}
    assert client.post("/account/password", data=new).status_code == 303
    assert sees_the_desk(client)


def test_a_factor_that_counts_without_a_code_can_not_be_written(act, official):
    with pytest.raises(IntegrityError):
        act(lambda: db.session.execute(update(SecondFactor).values(last_step=None)))


# ── Without the phone ───────────────────────────────────────────────────────────────────────────


def test_a_recovery_code_works_once_and_is_written_down(app, act, newcomer):
    _, codes = set_up(newcomer)
    typed = {"identifier": "new@shop.example", "password": PASSWORD}
    for expected in (303, 422):
        client = app.test_client()
        client.post("/sign-in", data=typed)
        assert give_code(client, codes[3], next="/admin").status_code == expected
    client = app.test_client()
    client.post("/sign-in", data=typed)
    assert give_code(client, codes[4].replace(" ", "-"), next="/admin").location == "/admin"
    assert "还剩 8 个" in client.get("/admin").text
    assert len(acts(act, "use_recovery_code")) == 2


def test_new_recovery_codes_need_a_code_and_end_the_old_ones(app, act, official):
    client = app.test_client()
    sign_in_by_page(client, official)
    assert client.post(f"{OWN}/recovery-codes", data={"code": "111111"}).status_code == 422
    shown = client.post(f"{OWN}/recovery-codes", data={"code": fresh_code(client, official)})
    assert shown.text.count("<li><code>") == 10
    first = act(lambda: set(db.session.scalars(select(RecoveryCode.code_hash))))
    client.post(f"{OWN}/recovery-codes", data={"code": fresh_code(client, official)})
    second = act(lambda: set(db.session.scalars(select(RecoveryCode.code_hash))))
    assert len(second) == 10
    assert first.isdisjoint(second)


def test_an_administrator_takes_a_lost_factor_away_with_a_reason(app, act, official):
    theirs, desk = app.test_client(), app.test_client()
    sign_in_by_page(theirs, official)
    administrator = act(make_administrator)
    sign_in(desk, administrator)
    page = see(desk, "/admin/people")
    address = f"/admin/people/{official.id}/second-factor-reset"
    assert address in [link for _, link in page.links]
    assert desk.post(address, data={"reason": " "}).status_code == 422
    assert sees_the_desk(theirs)
    assert desk.post(address, data={"reason": "手机丢失，已电话核实"}).location == "/admin/people"
    assert not sees_the_desk(theirs)
    (entry,) = acts(act, "reset_second_factor")
    assert (entry.account_id, entry.subject_id) == (administrator.id, str(official.id))
    assert entry.detail == {"reason": "手机丢失，已电话核实"}
    # With the password they come as far as setting up another.
    back = app.test_client()
    back.post("/sign-in", data={"identifier": identifier_of(official), "password": PASSWORD})
    assert back.get("/statistics").location.startswith(OWN)
    assert desk.get(address).status_code == 404


def test_nobody_resets_their_own(app, act):
    desk, administrator = app.test_client(), act(make_administrator)
    sign_in(desk, administrator)
    address = f"/admin/people/{administrator.id}/second-factor-reset"
    assert "请另一位管理员来做" in desk.get(address).text
    assert desk.post(address, data={"reason": "换手机"}).status_code == 409
    assert act(lambda: db.session.scalar(select(func.count(SecondFactor.account_id)))) == 1


def test_the_demos_codes_are_shown_and_nobody_elses(app, act, official, newcomer):
    secret, _ = set_up(newcomer)
    act(make_finance)
    page = app.test_client().get("/demo/codes").text
    assert code_at(official) in page
    assert code_of(secret, step_at(NOW)) not in page
    assert page.count("<section") == 2

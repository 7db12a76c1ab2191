"""A person's own page: addresses and password."""

import pytest

from shop.accounts.people.queries import list_addresses
from shop.accounts.people.services import MOST_ADDRESSES
from tests.factories.people import (
    PASSWORD,
    TOWN,
    ZHUHAI_STREET,
    make_places,
    make_policies,
    make_resident,
    sign_in_by_page,
)

ADDRESS = {
    "recipient": "何小满",
    "phone": "138 0000 0000",
    "town_code": ZHUHAI_STREET,
    "street": "港一路 8 号",
}


@pytest.fixture
def person(act):
    act(make_places)
    return act(make_resident)


@pytest.fixture
def browser(app, person):
    client = app.test_client()
    sign_in_by_page(client, person)
    return client


def test_strangers_are_asked_to_sign_in(app):
    assert app.test_client().get("/account").location == "/sign-in?next=/account"


def test_an_address_is_kept_once_and_shown(browser, act, person):
    for _ in range(2):
        answer = browser.post("/account/addresses", data=ADDRESS)
        assert answer.status_code == 303
    assert "珠海市香洲区翠香街道 港一路 8 号" in browser.get("/account").text
    kept = act(list_addresses, person.id)
    assert [each.phone for each in kept] == ["13800000000"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", ""),
        ("recipient", "x" * 41),
        ("phone", "110"),
        ("phone", "十三八"),
        ("town_code", TOWN),
        ("town_code", ""),
        ("town_code", "999999999"),
        ("street", ""),
        ("street", "x" * 121),
        ("street", "\0\u202e"),
    ],
)
def test_what_can_not_be_delivered_to_is_refused_and_kept_on_the_page(browser, field, value):
    answer = browser.post("/account/addresses", data={**ADDRESS, field: value})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    if field != "street":
        assert 'value="港一路 8 号"' in answer.text


def test_the_book_has_an_end(browser):
    for number in range(MOST_ADDRESSES):
        data = {**ADDRESS, "street": f"港一路 {number} 号"}
        assert browser.post("/account/addresses", data=data).status_code == 303
    answer = browser.post("/account/addresses", data={**ADDRESS, "street": "海滨路 1 号"})
    assert answer.status_code == 422
    assert "最多存 20 个地址" in answer.text


def test_an_address_is_deleted_by_its_owner_only(app, act, person, browser):
    browser.post("/account/addresses", data=ADDRESS)
    address = act(list_addresses, person.id)[0]
    stranger = app.test_client()
    sign_in_by_page(stranger, act(make_resident))
    path = f"/account/addresses/{address.id}/removal"
    assert stranger.post(path).status_code == 404
    assert len(act(list_addresses, person.id)) == 1
    assert browser.post(path).status_code == 303
    assert act(list_addresses, person.id) == []
    assert browser.post(path).status_code == 404


def test_a_new_password_ends_every_other_session(app, act, person, browser):
    act(make_policies)
    other = app.test_client()
    sign_in_by_page(other, person)
    old = browser.get_cookie("session").value
    data = {"current": PASSWORD, "password": "another basket"}
    assert browser.post("/account/password", data=data).status_code == 303
    assert other.get("/account").status_code == 302
    assert browser.get("/account").status_code == 200
    assert browser.get_cookie("session").value != old
    again = {"identifier": person.email, "password": "another basket"}
    assert app.test_client().post("/sign-in", data=again).status_code == 303


@pytest.mark.parametrize(
    "data",
    [
        {"current": "wrong wrong wrong", "password": "another basket"},
        {"current": PASSWORD, "password": "short"},
        {"current": PASSWORD, "password": ""},
        {"current": "", "password": "another basket"},
        {},
    ],
)
def test_a_password_is_not_changed_by_mistake(app, person, browser, data):
    assert browser.post("/account/password", data=data).status_code == 422
    assert sign_in_by_page(app.test_client(), person)


def test_the_own_address_is_no_password(browser, person):
    data = {"current": PASSWORD, "password": person.email}
    assert browser.post("/account/password", data=data).status_code == 422

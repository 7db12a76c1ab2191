"""How people are named, what passwords they may take, and what an official's scope covers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.accounts.people.models import Account, Appointment, Body, Office, ScopeLevel
from shop.accounts.people.rules import (
    Scope,
    body_fits,
    canonical_identifier,
    contact_phone,
    mobile,
    password_is_strong,
    scope_of,
    scope_of_place,
)
from shop.errors import NotAllowed


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        " 138 1234 5678 ",
        "138-1234-5678",
        "+86 138 1234 5678",
        "8613812345678",
        "0086-13812345678",
        "１３８１２３４５６７８",
        "＋８６　１３８１２３４５６７８",
        "138—1234—5678",
    ],
)
def test_one_mobile_number_has_one_form(typed):
    assert mobile(typed) == "13812345678"
    assert canonical_identifier(typed) == "13812345678"


@pytest.mark.parametrize(
    "typed",
    ["", "1381234567", "138123456789", "12812345678", "23812345678", "١٣٨١٢٣٤٥٦٧٨", "138123x5678"],
)
def test_what_is_no_mobile_number_is_none(typed):
    assert mobile(typed) is None


def test_a_mobile_number_that_begins_like_the_country_is_kept():
    assert mobile("18612345678") == "18612345678"


@pytest.mark.parametrize("typed", ["0756-1234567", "（0756）1234567", "020 8765 4321"])
def test_landlines_can_be_called_but_not_signed_in_with(typed):
    assert contact_phone(typed)
    assert canonical_identifier(typed) is None


@pytest.mark.parametrize(
    "typed", ["Chen@Shop.Example", " chen@shop.example ", "ｃｈｅｎ＠shop.example"]
)
def test_one_address_has_one_form(typed):
    assert canonical_identifier(typed) == "chen@shop.example"


@pytest.mark.parametrize(
    "typed",
    [
        "chen@",
        "@shop.example",
        "chen@shop",
        "a b@shop.example",
        "chen@shop.example\nBcc: x@y.example",
        "chen@shop.example\0",
        "陈@shop.example",
        "chen@@shop.example",
        "a" * 250 + "@b.example",
    ],
)
def test_what_is_no_address_is_none(typed):
    assert canonical_identifier(typed) is None


@given(st.text(max_size=60))
def test_no_text_breaks_reading_and_reading_twice_changes_nothing(text):
    read = canonical_identifier(text)
    assert read is None or canonical_identifier(read) == read


@pytest.mark.parametrize(
    ("password", "strong"),
    [
        ("a basket of litchis", True),
        ("十个字的密码也可以用", True),
        ("short", False),
        ("x" * 129, False),
        ("13812345678", False),
        ("  13812345678  ", False),
    ],
)
def test_a_password_is_long_enough_and_no_identifier(password, strong):
    assert password_is_strong(password, "13812345678") is strong


def test_the_first_part_of_the_address_is_no_password():
    assert not password_is_strong("chen.xiaozhu", "chen.xiaozhu@shop.example")


@pytest.mark.parametrize(
    ("scope", "shigu", "chengcun"),
    [
        (Scope(ScopeLevel.BUREAU, None), True, True),
        (Scope(ScopeLevel.CITY, "440900"), True, False),
        (Scope(ScopeLevel.COUNTY, "440981"), True, False),
        (Scope(ScopeLevel.COUNTY, "440983"), False, False),
        (Scope(ScopeLevel.TOWN, "440981127"), True, False),
        (Scope(ScopeLevel.TOWN, "441721101"), False, True),
    ],
)
def test_a_scope_covers_its_towns_and_no_others(scope, shigu, chengcun):
    assert scope.covers("440981127") is shigu
    assert scope.covers("441721101") is chengcun


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("", ScopeLevel.BUREAU),
        ("440900", ScopeLevel.CITY),
        ("440981", ScopeLevel.COUNTY),
        ("440981127", ScopeLevel.TOWN),
    ],
)
def test_a_place_says_by_its_code_what_scope_it_is(code, level):
    assert scope_of_place(code).level is level


def test_only_towns_have_a_government_and_a_team():
    for level in ScopeLevel:
        for body in Body:
            of_town = body in (Body.TOWN_GOVERNMENT, Body.TOWN_TEAM)
            assert body_fits(body, level) is (of_town == (level is ScopeLevel.TOWN))


def test_the_scope_is_that_of_the_office_held_now():
    official = Account(
        name="李干部",
        appointments=[
            Appointment(
                office=Office.OFFICIAL,
                scope_level=ScopeLevel.COUNTY,
                scope_code="440981",
                body=Body.WORKING_GROUP,
            )
        ],
    )
    assert scope_of(official) == Scope(ScopeLevel.COUNTY, "440981")
    with pytest.raises(NotAllowed):
        scope_of(Account(name="林小珠"))

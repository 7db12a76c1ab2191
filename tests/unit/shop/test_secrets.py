"""Sealed texts: readable with the keys only, and still after the keys were changed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from shop import secrets
from shop.config import Settings
from shop.secrets import CannotUnseal, fingerprint, open_sealed, seal, seal_again

# Sealed with OLD once upon a time.
TOKEN = (
    "gAAAAABrBksuv-9nX7KckLW2ASzzqTzRsBzeRnrwwxXur0zX3o"
    "TQnIi6RJURTbvQnF8cf-fCnR2cFOebp_Wz_Fi7LjdeVAZQzw=="
)
OLD, NEW, FINGERPRINTS = "old" * 12, "new" * 12, "print" * 8


@contextmanager
def keys(*sealing: str) -> Iterator[None]:
    app = Flask("keys")
    secrets.init_app(app, Settings(sealing_keys=sealing, fingerprint_key=FINGERPRINTS))
    with app.app_context():
        yield


@given(st.text(max_size=60))
def test_what_was_sealed_opens_again(text: str) -> None:
    with keys(NEW):
        assert open_sealed(seal(text)) == text


def test_nothing_of_the_text_is_to_be_seen_and_no_two_seals_are_alike() -> None:
    with keys(NEW):
        one, other = seal("6222 0200 0000 0001"), seal("6222 0200 0000 0001")
    assert one != other
    assert "6222" not in one


def test_an_older_key_still_opens_and_the_newest_seals_again() -> None:
    with keys(OLD):
        sealed = seal("账号")
    with keys(NEW, OLD):
        assert open_sealed(sealed) == "账号"
        again = seal_again(sealed)
    with keys(NEW):
        assert open_sealed(again) == "账号"


def test_a_key_that_was_taken_away_opens_nothing() -> None:
    with keys(OLD):
        sealed = seal("账号")
    with keys(NEW):
        for attempt in (open_sealed, seal_again):
            with pytest.raises(CannotUnseal):
                attempt(sealed)


@pytest.mark.parametrize("damaged", ["", "账号", "gAAAAA", "gAAAAA=="])
def test_what_is_no_seal_is_said_to_be_none(damaged: str) -> None:
    with keys(NEW), pytest.raises(CannotUnseal):
        open_sealed(damaged)


def test_the_same_text_has_the_same_fingerprint_whatever_seals_it() -> None:
    with keys(OLD):
        before = fingerprint("62220200")
    with keys(NEW, OLD):
        assert fingerprint("62220200") == before
        assert fingerprint("62220201") != before


def test_how_keys_are_derived_never_changes() -> None:
    """What lies in databases was sealed so."""
    with keys(OLD):
        assert fingerprint("62220200") == (
            "e0fb89b89d01f133a1300fd86d66be08de5c3824e0152492e04608b0cb8b4885"
        )
        assert open_sealed(TOKEN) == "账号"

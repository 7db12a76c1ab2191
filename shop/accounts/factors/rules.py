"""Codes of a second factor (TOTP, RFC 6238): which is right, when, and how they are written."""

import unicodedata
from base64 import b32encode
from collections.abc import Callable, Iterable
from datetime import datetime
from hmac import compare_digest, digest

from pyotp import TOTP

STEP_SECONDS = 30
# A code of the step before or after is taken too: clocks differ.
STEPS_ASIDE = 1
RECOVERY_CODES = 10
RECOVERY_DIGITS = 10
ISSUER = "菜篮子"

_BETWEEN_DIGITS = str.maketrans("", "", " -\u2013\u2014\u3000")


def find_step(secret: str, code: str, at: datetime) -> int | None:
    """To which step of 30 seconds around ``at`` a code belongs; None for a wrong one."""
    totp, now, found = TOTP(secret), step_at(at), None
    for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1):
        # All are compared, so that the time it takes says nothing.
        if compare_digest(totp.generate_otp(step), code):
            found = step
    return found


def step_at(at: datetime) -> int:
    """How many steps have passed since 1970."""
    return int(at.timestamp()) // STEP_SECONDS


def code_of(secret: str, step: int) -> str:
    """What the phone shows during a step."""
    return TOTP(secret).generate_otp(step)


def readable(code: str) -> str:
    """The digits of a code, however they were typed; empty for what is none."""
    digits = unicodedata.normalize("NFKC", code[:40]).translate(_BETWEEN_DIGITS)
    return digits if digits.isascii() and digits.isdigit() else ""


def is_recovery_code(digits: str) -> bool:
    """Recovery codes are longer than those of the phone; both are digits, for the same keys."""
    return len(digits) == RECOVERY_DIGITS


def new_recovery_codes(below: Callable[[int], int]) -> list[str]:
    """Ten different codes of ten digits; ``below`` gives a random number below another."""
    codes: dict[str, None] = {}
    while len(codes) < RECOVERY_CODES:
        codes[f"{below(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}}"] = None
    return list(codes)


def in_groups(text: str, size: int) -> str:
    """Written so that a person copies it without losing their place: ``12345 67890``."""
    return " ".join(_groups(text, size))


def address_of(secret: str, identifier: str) -> str:
    """What an authenticator app reads from the QR code."""
    return TOTP(secret).provisioning_uri(name=identifier, issuer_name=ISSUER)


def derived_secret(identifier: str, key: str) -> str:
    """A secret that follows from a setting, for the demo's people and nobody else."""
    return b32encode(digest(key.encode(), f"second factor {identifier}".encode(), "sha1")).decode()


def _groups(text: str, size: int) -> Iterable[str]:
    return (text[place : place + size] for place in range(0, len(text), size))

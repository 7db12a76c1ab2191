"""Who a person is to the shop: canonical names to sign in with, passwords, and scopes."""

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shop.accounts.people.models import Account, Body, ScopeLevel
from shop.errors import NotAllowed

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[0-9]{9,11}")
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
_BETWEEN_DIGITS = re.compile(r"[\s()\u2010-\u2015.-]+")

# What a scope's code looks like: how many of its digits all towns inside share.
_SHARED_DIGITS = {
    ScopeLevel.BUREAU: 0,
    ScopeLevel.CITY: 4,
    ScopeLevel.COUNTY: 6,
    ScopeLevel.TOWN: 9,
}
_TOWN_CODE_DIGITS = 9
_TOWN_BODIES = frozenset({Body.TOWN_GOVERNMENT, Body.TOWN_TEAM})


@dataclass(frozen=True)
class Scope:
    """The part of the land that an official answers for."""

    level: ScopeLevel
    code: str | None

    @property
    def prefix(self) -> str:
        """What the codes of all towns inside begin with; empty for the bureau."""
        return (self.code or "")[: _SHARED_DIGITS[self.level]]

    def covers(self, town_code: str) -> bool:
        return town_code.startswith(self.prefix)

    def contains(
        self,
        town_code: "ColumnElement[str] | InstrumentedAttribute[str]"
        " | InstrumentedAttribute[str | None]",
    ) -> "ColumnElement[bool]":
        """``covers`` as an SQL condition on a column of town codes.

        A span of codes, because an index serves it and a pattern is served by none.
        """
        return town_code.between(*self.towns) if self.prefix else town_code.is_not(None)

    @property
    def towns(self) -> tuple[str, str]:
        """The first and the last code that a town inside can have."""
        prefix = self.prefix
        return prefix.ljust(_TOWN_CODE_DIGITS, "0"), prefix.ljust(_TOWN_CODE_DIGITS, "9")


def scope_of(account: Account) -> Scope:
    """The scope of an official. Raises NotAllowed for anybody else."""
    appointment = account.official_appointment
    if appointment is None or appointment.scope_level is None:
        raise NotAllowed
    return Scope(appointment.scope_level, appointment.scope_code)


def scope_of_place(code: str) -> Scope:
    """The scope that a place's code stands for; no code stands for the bureau's."""
    if not code:
        return Scope(ScopeLevel.BUREAU, None)
    if len(code) == 9:
        return Scope(ScopeLevel.TOWN, code)
    return Scope(ScopeLevel.CITY if code.endswith("00") else ScopeLevel.COUNTY, code)


def body_fits(body: Body, level: ScopeLevel) -> bool:
    """A town is served by its government and its town team, and nobody else is."""
    return (body in _TOWN_BODIES) == (level is ScopeLevel.TOWN)


def canonical_identifier(text: str) -> str | None:
    """An e-mail address or mobile number in its one form, or None if it is neither."""
    return canonical_email(text) if "@" in unicodedata.normalize("NFKC", text) else mobile(text)


def canonical_email(text: str) -> str | None:
    """An e-mail address in small letters, or None if it is none."""
    address = unicodedata.normalize("NFKC", text).strip().lower()
    return address if len(address) <= 254 and _EMAIL.fullmatch(address) else None


def mobile(text: str) -> str | None:
    """The eleven digits of a Chinese mobile number, however it was written, or None."""
    digits = _digits(text)
    return digits if _MOBILE.fullmatch(digits) else None


def contact_phone(text: str) -> str | None:
    """The digits of a mobile number or of a landline with its area code, or None."""
    digits = _digits(text)
    return digits if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) else None


def password_is_strong(password: str, identifier: str | None) -> bool:
    """Long enough, and not simply what the person signs in with."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return False
    return identifier is None or password.strip().lower() not in (
        identifier,
        identifier.split("@")[0],
    )


def _digits(text: str) -> str:
    """A phone number without spaces, dashes and the country's own prefix."""
    plain = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))
    for prefix in ("+86", "0086"):
        plain = plain.removeprefix(prefix)
    return plain[2:] if plain.startswith("861") and len(plain) == 13 else plain

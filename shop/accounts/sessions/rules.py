"""How often a password may be guessed."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import TypeAlias

PER_PERSON = 5
PER_ADDRESS = 30
WINDOW = timedelta(minutes=15)


# A session that ends by itself is written down as seen this many times within its idle time.
LOOKS_WITHIN_IDLE = 30


# How long what was sent after a session's end waits for its person.
KEPT_FOR = timedelta(hours=1)
_MOST_KEPT = 20_000  # characters
_LONGEST_PATH = 500
# Fields of these names hold what is never kept.
_SECRETS = frozenset({"password", "current", "code", "token"})

Field: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Caller:
    """Who tries to sign in and from where, recognisable but not readable."""

    who_hash: str
    address_hash: str


def caller(identifier: str, address: str, secret: str) -> Caller:
    """A caller as the throttle knows them."""
    return Caller(_fingerprint(identifier, secret), _fingerprint(_network(address), secret))


def retry_at(failures: Sequence[datetime], allowed: int) -> datetime | None:
    """When the next try is possible, given the latest failures, newest first; None is now."""
    return failures[allowed - 1] + WINDOW if len(failures) >= allowed else None


def seen_every(idle: timedelta) -> timedelta:
    """How old the note of a session's last request may become before it is written anew."""
    return idle / LOOKS_WITHIN_IDLE


def is_idle(seen_at: datetime, at: datetime, idle: timedelta) -> bool:
    """Whether nobody asked for anything for too long; never too early by the note's own age."""
    return at - seen_at > idle + seen_every(idle)


def may_be_kept(path: str, fields: Sequence[Field]) -> bool:
    """Whether a form that came too late can wait: typed text of a modest size, and no secret."""
    size = sum(len(name) + len(value) for name, value in fields)
    return (
        len(path) <= _LONGEST_PATH
        and 0 < size <= _MOST_KEPT
        and any(value.strip() for _, value in fields)
        and _SECRETS.isdisjoint(name for name, _ in fields)
    )


def _network(address: str) -> str:
    """One household's worth of addresses: all of a /64 where IPv6 gives everybody many."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return parsed.exploded[:19] if isinstance(parsed, IPv6Address) else address


def _fingerprint(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()

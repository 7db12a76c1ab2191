"""How often a password may be guessed."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

PER_PERSON = 5
PER_ADDRESS = 30
WINDOW = timedelta(minutes=15)


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


def _network(address: str) -> str:
    """One household's worth of addresses: all of a /64 where IPv6 gives everybody many."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return parsed.exploded[:19] if isinstance(parsed, IPv6Address) else address


def _fingerprint(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()

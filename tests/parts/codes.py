"""Codes of the second factor, for whoever signs in in a test or a measurement.

A code is accepted once, so each is the first from now on that was not given out before: it is good
for half a minute at least, however slow the machine. After two within one step of 30 seconds one
has to wait.
"""

from collections.abc import Hashable
from time import time

from shop.accounts.factors.rules import STEP_SECONDS, STEPS_ASIDE, code_of, derived_secret
from shop.config import DEMO_SECRET
from tests.parts.servers import wait_until

_given: dict[Hashable, int] = {}


def secret_of(identifier: str) -> str:
    """What the codes of the demo's and of the factories' people come from."""
    return derived_secret(identifier, DEMO_SECRET)


def next_code(identifier: str, shop: Hashable) -> str:
    """A code of somebody's that this shop has not seen yet and accepts now."""
    who = (identifier, shop)
    step = max(_given.get(who, 0) + 1, _now())
    wait_until(lambda: step <= _now() + STEPS_ASIDE, "the next code", 3 * STEP_SECONDS)
    _given[who] = step
    return code_of(secret_of(identifier), step)


def _now() -> int:
    return int(time()) // STEP_SECONDS

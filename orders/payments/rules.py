"""Pure decisions about payments."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from orders.payments.gateways.port import CURRENCY, Intent, IntentState
from orders.payments.models import AttemptState, SuspenseKind

# Without 0, O, 1, I and L: people read numbers and codes out over the phone. 31 is a prime, so
# that one check character notices every wrong character and every two that changed places.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
# So long before its order closes a buyer is told that no transfer has come.
REMINDED_BEFORE = timedelta(days=1)
RANDOM_LENGTH = CODE_LENGTH - 1
_HALF = f"([{ALPHABET}]{{4}})"
_CODES = re.compile(rf"(?<![A-Z0-9]){_HALF}[ -]?{_HALF}(?![A-Z0-9])")

# How long the provider has to tell by itself before it is asked.
FIRST_CHECK = timedelta(minutes=2)
# An attempt is asked about every minute while its buyer may sit and wait, then ever more rarely.
CLOSELY_WATCHED = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=6)
# The provider remembers an idempotency key for a day: until then a repeat is safe.
KEY_VALID = timedelta(hours=23)

# Why an attempt ended without the provider's saying so.
NEVER_CONNECTED = "never_connected"
UNKNOWN = "unknown_intent"

# How far a dispute is by the provider's word; with any other word the bank has decided. A mere
# question can still become a chargeback, also one that was closed.
_STEPS = {
    "warning_needs_response": 0,
    "warning_under_review": 0,
    "warning_closed": 1,
    "needs_response": 2,
    "under_review": 2,
    "funds_withdrawn": 3,
}
_DECIDED = 4


class Verdict(StrEnum):
    """What an intent, as the provider reports it, means for an attempt."""

    CAPTURE = "capture"
    FAIL = "fail"
    QUARANTINE = "quarantine"  # a wrong amount or currency: people of finance decide
    IGNORE = "ignore"


def judge(intent: Intent, state: AttemptState, due_fen: int) -> Verdict:
    """Events come late, twice and in any order: success is final, failure is not."""
    if state in (AttemptState.SUCCEEDED, AttemptState.QUARANTINED):
        return Verdict.IGNORE
    if intent.state is IntentState.SUCCEEDED:
        return Verdict.CAPTURE if misfit_of(intent, due_fen) is None else Verdict.QUARANTINE
    has_ended = intent.state in (IntentState.FAILED, IntentState.CANCELED)
    return Verdict.FAIL if has_ended and state is not AttemptState.FAILED else Verdict.IGNORE


def misfit_of(intent: Intent, due_fen: int) -> SuspenseKind | None:
    """What is wrong with money that came in; None if nothing is."""
    if intent.currency.lower() != CURRENCY:
        return SuspenseKind.WRONG_CURRENCY
    return None if intent.received_fen == due_fen else SuspenseKind.WRONG_AMOUNT


def dispute_word(event_type: str, status: str) -> str:
    """What an event says of a dispute: its status, or that money moved if that doesn't follow
    from it. https://docs.stripe.com/api/events/types#event_types-charge.dispute.funds_withdrawn"""
    happened = event_type.rpartition(".")[2]
    if happened == "funds_withdrawn" and status in _STEPS:
        return happened
    return happened if happened == "funds_reinstated" and status != "won" else status


def is_news(word: str, heard: Collection[str]) -> bool:
    """Whether a dispute is further than all that was heard of it. Events come late, twice and in
    any order; of decisions each is news, since a bank may change its mind."""
    if word in heard:
        return False
    step = _step(word)
    return step == _DECIDED or step > max(map(_step, heard), default=-1)


def furthest(heard: Sequence[str]) -> str:
    """How far a dispute is by what was heard of it, the later of two decisions; empty if it was
    nothing."""
    return max(reversed(heard), key=_step, default="")


def _step(word: str) -> int:
    return _STEPS.get(word, _DECIDED)


def next_check(created_at: datetime, at: datetime) -> datetime:
    """When to ask again about an attempt that was asked about just now."""
    age = at - created_at
    if age < CLOSELY_WATCHED:
        return at + timedelta(minutes=1)
    return at + min(age / 4, LONGEST_PAUSE)


def may_connect(created_at: datetime, at: datetime) -> bool:
    """Whether the provider would still recognise a repeat of the request for an intent."""
    return at - created_at < KEY_VALID


def transfer_code(random_part: str) -> str:
    """A matching code (识别码): seven characters drawn by lot and one that checks them."""
    weighed = sum(place * ALPHABET.index(c) for place, c in enumerate(random_part, start=1))
    # The last character weighs 8, so that all of them together come to 0.
    check = -weighed * pow(CODE_LENGTH, -1, len(ALPHABET)) % len(ALPHABET)
    return random_part + ALPHABET[check]


def codes_in(text: str) -> list[str]:
    """The matching codes that a text holds, each once, as they come.

    Small letters, full-width characters and a hyphen or space in the middle are understood; one
    whose check character is wrong is none.
    """
    found = _CODES.findall(unicodedata.normalize("NFKC", text).upper())
    return list(dict.fromkeys(code for code in map("".join, found) if _checks(code)))


def spoken(code: str) -> str:
    """A code as people read it: ``7F3K-9QMA``."""
    return f"{code[:4]}-{code[4:]}"


def _checks(code: str) -> bool:
    return transfer_code(code[:RANDOM_LENGTH]) == code

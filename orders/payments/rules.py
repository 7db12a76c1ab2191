"""Pure decisions about payments."""

import re
import unicodedata
from datetime import timedelta
from enum import StrEnum

from orders.payments.gateways.port import CURRENCY, Intent, IntentState
from orders.payments.models import AttemptState

# Without 0, O, 1, I and L: people read numbers and codes out over the phone. 31 is a prime, so
# that one check character notices every wrong character and every two that changed places.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
# So long before its order closes a buyer is told that no transfer has come.
REMINDED_BEFORE = timedelta(days=1)
RANDOM_LENGTH = CODE_LENGTH - 1
_HALF = f"([{ALPHABET}]{{4}})"
_CODES = re.compile(rf"(?<![A-Z0-9]){_HALF}[ -]?{_HALF}(?![A-Z0-9])")


class Verdict(StrEnum):
    """What an intent, as the provider reports it, means for an attempt."""

    CAPTURE = "capture"
    FAIL = "fail"
    QUARANTINE = "quarantine"  # a wrong amount or currency: people of finance decide
    IGNORE = "ignore"


def judge(intent: Intent, state: AttemptState, due_fen: int) -> Verdict:
    """Events come late, twice and in any order: success is final, failure is not."""
    if state is AttemptState.SUCCEEDED:
        return Verdict.IGNORE
    if intent.state is IntentState.SUCCEEDED:
        right = intent.received_fen == due_fen and intent.currency.lower() == CURRENCY
        return Verdict.CAPTURE if right else Verdict.QUARANTINE
    if intent.state is IntentState.FAILED and state is not AttemptState.FAILED:
        return Verdict.FAIL
    return Verdict.IGNORE


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

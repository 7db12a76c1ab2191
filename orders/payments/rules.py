"""Pure decisions about payments."""

from enum import StrEnum

from orders.payments.gateways.port import CURRENCY, Intent, IntentState
from orders.payments.models import AttemptState


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

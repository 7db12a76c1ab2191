"""How long a confirmed account waits, and where a change stands."""

from datetime import timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from suppliers.bank_accounts.models import AccountChange

# Time for the other managers to read the notice and stop what is wrong.
COOLING_OFF = timedelta(hours=24)


class Phase(StrEnum):
    WAITING = "waiting"
    COOLING = "cooling"
    ENDED = "ended"

    @property
    def label(self) -> LazyString:
        return _PHASES[self]


_PHASES = {
    Phase.WAITING: _l("等第二个人确认"),
    Phase.COOLING: _l("已确认，等生效"),
    Phase.ENDED: _l("已结束"),
}


def phase_of(change: AccountChange) -> Phase:
    if change.ended_at is not None:
        return Phase.ENDED
    return Phase.WAITING if change.confirmed_at is None else Phase.COOLING

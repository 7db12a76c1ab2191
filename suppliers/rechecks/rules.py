"""When a cooperative is checked again, and what follows when that is late.

The E-commerce Law (Art. 27) has platforms verify their sellers again at regular intervals, the
measures on online trading (Order 37 of SAMR, Art. 24) at least every six months. Days are of
Asia/Shanghai.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from shop.accounts.people.models import Body
from suppliers.applications.rules import SIGNERS, Told
from suppliers.rechecks.models import Recheck, RecheckReturn, RecheckSignOff

MONTHS = 6
# It opens so long before its day, so that everybody has time.
OPENS_BEFORE = timedelta(days=30)
# So many days after its day the managers and the town are warned; then selling pauses.
WARNED_AFTER = 30
PAUSED_AFTER = 60


class Stage(StrEnum):
    """Where a re-check stands; it follows from what was done and is stored nowhere."""

    OPEN = "open"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    HALF_SIGNED = "half_signed"
    FINISHED = "finished"

    @property
    def label(self) -> LazyString:
        return _STAGES[self]


_STAGES = {
    Stage.OPEN: _l("等合作社确认"),
    Stage.RETURNED: _l("已退回修改"),
    Stage.CONFIRMED: _l("等待双签"),
    Stage.HALF_SIGNED: _l("已有一方签字"),
    Stage.FINISHED: _l("复核完成"),
}
_MOODS = {Stage.RETURNED: "bad", Stage.FINISHED: "good"}


def next_day(verified_on: date) -> date:
    """The day six months later; the month's last where it has no such day."""
    months = verified_on.month - 1 + MONTHS
    year, month = verified_on.year + months // 12, months % 12 + 1
    return date(year, month, min(verified_on.day, monthrange(year, month)[1]))


def opens_on(verified_on: date) -> date:
    return next_day(verified_on) - OPENS_BEFORE


def due_day(verified_on: date, today: date) -> date:
    """By when a re-check that opens today is to be finished: whoever is asked late, because the
    shop itself was, has the whole time all the same."""
    return max(next_day(verified_on), today + OPENS_BEFORE)


def is_warned(due_on: date, today: date) -> bool:
    return (today - due_on).days >= WARNED_AFTER


def is_paused(due_on: date, today: date) -> bool:
    return (today - due_on).days >= PAUSED_AFTER


def pauses_on(due_on: date) -> date:
    return due_on + timedelta(days=PAUSED_AFTER)


def stage_of(recheck: Recheck) -> Stage:
    if recheck.finished_at is not None:
        return Stage.FINISHED
    if recheck.confirmed_at is not None:
        return Stage.HALF_SIGNED if recheck.valid_sign_offs else Stage.CONFIRMED
    return Stage.RETURNED if recheck.returns else Stage.OPEN


def mood_of(stage: Stage) -> str:
    """How the word is coloured: good, wait, bad or note."""
    return _MOODS.get(stage, "wait")


def waits_for(recheck: Recheck) -> list[Body]:
    """The bodies whose signatures are missing while it waits for them."""
    if recheck.confirmed_at is None or recheck.finished_at is not None:
        return []
    signed = {sign_off.body for sign_off in recheck.valid_sign_offs}
    return [body for body in SIGNERS if body not in signed]


def story(recheck: Recheck) -> list[Told]:
    """What was done in a round, and who is next."""
    done: list[tuple[datetime, Told]] = [
        (each.at, Told(gettext("%(name)s确认资料", name=each.by.name), "done", each.at))
        for each in recheck.confirmations
    ]
    done += [(each.at, _signed(each, recheck)) for each in recheck.sign_offs]
    done += [(each.at, _returned(each)) for each in recheck.returns]
    told = [each for _, each in sorted(done, key=lambda each: each[0])]
    begun = Told(gettext("开始复核"), "done", recheck.opened_at)
    return [begun, *told, *_next(recheck)]


def _signed(sign_off: RecheckSignOff, recheck: Recheck) -> Told:
    title = gettext("%(body)s签字", body=sign_off.body.label)
    if sign_off.version != recheck.version or recheck.open_return:
        return Told(title, "failed", sign_off.at, gettext("后来又改过，这个签字已失效。"))
    return Told(title, "done", sign_off.at, sign_off.note)


def _returned(given_back: RecheckReturn) -> Told:
    title = gettext("%(body)s退回修改", body=given_back.body.label)
    return Told(title, "failed", given_back.at, given_back.reason)


def _next(recheck: Recheck) -> list[Told]:
    if recheck.finished_at is not None:
        return [Told(gettext("复核完成"), "done", recheck.finished_at)]
    if recheck.confirmed_at is None:
        return [Told(gettext("等合作社确认"), "now")]
    wanted = [Told(gettext("等%(body)s签字", body=b.label), "now") for b in waits_for(recheck)]
    return [*wanted, Told(gettext("双签完成后复核结束"), "next")]

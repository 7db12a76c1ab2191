"""Change where a cooperative's money goes: one asks, another confirms, and a day passes.

A payout that was prepared keeps the account that it was prepared with.
"""

from datetime import datetime

from orders.notices.queries import list_managers
from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.notices.services import tell
from shop.db import db
from shop.organisations.models import Organisation
from shop.organisations.queries import get_cooperative
from shop.secrets import fingerprint, seal
from suppliers.applications.services import AccountEntry
from suppliers.bank_accounts.errors import ChangeDecided, ChangeWaits, OwnChange, SameAccount
from suppliers.bank_accounts.models import AccountChange, AccountChangeEnd
from suppliers.bank_accounts.queries import find_open, get_change, get_own
from suppliers.bank_accounts.rules import COOLING_OFF
from suppliers.settlements.queries.payouts import find_account
from suppliers.verification.models import BankAccount

PAGE = "/cooperative/bank-account"


def ask(cooperative_id: int, entry: AccountEntry, *, by: int, at: datetime) -> AccountChange:
    """A manager names another account and consents to keep its number; all managers are told.

    Raises ChangeWaits or SameAccount.
    """
    _lock(cooperative_id)
    number = entry.number
    assert number is not None, "the form asks for it"
    if find_open(cooperative_id) is not None:
        raise ChangeWaits
    mark, present = fingerprint(number), find_account(cooperative_id)
    same = present and (present.number_fingerprint, present.holder, present.bank)
    if same == (mark, entry.holder, entry.bank):
        raise SameAccount
    change = AccountChange(
        organisation_id=cooperative_id,
        holder=entry.holder,
        bank=entry.bank,
        sealed_number=seal(number),
        number_fingerprint=mark,
        last_digits=number[-4:],
        asked_by_id=by,
        asked_at=at,
    )
    db.session.add(change)
    db.session.flush()
    _record("ask_account_change", change, by, at)
    _tell(change, "account_change_asked", at)
    return change


def confirm(change_id: int, *, by: int, at: datetime) -> None:
    """Another manager, or finance, finds it right; it counts after a day.

    Raises NotFound, OwnChange or ChangeDecided.
    """
    change = _lock_change(change_id)
    if change.ended_at is not None or change.confirmed_at is not None:
        raise ChangeDecided
    if change.asked_by_id == by:
        raise OwnChange
    change.confirmed_by_id, change.confirmed_at = by, at
    change.effective_at = at + COOLING_OFF
    db.session.flush()
    _record("confirm_account_change", change, by, at)
    _tell(change, "account_change_confirmed", at)


def withdraw(cooperative_id: int, change_id: int, *, by: int, at: datetime) -> None:
    """Any manager stops it, confirmed or not, while it does not count yet.

    Raises NotFound or ChangeDecided.
    """
    get_own(cooperative_id, change_id)
    _end(_lock_change(change_id), AccountChangeEnd.WITHDRAWN, "", by, at)


def refuse(change_id: int, reason: str, *, by: int, at: datetime) -> None:
    """Finance stops it, confirmed or not, while it does not count yet.

    Raises NotFound or ChangeDecided.
    """
    _end(_lock_change(change_id), AccountChangeEnd.REFUSED, reason, by, at)


def apply(change_id: int, *, at: datetime) -> None:
    """The day is over: from now on payouts are prepared to this account. Doing it twice, or too
    early, changes nothing."""
    change = _lock_change(change_id)
    if change.ended_at is not None or change.effective_at is None or change.effective_at > at:
        return
    former = find_account(change.organisation_id)
    if former is not None:
        former.replaced_at = at
        db.session.flush()
    account = BankAccount(
        organisation_id=change.organisation_id,
        holder=change.holder,
        bank=change.bank,
        sealed_number=change.sealed_number,
        number_fingerprint=change.number_fingerprint,
        last_digits=change.last_digits,
        consented_by_id=change.asked_by_id,
        consented_at=change.asked_at,
    )
    db.session.add(account)
    change.sealed_number = None
    change.ended_as, change.ended_at = AccountChangeEnd.APPLIED, at
    db.session.flush()
    _record("apply_account_change", change, None, at)
    _tell(change, "account_change_applied", at)


def _end(change: AccountChange, how: AccountChangeEnd, reason: str, by: int, at: datetime) -> None:
    if change.ended_at is not None:
        raise ChangeDecided
    # The consent ends with what it was for, and so does the number.
    change.sealed_number = None
    change.ended_as, change.ended_by_id, change.ended_at = how, by, at
    change.reason = reason
    db.session.flush()
    _record("stop_account_change", change, by, at, reason=reason)
    _tell(change, "account_change_stopped", at)


def _lock(cooperative_id: int) -> Organisation:
    """The cooperative as it is now; nobody else changes its account before this act is over."""
    db.session.get(Organisation, cooperative_id, with_for_update=True, populate_existing=True)
    return get_cooperative(cooperative_id)


def _lock_change(change_id: int) -> AccountChange:
    _lock(get_change(change_id).organisation_id)
    return get_change(change_id)


def _record(act: str, change: AccountChange, by: int | None, at: datetime, **more: str) -> None:
    what = {"change": change.id, "holder": change.holder, "last_digits": change.last_digits}
    record(act, "organisation", change.organisation_id, by=by, at=at, **what, **more)


def _tell(change: AccountChange, letter: str, at: datetime) -> None:
    effective_on = clock.local(change.effective_at).isoformat() if change.effective_at else ""
    told = {
        "cooperative": get_cooperative(change.organisation_id).name,
        "bank": change.bank,
        "masked": change.masked,
        "effective_on": effective_on[:10],
        "reason": change.reason,
    }
    for manager in list_managers(change.organisation_id):
        key = f"{letter}:{change.id}:{manager.account_id}"
        tell(manager, f"suppliers/{letter}", told, key=key, path=PAGE, at=at)

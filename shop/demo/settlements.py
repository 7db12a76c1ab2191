"""What cooperatives were settled and paid: statements of the last months, payouts made by two
people of finance, one that the bank sent back, and a batch that waits for the second."""

from datetime import datetime, timedelta

from sqlalchemy import select

from orders.commissions.services import set_rate
from shop import clock
from shop.config import DEMO_ARRANGEMENT
from shop.db import db, transaction
from shop.demo.people import People, Seller
from shop.secrets import fingerprint, seal
from suppliers.settlements.models import PayoutBatch, PayoutRow
from suppliers.settlements.queries.payouts import find_account
from suppliers.settlements.rules import Period, last_period
from suppliers.settlements.services.payouts import (
    mark_paid,
    mark_returned,
    prepare_batch,
    release_batch,
)
from suppliers.settlements.services.statements import make_statement
from suppliers.verification.models import BankAccount

# In basis points: for all, and for the cooperative that sells most.
FOR_ALL, FOR_ONE = 300, 250
# So many periods before the last one are settled; the first of them holds all that was before.
PERIODS = 5
BANK = "演示农商银行"


def agree_on_rates(people: People, at: datetime) -> None:
    """Before the first order, so that all are placed at them."""
    by, today = people.administrator_id, clock.day_of(at)
    with transaction():
        set_rate(None, FOR_ALL, today, "平台服务费，入驻协议第 4 条", by=by, at=at)
        first = people.sellers[0].cooperative_id
        set_rate(first, FOR_ONE, today, "首批入驻优惠", by=by, at=at)


def settle_up(people: People, at: datetime) -> None:
    """Needs a history of accepted orders. The last seller has no bank account on file yet."""
    for seller in people.sellers[:-1]:
        _open_account(seller, at)
    *earlier, last = _periods(at)
    for number, period in enumerate(earlier):
        _settle(people, period, at)
        _pay(people, period.end + timedelta(days=2), returned=number == len(earlier) - 1)
    _settle(people, last, at)
    with transaction():
        prepare_batch(DEMO_ARRANGEMENT, by=people.finance_ids[0], at=at - timedelta(hours=1))


def _open_account(seller: Seller, at: datetime) -> None:
    """An account that plainly is none, unless joining has brought one."""
    number = f"0000DEMO{seller.cooperative_id:08d}"
    with transaction():
        if find_account(seller.cooperative_id) is None:
            account = BankAccount(
                organisation_id=seller.cooperative_id,
                holder=seller.entry.name,
                bank=BANK,
                sealed_number=seal(number),
                number_fingerprint=fingerprint(number),
                last_digits=number[-4:],
                consented_by_id=seller.manager_id,
                consented_at=at - timedelta(days=300),
            )
            db.session.add(account)


def _periods(at: datetime) -> list[Period]:
    """The last periods that are over, the oldest first."""
    periods = [last_period(at)]
    for _ in range(PERIODS):
        periods.insert(0, last_period(clock.start_of(periods[0].since)))
    return periods


def _settle(people: People, period: Period, at: datetime) -> None:
    for seller in people.sellers:
        with transaction():
            made_at = min(period.end + timedelta(minutes=5), at)
            make_statement(seller.cooperative_id, period, at=made_at)


def _pay(people: People, at: datetime, *, returned: bool) -> None:
    """One prepares, the other releases, the bank pays; one row of the latest comes back."""
    first, second = people.finance_ids
    with transaction():
        batch_id = prepare_batch(DEMO_ARRANGEMENT, by=first, at=at).id
    with transaction():
        release_batch(batch_id, DEMO_ARRANGEMENT, by=second, at=at + timedelta(hours=2))
    rows = select(PayoutRow.id).join(PayoutBatch).where(PayoutBatch.id == batch_id)
    with transaction() as session:
        *paid, last = session.scalars(rows.order_by(PayoutRow.id)).all()
        given = {"by": first, "at": at + timedelta(days=1)}
        for row_id in paid:
            mark_paid(batch_id, row_id, **given)
        if returned:
            mark_returned(batch_id, last, "收款人户名不符", **given)
        else:
            mark_paid(batch_id, last, **given)

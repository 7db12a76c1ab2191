"""A cooperative whose licence is about to run out, and one that was suspended."""

from datetime import datetime, timedelta

from shop import clock
from shop.accounts.people.services import Newcomer, add_member, hash_password, join
from shop.db import transaction
from shop.demo import accounts
from shop.demo.people import Seller, demo_credit_code
from shop.organisations.services import CooperativeEntry
from suppliers.licences.services import LicenceEntry, look_after, record_licence
from suppliers.verification.models import DocumentKind
from suppliers.verification.services import admit, register, suspend

# Within the week: the manager has had the warning of seven days.
LEFT = timedelta(days=6)
VALID = timedelta(days=2 * 365)
TOWN = "440902101"
JOINED_BEFORE = timedelta(days=200)
SUSPENDED_BEFORE = timedelta(days=12)


def vary(sellers: list[Seller], administrator_id: int, at: datetime) -> None:
    """The first cooperative that has no desk of its own in the demo holds a licence for a few days
    more; one more cooperative joined and was stopped."""
    expiring = next(each for each in sellers if not each.entry.email)
    _record(expiring.cooperative_id, "9-DEMO-0001", at + LEFT, administrator_id, at - VALID)
    with transaction():
        look_after(expiring.cooperative_id, at=at)
    _suspend_one(administrator_id, at)


def _suspend_one(administrator_id: int, at: datetime) -> None:
    began = at - JOINED_BEFORE
    entry = CooperativeEntry(
        name="公馆示例蜂蜜合作社（演示）",
        credit_code=demo_credit_code(TOWN[:6], 99, "93"),
        town_code=TOWN,
        village="演示九村",
        phone="13800000299",
        introduction="演示用：因为抽检不合格暂停销售。",
    )
    newcomer = Newcomer(
        name="演示社长九九",
        identifier=accounts.SUSPENDED,
        password_hash=hash_password(accounts.PASSWORD),
    )
    with transaction():
        cooperative = register(entry, by=administrator_id, at=began)
        reason = "没有手机，纸质材料由指挥部核对，准入。"
        admit(cooperative.id, reason, by=administrator_id, at=began)
        add_member(join(newcomer, None, at=began), cooperative, at=began)
        suspended_at = at - SUSPENDED_BEFORE
        suspend(cooperative.id, "抽检不合格，整改后复检", by=administrator_id, at=suspended_at)
        cooperative_id = cooperative.id
    _record(cooperative_id, "9-DEMO-0002", at + VALID, administrator_id, began)


def _record(
    cooperative_id: int, number: str, until: datetime, administrator_id: int, at: datetime
) -> None:
    entry = LicenceEntry(
        kind=DocumentKind.BUSINESS_LICENCE, number=number, expires_on=clock.day_of(until)
    )
    with transaction():
        record_licence(cooperative_id, entry, by=administrator_id, at=at)

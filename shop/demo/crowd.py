"""Buyers in volume: residents, and members of units."""

from datetime import datetime
from itertools import cycle

from sqlalchemy import select

from shop.accounts.people.models import Account, MemberRole, Membership
from shop.accounts.policies.models import Consent, PolicyText
from shop.demo.bulk import Bulk
from shop.demo.people import demo_credit_code
from shop.organisations.models import EnterpriseType, Organisation, OrganisationKind

ORDERS_PER_RESIDENT, ORDERS_PER_UNIT = 25, 1000
FEWEST_RESIDENTS, FEWEST_UNITS = 20, 4
# The demo's own organisations have the codes from 1 on.
FIRST_CODE = 1001
XIANGZHOU = "440402"


def gather(bulk: Bulk, orders: int, password_hash: str, began: datetime) -> None:
    """Enough buyers for so many orders. All sign in with the same password."""
    for place in range(max(FEWEST_RESIDENTS, orders // ORDERS_PER_RESIDENT)):
        email = f"buyer{place}@volume.example"
        add_account(bulk, f"演示市民{place}", email, password_hash, began)
    units = max(FEWEST_UNITS, orders // ORDERS_PER_UNIT)
    for place, enterprise_type in zip(range(units), cycle(EnterpriseType), strict=False):
        code = FIRST_CODE + place
        enterprise_id = bulk.add(
            Organisation,
            kind=OrganisationKind.ENTERPRISE,
            name=f"珠海示例{code}号单位（演示）",
            credit_code=demo_credit_code(XIANGZHOU, code, "91"),
            phone=f"1380001{code:04d}",
            created_at=began,
            enterprise_type=enterprise_type,
            town_code=None,
            village="",
            introduction="",
            admitted_at=None,
        )
        email = f"unit{code}@volume.example"
        member_id = add_account(bulk, f"演示采购员{code}", email, password_hash, began)
        add_member(bulk, member_id, enterprise_id, MemberRole.BUYER, began)
    bulk.write()
    _consent(bulk, began)


def add_account(bulk: Bulk, name: str, email: str, password_hash: str, at: datetime) -> int:
    return bulk.add(Account, name=name, email=email, password_hash=password_hash, created_at=at)


def add_member(
    bulk: Bulk, account_id: int, organisation_id: int, role: MemberRole, at: datetime
) -> None:
    bulk.add(
        Membership, account_id=account_id, organisation_id=organisation_id, role=role, since=at
    )


def _consent(bulk: Bulk, at: datetime) -> None:
    """Everybody who has not agreed to the texts yet does so."""
    texts = bulk.session.scalars(select(PolicyText.id)).all()
    agreed = select(Consent.account_id)
    for account_id in bulk.session.scalars(select(Account.id).where(Account.id.not_in(agreed))):
        for text_id in texts:
            bulk.add(Consent, account_id=account_id, policy_text_id=text_id, at=at)

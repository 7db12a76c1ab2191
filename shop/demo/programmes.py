"""One award programme with awards, one of which waits for its second person, and two pledges."""

from datetime import datetime

from sqlalchemy import select

from orders.programmes.models import Award, Verdict
from orders.programmes.services import (
    Plan,
    decide_award,
    propose_award,
    publish_programme,
    set_pledge,
)
from orders.records.models import Order, SubOrder
from orders.sales.models import SalesEntry
from shop import clock
from shop.accounts.people.models import Account
from shop.db import db, total, transaction
from shop.organisations.models import Organisation, OrganisationKind

TOTAL_FEN = 30_000_000_00
BUDGET_FEN = 1_200_000_00
AMOUNTS = (3_600_000, 2_400_000, 1_800_000)
# What was promised, in hundredths of what was bought until now.
PROMISED = (90, 140)
SMALLEST_PLEDGE = 1_000_000
STEP = 10_000
RULE = (
    "一、当年通过平台销售、经镇县市三级确认的净额，按百分之一奖补，每家不超过十万元。\n"
    "二、带动脱贫户和监测户就业满三个月的，另按每人五百元奖补。\n（演示用的规则，不是真实文件。）"
)


def award_and_pledge(at: datetime) -> None:
    bureau, city = (_account(f"{name}@demo.example") for name in ("bureau", "maoming"))
    today = clock.day_of(at)
    with transaction():
        plan = Plan(today.year, "产销对接奖补（演示）", "", RULE, BUDGET_FEN)
        programme = publish_programme(plan, total_fen=TOTAL_FEN, by=bureau, at=at)
    cooperatives = db.session.scalars(
        select(Organisation)
        .where(
            Organisation.kind == OrganisationKind.COOPERATIVE,
            Organisation.admitted_at.is_not(None),
            Organisation.town_code.startswith("4409"),
        )
        .order_by(Organisation.id)
        .limit(len(AMOUNTS))
    ).all()
    for number, (cooperative, amount) in enumerate(zip(cooperatives, AMOUNTS, strict=False)):
        with transaction():
            award_id = propose_award(
                programme.id,
                cooperative.id,
                amount,
                "符合规则第一条（演示）",
                today,
                key=f"demo-award-{number}",
                by=bureau,
                at=at,
            )
        # The last one waits for somebody else.
        if award_id is not None and number < len(AMOUNTS) - 1:
            with transaction():
                db.session.get_one(Award, award_id)
                decide_award(award_id, Verdict.CONFIRMED, "", by=city, at=at)
    _pledge(bureau, at)


def _pledge(bureau: Account, at: datetime) -> None:
    """By those who bought most from a town: one keeps its promise early, one is behind."""
    year = clock.day_of(at).year
    bought = total(SalesEntry.net_fen)
    query = (
        select(Organisation.id, SalesEntry.town_code, bought)
        .join(Order, Order.organisation_id == Organisation.id)
        .join(SubOrder, SubOrder.order_id == Order.id)
        .join(SalesEntry, SalesEntry.order_number == SubOrder.number)
        .where(SalesEntry.month.startswith(str(year)))
        .group_by(Organisation.id, SalesEntry.town_code)
        .order_by(bought.desc())
        .limit(len(PROMISED))
    )
    for (organisation_id, town, fen), share in zip(
        db.session.execute(query).all(), PROMISED, strict=False
    ):
        amount = max(fen * share // 100 // STEP * STEP, SMALLEST_PLEDGE)
        with transaction():
            set_pledge(
                organisation_id,
                town,
                year,
                amount,
                "食堂定点采购（演示）",
                seen=0,
                by=bureau,
                at=at,
            )


def _account(email: str) -> Account:
    return db.session.scalars(select(Account).filter_by(email=email)).one()

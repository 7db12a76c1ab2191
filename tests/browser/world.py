"""A small market for a person before a screen: two stalls, some orders, everyone's desk."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from catalog.products.models import Product
from orders.payments.models import Suspense
from orders.pickups.models import PickupPoint
from orders.pickups.queries import find_pickups
from orders.pickups.services import arrive
from orders.records.models import Order
from orders.sales.models import SalesEntry
from orders.targets.services import set_target
from orders.transfers.rules import read
from orders.transfers.services.matches import confirm_match, propose_return
from orders.transfers.services.payouts import enter_return_payout
from orders.transfers.services.statements import stage
from shop import clock
from shop.accounts.people.models import Account, ScopeLevel
from shop.db import db, total
from shop.organisations.models import Organisation
from suppliers.drafts import services as drafts
from tests.factories.catalog import make_category, make_draft, make_product, make_typed
from tests.factories.orders import accepted, dispatched, misfit, paid, place
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    identifier_of,
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_enterprise_member,
    make_finance,
    make_keeper,
    make_official,
    make_policies,
    make_resident,
)
from tests.factories.pickups import make_point
from tests.factories.transfers import HEAD, code_of, incoming, received

GOODS = [
    ("白糖罂荔枝", "fruit", "litchi-baitangying", 7500),
    ("脆口芥菜", "vegetable", "mustard-greens", 1280),
    ("清晨走地鸡", "poultry", "chicken-paddy", 12800),
]


@dataclass(frozen=True)
class World:
    """Where things are, and by what name each person signs in."""

    people: dict[str, str]
    places: dict[str, str]
    # What the ledger holds.
    sold_fen: int


def open_market() -> World:
    """A cooperative, two residents and the offices, with an order on each stage of its way."""
    make_policies()
    seller = make_cooperative(name="石鼓晨露农民专业合作社")
    people = {
        "resident": make_resident(),
        "union": make_enterprise_member(),
        "cooperative": make_cooperative_member(seller),
        "official": make_official(ScopeLevel.BUREAU),
        "finance": make_finance(),
        "cashier": make_finance(),
        "administrator": make_administrator(),
        "keeper": make_keeper(),
    }
    point = make_point(people["keeper"], by=people["administrator"], name="拱北便利店")
    goods = _stock(seller)
    _set_targets(people["administrator"])
    stages = _order_on_each_stage(people["resident"], goods)
    _leave_at(point, people["keeper"], goods[0])
    bank = _fill_the_bank(people["union"], people["cashier"], people["finance"], goods[0])
    return World(
        {role: identifier_of(account) for role, account in people.items()},
        _places(seller, goods[0], stages) | bank,
        db.session.scalar(select(total(SalesEntry.net_fen))) or 0,
    )


def _leave_at(point: PickupPoint, keeper: Account, product: Product) -> None:
    """Somebody else's parts, one on its way and one to be fetched."""
    other, variant = make_resident(), product.variants[0]
    earlier = clock.now() - timedelta(days=2)
    for has_arrived in (False, True):
        order = dispatched(paid(place(other, {variant: 1}, point=point, at=earlier)))
        (pickup,) = find_pickups([part.id for part in order.sub_orders]).values()
        if has_arrived:
            arrive(pickup.id, by=keeper.id, at=clock.now())


def _stock(seller: Organisation) -> list[Product]:
    for category in ("fruit", "vegetable", "poultry"):
        make_category(category)
    goods = [
        make_product(seller, name=name, category=slug, drawing=drawing, price_fen=price)
        for name, slug, drawing, price in GOODS
    ]
    two_ways = [make_draft("5斤装"), make_draft("10斤装", net_weight_g=5000, price_fen=14000)]
    make_product(seller, name="石鼓龙眼", drawing="longan", months=[7, 8], variants=two_ways)
    make_product(
        make_cooperative(OTHER_TOWN),
        name="售罄的番薯",
        category="grain-oil",
        drawing="sweet-potato",
        stock=0,
    )
    db.session.flush()
    return goods


def _set_targets(by: Account) -> None:
    now = clock.now()
    for town in (TOWN, OTHER_TOWN):
        set_target(town, clock.day_of(now).year, 50_000_00, "年初下达", by=by.id, at=now)


def _order_on_each_stage(buyer: Account, goods: list[Product]) -> dict[str, Order]:
    # A little earlier, so that nothing of it is due only later.
    now = clock.now() - timedelta(minutes=1)

    def order(quantity: int) -> Order:
        return place(buyer, {product.variants[0]: quantity for product in goods}, at=now)

    def later(act: Callable[..., Order], order: Order) -> Order:
        return act(order, at=now + timedelta(seconds=1))

    return {
        "unpaid": order(1),
        "paid": later(paid, order(2)),
        "sent": later(dispatched, later(paid, order(1))),
        "done": later(accepted, later(dispatched, later(paid, order(3)))),
    }


def _fill_the_bank(
    buyer: Account, cashier: Account, finance: Account, product: Product
) -> dict[str, str]:
    """An order that waits for a transfer, too little of it, a statement to decide on, and
    something of everything that two people do."""
    now = clock.now() - timedelta(minutes=1)
    order = place(buyer, {product.variants[0]: 2}, for_unit=True, transfer_days=5, at=now)
    receipt = received(100, code_of(order), by=cashier.id)
    wrong = [received(200 + number, "汇错了", by=cashier.id) for number in range(3)]
    matches = [propose_return(each.id, "不是货款", by=cashier.id, at=now) for each in wrong]
    for match in matches[1:]:
        confirm_match(match.id, by=finance.id, at=now)
    enter_return_payout(matches[2].id, "PAY-0", by=cashier.id, at=now)
    rows = [HEAD, incoming("8.00"), incoming("many"), incoming("3.00", day="2026-02-30")]
    statement = stage("流水.csv", "0" * 64, read(rows, clock.day_of(now)), by=cashier.id, at=now)
    return {
        "transfer": f"/orders/{order.number}/payment",
        "receipt": f"/finance/receipts/{receipt.id}",
        "statement": f"/finance/statements/{statement.id}",
    }


def _places(seller: Organisation, product: Product, stages: dict[str, Order]) -> dict[str, str]:
    part = stages["paid"].sub_orders[0].number
    listing = f"/cooperative/listings/{product.id}"
    variant = f"{listing}/variants/{product.variants[0].id}"
    other = place(make_resident(), {product.variants[0]: 1}, at=clock.now() - timedelta(minutes=1))
    misfit(other, 1, at=clock.now())
    entry_id = db.session.scalars(select(SalesEntry.id)).first()
    by, typed = db.session.scalars(select(Account.id)).first() or 0, make_typed()
    draft = drafts.save(
        seller.id, "a-draft-of-the-market", typed, picture_id=None, by=by, at=clock.now()
    )
    return {
        "product": f"/products/{product.id}",
        "cooperative": f"/cooperatives/{seller.id}",
        "payment": f"/orders/{stages['unpaid'].number}/payment",
        **{f"{stage} order": f"/orders/{order.number}" for stage, order in stages.items()},
        "part": f"/cooperative/orders/{part}",
        "listing": listing,
        "variant": f"{variant}/edit",
        "draft": f"/cooperative/drafts/{draft.id}",
        "entry": f"/statistics/ledger/{entry_id}",
        "money": f"/finance/orders/{stages['paid'].number}",
        "suspense": f"/finance/suspense/{db.session.scalars(select(Suspense.id)).one()}",
    }

"""Cooperatives, products and targets in volume."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import NamedTuple

from sqlalchemy import select

from catalog.batches.models import Basis, Batch, ConformityCertificate
from catalog.categories.models import Category
from catalog.products.models import Measure, Product, Variant
from catalog.products.rules import season_mask
from catalog.stock.models import MovementKind, StockMovement
from orders.targets.models import Target
from shop import clock
from shop.accounts.people.models import MemberRole, Membership
from shop.demo.bulk import Bulk
from shop.demo.crowd import add_account, add_member
from shop.demo.goods import COOPERATIVES, DemoProduct, DemoVariant
from shop.demo.people import demo_credit_code
from shop.money import divide
from shop.organisations.models import Organisation, OrganisationKind
from shop.places.models import Town
from shop.places.queries import list_assisted_towns

SEED = 20210601
PRODUCTS_EACH = 40
FIRST_STOCK = 400
HARVEST_G = 10_000_000
# The demo's own organisations have the codes from 1 on.
FIRST_CODE = 1001
TARGET_FEN_PER_ORDER = 10_000

FLAVOURS = ("", "当季", "农家", "精选", "现摘", "早茬", "晚茬", "家庭装", "大份", "小份")
FIELDS = tuple(f"{side}{number}号" for side in "东西南北" for number in range(1, 26))


class Seller(NamedTuple):
    cooperative_id: int
    manager_id: int
    town: Town
    village: str


def open_for(bulk: Bulk, products: int, password_hash: str, began: datetime) -> None:
    """Enough cooperatives for so many products, and the products."""
    _add_cooperatives(bulk, -(-products // PRODUCTS_EACH), password_hash, began)
    bulk.write()
    _add_products(bulk, products, _sellers(bulk), began)


def set_targets(bulk: Bulk, orders: int, at: datetime) -> None:
    """What each town is to sell, for every year that has orders."""
    today = clock.day_of(at)
    for town in list_assisted_towns(today):
        for year in range(today.year - 2, today.year + 1):
            bulk.add(
                Target,
                town_code=town.code,
                year=year,
                version=1,
                amount_fen=orders * TARGET_FEN_PER_ORDER,
                reason="年初下达",
                set_at=at,
            )


def _add_cooperatives(bulk: Bulk, number: int, password_hash: str, began: datetime) -> None:
    towns = cycle(list_assisted_towns(clock.day_of(began)))
    for place, town in zip(range(number - len(COOPERATIVES)), towns, strict=False):
        code = FIRST_CODE + place
        cooperative_id = bulk.add(
            Organisation,
            kind=OrganisationKind.COOPERATIVE,
            name=f"{town.name}示例{code}号种养合作社（演示）",
            credit_code=demo_credit_code(town.county_code, code, "93"),
            phone=f"1390000{code:04d}",
            created_at=began,
            enterprise_type=None,
            town_code=town.code,
            village=f"演示{place % 40 + 1}村",
            introduction="为测量而写下的合作社，并不存在。",
            admitted_at=began,
        )
        manager_id = add_account(
            bulk, f"演示社长{code}", f"coop{code}@volume.example", password_hash, began
        )
        add_member(bulk, manager_id, cooperative_id, MemberRole.MANAGER, began)


def _sellers(bulk: Bulk) -> Sequence[Seller]:
    """Every cooperative, the demo's included."""
    query = (
        select(Organisation.id, Membership.account_id, Town, Organisation.village)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .join(Town, Town.code == Organisation.town_code)
        .where(Membership.role == MemberRole.MANAGER)
        .order_by(Organisation.id)
    )
    return [Seller(*row) for row in bulk.session.execute(query)]


def _add_products(bulk: Bulk, number: int, sellers: Sequence[Seller], began: datetime) -> None:
    lots = random.Random(SEED)
    categories = {category.slug: category.id for category in bulk.session.scalars(select(Category))}
    grown = [product for cooperative in COOPERATIVES for product in cooperative.products]
    for place, seller in zip(range(number), cycle(sellers), strict=False):
        kind = grown[place % len(grown)]
        listed_at = began + timedelta(minutes=place)
        product_id = bulk.add(
            Product,
            cooperative_id=seller.cooperative_id,
            category_id=categories[kind.category],
            town_code=seller.town.code,
            village=seller.village,
            name=_name(seller.town, kind, place // len(grown)),
            description=kind.description,
            season_mask=season_mask(list(kind.months)),
            drawing=kind.drawing,
            listed_at=listed_at,
            updated_at=listed_at,
        )
        _add_batch(bulk, product_id, seller, kind.name, listed_at)
        level = lots.randint(70, 140)
        for position, variant in enumerate(kind.variants):
            variant_id = _add_variant(bulk, product_id, kind, variant, position, level)
            bulk.add(
                StockMovement,
                variant_id=variant_id,
                kind=MovementKind.RECEIVE,
                quantity=FIRST_STOCK,
                at=listed_at,
                by_id=seller.manager_id,
                reference="",
                reason="harvest",
            )


def _add_batch(bulk: Bulk, product_id: int, seller: Seller, name: str, at: datetime) -> None:
    """One certified harvest of each product, of which nothing left yet: parcels in volume name
    no batches."""
    day, code = clock.day_of(at), f"V{product_id:09d}"
    batch_id = bulk.add(
        Batch,
        product_id=product_id,
        code=code,
        key=f"volume-{product_id}",
        harvested_on=day,
        quantity_g=HARVEST_G,
        allocated_g=0,
        plot=seller.village,
        inputs="",
        made_at=at,
        made_by_id=seller.manager_id,
        closed_at=None,
        closed_by_id=None,
    )
    bulk.add(
        ConformityCertificate,
        batch_id=batch_id,
        number=f"{code}-1",
        replaces_id=None,
        basis=Basis.CONTROLLED,
        product_name=name,
        quantity_g=HARVEST_G,
        harvested_on=day,
        origin=seller.town.full_name,
        responsible_party="示例种养合作社（演示）",
        credit_code="0" * 18,
        contact="13900000000",
        issued_at=at,
        issued_by_id=seller.manager_id,
    )


def _name(town: Town, kind: DemoProduct, turn: int) -> str:
    """The seller's town, a flavour, what it is, and the field: ``观珠当季罗非鱼 东3号``."""
    turn, flavour = divmod(turn, len(FLAVOURS))
    # Every name in the demo begins with two characters of a place.
    return f"{town.name[:2]}{FLAVOURS[flavour]}{kind.name[2:]} {FIELDS[turn % len(FIELDS)]}"


def _add_variant(
    bulk: Bulk, product_id: int, kind: DemoProduct, variant: DemoVariant, position: int, level: int
) -> int:
    """``level`` is the price in hundredths of the demo's."""
    by_weight = variant.measure is Measure.WEIGHT
    return bulk.add(
        Variant,
        product_id=product_id,
        spec=variant.spec,
        unit=variant.unit,
        net_weight_g=variant.net_weight_g,
        measure=variant.measure,
        measure_amount=variant.net_weight_g if by_weight else variant.amount,
        price_fen=divide(variant.price_fen * level, 100),
        perishable=kind.perishable,
        position=position,
        on_hand=FIRST_STOCK,
    )

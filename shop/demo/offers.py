"""What is on sale and who buys, read once into memory: what an order in volume is drawn from."""

from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.categories.models import Category
from catalog.products.models import Product, Variant
from catalog.products.rules import MONTHS, in_season
from orders.records.models import BuyerType
from shop.accounts.people.models import Account, MemberRole, Membership
from shop.organisations.models import Organisation
from shop.places.models import City, County, Town


class Offer(NamedTuple):
    """A variant, with all that an order line and a ledger entry keep of it."""

    variant_id: int
    manager_id: int
    cooperative_id: int
    cooperative_name: str
    season_mask: int
    on_hand: int
    price_fen: int
    net_weight_g: int
    perishable: bool
    # What both tables hold under the same names.
    frozen: dict[str, Any]


class Buyer(NamedTuple):
    account_id: int
    organisation_id: int | None
    buyer_type: BuyerType
    unit: str


class Offers:
    """Variants by the months they are sold in; a few sell much, most sell little."""

    def __init__(self, offers: list[Offer]) -> None:
        self.all = offers
        self._by_month = {}
        for month in range(1, MONTHS + 1):
            place_of = [i for i, offer in enumerate(offers) if in_season(offer.season_mask, month)]
            popularity = [1 / (1 + i * 7919 % len(offers)) ** 0.5 for i in place_of]
            self._by_month[month] = (place_of, list(accumulate(popularity)))

    def draw(self, lots: Random, month: int, number: int) -> list[Offer]:
        """So many products of the season (or fewer), some of them in two sizes."""
        places, popularity = self._by_month[month]
        drawn = set(lots.choices(places, cum_weights=popularity, k=number))
        drawn |= {place + 1 for place in drawn if self._is_same(place) and lots.random() < 0.4}
        return [self.all[place] for place in sorted(drawn)]

    def _is_same(self, place: int) -> bool:
        """Whether the next variant is of the same product."""
        pair = self.all[place : place + 2]
        return len(pair) == 2 and len({offer.frozen["product_id"] for offer in pair}) == 1


def read_offers(session: Session) -> Offers:
    query = (
        select(Variant, Product, Category.name, Organisation, Membership.account_id)
        .join(Variant.product)
        .join(Product.category)
        .join(Product.cooperative)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.role == MemberRole.MANAGER)
        .order_by(Variant.id)
    )
    places = _places(session)
    return Offers(
        [
            _offer(variant, product, category, cooperative, manager_id, places[product.town_code])
            for variant, product, category, cooperative, manager_id in session.execute(query)
        ]
    )


def _offer(
    variant: Variant,
    product: Product,
    category_name: str,
    cooperative: Organisation,
    manager_id: int,
    place: dict[str, str],
) -> Offer:
    return Offer(
        variant_id=variant.id,
        manager_id=manager_id,
        cooperative_id=cooperative.id,
        cooperative_name=cooperative.name,
        season_mask=product.season_mask,
        on_hand=variant.on_hand,
        price_fen=variant.price_fen,
        net_weight_g=variant.net_weight_g,
        perishable=variant.perishable,
        frozen=place
        | {
            "product_id": product.id,
            "product_name": product.name,
            "spec": variant.spec,
            "unit": variant.unit,
            "unit_price_fen": variant.price_fen,
            "category_id": product.category_id,
            "category_name": category_name,
            "village": product.village,
            "cooperative_id": cooperative.id,
            "cooperative_name": cooperative.name,
            "credit_code": cooperative.credit_code,
        },
    )


def _places(session: Session) -> dict[str, dict[str, str]]:
    query = select(
        Town.code, Town.name, County.code, County.name, City.code, City.name
    ).select_from(Town)
    names = ("town_code", "town_name", "county_code", "county_name", "city_code", "city_name")
    rows = session.execute(query.join(Town.county).join(County.city))
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


def read_buyers(session: Session) -> tuple[list[Buyer], list[Buyer]]:
    """Residents, and the members of units."""
    members = (
        select(Membership.account_id, Organisation)
        .join(Membership.organisation)
        .where(Membership.role == MemberRole.BUYER)
        .order_by(Membership.account_id)
    )
    units = [
        Buyer(account_id, unit.id, BuyerType(str(unit.enterprise_type)), unit.name)
        for account_id, unit in session.execute(members)
    ]
    busy = select(Membership.account_id)
    others = select(Account.id).where(Account.id.not_in(busy), ~Account.appointments.any())
    residents = [
        Buyer(account_id, None, BuyerType.RESIDENT, "")
        for account_id in session.scalars(others.order_by(Account.id))
    ]
    return residents, units

"""Writes down the demo's people and organisations, through the services that real ones use."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from shop.accounts.factors.rules import derived_secret
from shop.accounts.factors.services import enrol
from shop.accounts.people.models import Account, Body, MemberRole, Office, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.accounts.people.services import (
    Delivery,
    Employer,
    Newcomer,
    add_member,
    appoint,
    hash_password,
    join,
    remember_address,
)
from shop.config import Settings
from shop.db import db, transaction
from shop.demo import accounts
from shop.demo.goods import COOPERATIVES, DemoCooperative
from shop.organisations.models import EnterpriseType, Organisation
from shop.organisations.rules import check_character
from shop.organisations.services import CooperativeEntry, admit, register_cooperative

# Where residents live: 香洲区拱北街道.
HOME = ("440402005", "演示街 8 号")


@dataclass(frozen=True, slots=True)
class Seller:
    """A cooperative and the person who runs it."""

    cooperative_id: int
    manager_id: int
    entry: DemoCooperative


@dataclass(frozen=True, slots=True)
class Buyer:
    account_id: int
    is_unit: bool


@dataclass(frozen=True, slots=True)
class People:
    sellers: list[Seller]
    buyers: list[Buyer]
    administrator_id: int
    finance_ids: list[int]


def settle(at: datetime) -> People:
    """Everybody joins. Needs places, assisted towns and the policy texts."""
    password_hash = hash_password(accounts.PASSWORD)
    with transaction():
        administrator = _join(*accounts.ADMINISTRATOR, password_hash, at)
        appoint(administrator, Office.ADMINISTRATOR, at=at)
        _give_second_factor(administrator, at)
        finance = [_join(*person, password_hash, at) for person in accounts.FINANCE]
        for person in finance:
            appoint(person, Office.FINANCE, at=at)
            _give_second_factor(person, at)
        for keeper in accounts.KEEPERS:
            appoint(_join(keeper.name, keeper.email, password_hash, at), Office.KEEPER, at=at)
        for official in accounts.OFFICIALS:
            account = _join(official.name, official.email, password_hash, at)
            scope = Scope(ScopeLevel(official.level), official.code)
            appoint(account, Office.OFFICIAL, scope=scope, body=Body(official.body), at=at)
            _give_second_factor(account, at)
        buyers = [_resident(*resident, password_hash, at) for resident in accounts.RESIDENTS]
        buyers += [
            _member(place, enterprise, password_hash, at)
            for place, enterprise in enumerate(accounts.ENTERPRISES, start=1)
        ]
        sellers = [
            _seller(place, entry, password_hash, at)
            for place, entry in enumerate(COOPERATIVES, start=1)
        ]
        return People(sellers, buyers, administrator.id, [person.id for person in finance])


def demo_credit_code(area: str, place: int, kind: str) -> str:
    """A code that passes the check and plainly belongs to nobody: it has DEM in it."""
    first_seventeen = f"{kind}{area}DEM{place:06d}"
    return first_seventeen + check_character(first_seventeen)


def _resident(name: str, email: str, phone: str, password_hash: str, at: datetime) -> Buyer:
    account = _join(name, email, password_hash, at)
    account.phone = phone
    town_code, street = HOME
    delivery = Delivery(recipient=name, phone=phone, town_code=town_code, street=street)
    remember_address(account.id, delivery, at=at)
    return Buyer(account.id, is_unit=False)


def _member(place: int, enterprise: accounts.Enterprise, password_hash: str, at: datetime) -> Buyer:
    employer = Employer(
        name=enterprise.name,
        credit_code=demo_credit_code("440402", place, "91"),
        enterprise_type=EnterpriseType(enterprise.type),
        phone=f"1380000010{place}",
    )
    newcomer = Newcomer(
        name=enterprise.member, identifier=enterprise.email, password_hash=password_hash
    )
    return Buyer(join(newcomer, employer, at=at).id, is_unit=True)


def _seller(place: int, entry: DemoCooperative, password_hash: str, at: datetime) -> Seller:
    cooperative = _register(place, entry, at)
    admit(cooperative, at=at)
    email = entry.email or f"coop{place}@demo.example"
    manager = _join(f"演示社长{place:02d}", email, password_hash, at)
    add_member(manager, cooperative, at=at)
    if entry.email:
        for name, address, role in accounts.MEMBERS:
            member = _join(name, address, password_hash, at)
            add_member(member, cooperative, MemberRole(role), at=at)
    return Seller(cooperative.id, manager.id, entry)


def _register(place: int, entry: DemoCooperative, at: datetime) -> Organisation:
    return register_cooperative(
        CooperativeEntry(
            name=entry.name,
            credit_code=demo_credit_code(entry.town_code[:6], place, "93"),
            town_code=entry.town_code,
            village=entry.village,
            phone=f"138000002{place:02d}",
            introduction=entry.introduction,
        ),
        at=at,
    )


def _join(name: str, email: str, password_hash: str, at: datetime) -> Account:
    newcomer = Newcomer(name=name, identifier=email, password_hash=password_hash)
    account = join(newcomer, None, at=at)
    db.session.flush()
    return account


def _give_second_factor(account: Account, at: datetime) -> None:
    """Whoever needs one has it already; `make run` prints from what its codes come."""
    settings: Settings = current_app.config["SETTINGS"]
    enrol(account.id, derived_secret(account.email or "", settings.secret_key), at=at)

"""People and organisations, ready to use. Call them inside a transaction, such as ``act`` opens.

All have the same PASSWORD. Its hash is a cheap one: a hash says by itself how much work it takes
to check, so that tests sign in fast and the shop's own hashing stays as strong as it is.
"""

from datetime import UTC, datetime
from itertools import count

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop import clock
from shop.accounts.factors.queries import get_confirmed
from shop.accounts.factors.rules import STEPS_ASIDE, code_of, step_at
from shop.accounts.factors.services import enrol
from shop.accounts.people.models import Account, Body, MemberRole, Office, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.accounts.people.services import Newcomer, add_member, appoint, open_account
from shop.accounts.policies.services import publish_drafts
from shop.accounts.sessions.handlers import ACCOUNT, TWO_FACTORS
from shop.db import db
from shop.organisations.models import EnterpriseType, Organisation
from shop.organisations.rules import check_character
from shop.organisations.services import (
    CooperativeEntry,
    admit,
    register_cooperative,
    register_enterprise,
)
from shop.places.models import Town
from shop.places.services import load_confirmed_towns, load_divisions
from tests.parts.codes import secret_of

PASSWORD = "a basket of litchis"
SINCE = datetime(2025, 1, 6, 1, tzinfo=UTC)
# An assisted town (石鼓镇), its county and city, and a street of Zhuhai to deliver to.
TOWN, COUNTY, CITY = "440981127", "440981", "440900"
OTHER_TOWN = "441721101"
ZHUHAI_STREET = "440402001"

_numbers = count(1)
_cheap_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_places() -> None:
    """All divisions, and the confirmed assisted towns, unless they are there."""
    if db.session.get(Town, TOWN) is None:
        load_divisions()
        load_confirmed_towns(at=SINCE)


def make_policies() -> None:
    """An agreement and a privacy text in force: without them nobody can join."""
    publish_drafts(at=SINCE)


def count_from(first: int) -> None:
    """Number people and units from here on, so that another process numbers none alike."""
    global _numbers
    _numbers = count(first)


def make_account(
    name: str = "陈大文", identifier: str | None = None, *, at: datetime = SINCE
) -> Account:
    """Somebody who can sign in, by e-mail unless an identifier says otherwise."""
    newcomer = Newcomer(
        name=name,
        identifier=identifier or f"person{next(_numbers)}@shop.example",
        password_hash=_cheap_hash,
    )
    return open_account(newcomer, at=at)


def make_resident(identifier: str | None = None, name: str = "林小珠") -> Account:
    return make_account(name, identifier)


def make_enterprise(
    enterprise_type: EnterpriseType = EnterpriseType.UNION, name: str | None = None
) -> Organisation:
    number = next(_numbers)
    return register_enterprise(
        name or f"示例单位{number}工会",
        make_credit_code(number),
        enterprise_type,
        "07561234567",
        at=SINCE,
    )


def make_enterprise_member(
    enterprise: Organisation | None = None,
    *,
    enterprise_type: EnterpriseType = EnterpriseType.UNION,
) -> Account:
    account = make_account("何采购")
    add_member(account, enterprise or make_enterprise(enterprise_type), at=SINCE)
    return account


def make_cooperative(
    town_code: str = TOWN,
    *,
    admitted: bool = True,
    name: str | None = None,
    at: datetime = SINCE,
) -> Organisation:
    """A cooperative of an assisted town."""
    make_places()
    number = next(_numbers)
    entry = CooperativeEntry(
        name=name or f"示例{number}号农民专业合作社",
        credit_code=make_credit_code(number),
        town_code=town_code,
        village="示例村",
        phone="13800000000",
        introduction="我们是示例合作社。",
    )
    cooperative = register_cooperative(entry, at=at)
    if admitted:
        admit(cooperative, at=at)
    return cooperative


def make_cooperative_member(
    cooperative: Organisation | None = None, role: MemberRole = MemberRole.MANAGER
) -> Account:
    account = make_account("黄社长" if role is MemberRole.MANAGER else "黄社员")
    add_member(account, cooperative or make_cooperative(), role, at=SINCE)
    return account


def make_official(
    level: ScopeLevel = ScopeLevel.BUREAU, code: str | None = None, body: Body | None = None
) -> Account:
    """An official; the body is one that fits the level."""
    make_places()
    usual = {
        ScopeLevel.BUREAU: Body.BUREAU,
        ScopeLevel.CITY: Body.HEADQUARTERS,
        ScopeLevel.COUNTY: Body.WORKING_GROUP,
        ScopeLevel.TOWN: Body.TOWN_TEAM,
    }
    account = make_account("李干部")
    scope = Scope(ScopeLevel(level), code)
    appoint(account, Office.OFFICIAL, scope=scope, body=body or usual[scope.level], at=SINCE)
    give_second_factor(account)
    return account


def make_finance() -> Account:
    account = make_account("吴会计")
    appoint(account, Office.FINANCE, at=SINCE)
    give_second_factor(account)
    return account


def make_keeper() -> Account:
    """Somebody in the office; `make_point` says of which point."""
    account = make_account("黄店长")
    appoint(account, Office.KEEPER, at=SINCE)
    return account


def make_administrator() -> Account:
    account = make_account("郑管理")
    appoint(account, Office.ADMINISTRATOR, at=SINCE)
    give_second_factor(account)
    return account


def make_credit_code(number: int) -> str:
    """A code with a right check digit that no real organisation has: its area doesn't exist."""
    first = f"93000000{number:09d}"
    return first + check_character(first)


def identifier_of(account: Account) -> str:
    return account.email or account.phone or ""


def sign_in(client: FlaskClient, account: Account) -> None:
    """Leave a browser as signing in leaves it. One that the shop knows already, by its basket or by
    somebody else, goes through the page."""
    if client.get_cookie("session"):
        sign_in_by_page(client, account)
        return
    with client.session_transaction() as session:
        session.update({ACCOUNT: account.get_id(), "_fresh": True, TWO_FACTORS: True})


def sign_in_by_page(client: FlaskClient, account: Account, asked: str = "/") -> TestResponse:
    """Sign a client in through the page, as a person would, with a code if they need one; on the
    way to the page that asked for it."""
    typed = {"identifier": identifier_of(account), "password": PASSWORD}
    answer = client.post("/sign-in", data=typed | {"next": asked})
    assert answer.status_code == 303, answer.text
    if answer.location.startswith("/sign-in/code"):
        code = fresh_code(client, account)
        answer = client.post("/sign-in/code", data={"code": code, "next": asked})
        assert answer.status_code == 303, answer.text
    return answer


def fresh_code(client: FlaskClient, account: Account) -> str:
    """A code of the person's that was not used yet."""
    with client.application.app_context():
        used = get_confirmed(account.id).last_step or 0
        step = max(used + 1, step_at(clock.now()) - STEPS_ASIDE)
    return code_of(secret_of(identifier_of(account)), step)


def give_second_factor(account: Account) -> None:
    """What every official, finance and administrator has who came in once."""
    enrol(account.id, secret_of(identifier_of(account)), at=SINCE)

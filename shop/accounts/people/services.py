"""Accounts and what belongs to them: passwords, memberships, offices, addresses."""

from dataclasses import asdict, dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from shop.accounts.people.errors import (
    AlreadyHolds,
    IdentifierTaken,
    LastAdministrator,
    NotInZhuhai,
    TooManyAddresses,
)
from shop.accounts.people.models import (
    COOPERATIVE_ROLES,
    Account,
    Address,
    Appointment,
    Body,
    MemberRole,
    Membership,
    Office,
)
from shop.accounts.people.queries import find_by_identifier, get_own_address
from shop.accounts.people.rules import Scope
from shop.accounts.policies.services import give_consents
from shop.accounts.sessions.services import end_all_of
from shop.db import db, table_of
from shop.organisations.models import EnterpriseType, Organisation, OrganisationKind
from shop.organisations.services import register_enterprise
from shop.places.rules import ZHUHAI

MOST_ADDRESSES = 20

# argon2id with 19 MiB and two passes, as OWASP recommends for servers that do other work too.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# What a password is compared with when there is no such account, so that it takes as long.
_NOBODYS_HASH = _hasher.hash("nobody has this password")


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Who joins. The identifier is a canonical e-mail address or mobile number."""

    name: str
    identifier: str
    password_hash: str


@dataclass(frozen=True, kw_only=True)
class Employer:
    """The enterprise that a newcomer registers. The credit code is in canonical form."""

    name: str
    credit_code: str
    enterprise_type: EnterpriseType
    phone: str


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Whom and where to bring things; the phone in canonical form."""

    recipient: str
    phone: str
    town_code: str
    street: str


_ADDRESSES = table_of(Address)
_USED_AGAIN = (
    update(_ADDRESSES)
    .where(
        _ADDRESSES.c.account_id == bindparam("owner"),
        _ADDRESSES.c.recipient == bindparam("same_recipient"),
        _ADDRESSES.c.phone == bindparam("same_phone"),
        _ADDRESSES.c.town_code == bindparam("same_town_code"),
        _ADDRESSES.c.street == bindparam("same_street"),
    )
    .values(used_at=bindparam("at"))
    .returning(_ADDRESSES.c.id)
)


def hash_password(password: str) -> str:
    """What is stored of a password. It takes time on purpose: call it outside transactions."""
    return _hasher.hash(password)


def password_matches(account: Account | None, password: str) -> bool:
    """Whether a person can come in with a password; takes as long for nobody as for somebody."""
    stored = account.password_hash if account else _NOBODYS_HASH
    try:
        _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False
    return account is not None and account.is_active


def join(newcomer: Newcomer, employer: Employer | None, *, at: datetime) -> Account:
    """Open an account for somebody who agreed to the texts in force.

    Raises IdentifierTaken, PoliciesMissing, or what ``register_enterprise`` raises.
    """
    account = open_account(newcomer, at=at)
    if employer:
        organisation = register_enterprise(
            employer.name, employer.credit_code, employer.enterprise_type, employer.phone, at=at
        )
        add_member(account, organisation, at=at)
    give_consents(account.id, at=at)
    return account


def open_account(newcomer: Newcomer, *, at: datetime) -> Account:
    """Write down an account. Raises IdentifierTaken."""
    if find_by_identifier(newcomer.identifier) is not None:
        raise IdentifierTaken
    is_email = "@" in newcomer.identifier
    account = Account(
        name=newcomer.name,
        email=newcomer.identifier if is_email else None,
        phone=None if is_email else newcomer.identifier,
        password_hash=newcomer.password_hash,
        created_at=at,
    )
    db.session.add(account)
    try:
        db.session.flush()
    except IntegrityError as race:
        raise IdentifierTaken from race
    return account


def change_password(account_id: int, password_hash: str) -> None:
    """Give an account a new password and sign it out everywhere."""
    db.session.get_one(Account, account_id).password_hash = password_hash
    end_all_of(account_id)


def remember_language(account_id: int, language: str) -> None:
    """Write to this person in a language from now on."""
    db.session.get_one(Account, account_id).language = language


def add_member(
    account: Account, organisation: Organisation, role: MemberRole | None = None, *, at: datetime
) -> Membership:
    """Give a person a part in a cooperative or make them a buyer of an enterprise.

    Raises AlreadyHolds for somebody who has a part in any organisation of that kind.
    """
    role = role or usual_role(organisation)
    of_its_kind = COOPERATIVE_ROLES if role in COOPERATIVE_ROLES else (role,)
    of_account = select(Membership).where(
        Membership.account_id == account.id, Membership.role.in_(of_its_kind)
    )
    earlier = db.session.scalars(of_account).all()
    if any(each.ended_at is None for each in earlier):
        raise AlreadyHolds
    same = (m for m in earlier if m.organisation_id == organisation.id and m.role is role)
    membership = next(same, None)
    if membership is None:
        membership = Membership(account_id=account.id, role=role, organisation_id=organisation.id)
        db.session.add(membership)
    membership.since, membership.ended_at = at, None
    db.session.flush()
    db.session.expire(account, ["memberships"])
    return membership


def usual_role(organisation: Organisation) -> MemberRole:
    """The part of whoever is the first in an organisation."""
    selling = organisation.kind is OrganisationKind.COOPERATIVE
    return MemberRole.MANAGER if selling else MemberRole.BUYER


def end_membership(membership: Membership, *, at: datetime) -> None:
    """End a person's part in an organisation; they are signed out everywhere at once."""
    membership.ended_at = at
    end_all_of(membership.account_id)
    db.session.flush()


def appoint(
    account: Account,
    office: Office,
    *,
    scope: Scope | None = None,
    body: Body | None = None,
    at: datetime,
) -> Appointment:
    """Give a person an office; an official's has a scope and a body. Raises AlreadyHolds."""
    holding = select(Appointment.id).where(
        Appointment.account_id == account.id,
        Appointment.office == office,
        Appointment.ended_at.is_(None),
    )
    if db.session.scalar(holding) is not None:
        raise AlreadyHolds
    appointment = Appointment(
        account_id=account.id,
        office=office,
        scope_level=scope.level if scope else None,
        scope_code=scope.code if scope else None,
        body=body,
        since=at,
    )
    db.session.add(appointment)
    db.session.flush()
    db.session.expire(account, ["appointments"])
    return appointment


def end_appointment(appointment: Appointment, *, at: datetime) -> None:
    """Take an office back; the person is signed out everywhere at once.

    Raises LastAdministrator.
    """
    if appointment.office is Office.ADMINISTRATOR and _administrators() == 1:
        raise LastAdministrator
    appointment.ended_at = at
    end_all_of(appointment.account_id)


def remember_address(account_id: int, delivery: Delivery, *, at: datetime) -> None:
    """Put an address into a person's book, or move one that is there to its top.

    Raises NotInZhuhai or TooManyAddresses.
    """
    if not delivery.town_code.startswith(ZHUHAI[:4]):
        raise NotInZhuhai
    same = {
        "owner": account_id,
        "same_recipient": delivery.recipient,
        "same_phone": delivery.phone,
        "same_town_code": delivery.town_code,
        "same_street": delivery.street,
    }
    known = db.session.execute(_USED_AGAIN, {**same, "at": at}).first()
    if known is not None:
        return
    own = select(Address).where(Address.account_id == account_id)
    count = db.session.scalar(select(func.count()).select_from(own.subquery()))
    if (count or 0) >= MOST_ADDRESSES:
        raise TooManyAddresses
    address = Address(account_id=account_id, used_at=at, **asdict(delivery))
    db.session.add(address)
    db.session.flush()


def forget_address(account_id: int, address_id: int) -> None:
    """Take an address out of its owner's book. Raises NotFound for anybody else's."""
    address = get_own_address(account_id, address_id)
    db.session.execute(delete(Address).where(Address.id == address.id))


def _administrators() -> int:
    query = select(func.count(Appointment.id)).where(
        Appointment.office == Office.ADMINISTRATOR, Appointment.ended_at.is_(None)
    )
    return db.session.scalar(query) or 0

"""People, what they belong to, and the offices they hold."""

from datetime import datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.db import Base, one_of
from shop.organisations.models import Organisation
from shop.places.models import Town
from shop.web.audience import Role


class MemberRole(StrEnum):
    MANAGER = "manager"  # of a cooperative
    BUYER = "buyer"  # of an enterprise


class Office(StrEnum):
    OFFICIAL = "official"
    FINANCE = "finance"
    KEEPER = "keeper"  # of a pick-up point, which orders/pickups says
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> LazyString:
        return _OFFICES[self]


class ScopeLevel(StrEnum):
    BUREAU = "bureau"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"


class Body(StrEnum):
    """Whom an official acts for; a town's double sign-off needs one of each."""

    BUREAU = "bureau"
    HEADQUARTERS = "headquarters"
    WORKING_GROUP = "working_group"
    TOWN_GOVERNMENT = "town_government"
    TOWN_TEAM = "town_team"

    @property
    def label(self) -> LazyString:
        return _BODIES[self]


_OFFICES = {
    Office.OFFICIAL: _l("帮扶干部"),
    Office.FINANCE: _l("财务"),
    Office.KEEPER: _l("自提点负责人"),
    Office.ADMINISTRATOR: _l("管理员"),
}
_BODIES = {
    Body.BUREAU: _l("市局"),
    Body.HEADQUARTERS: _l("驻市指挥部"),
    Body.WORKING_GROUP: _l("工作组"),
    Body.TOWN_GOVERNMENT: _l("镇政府"),
    Body.TOWN_TEAM: _l("驻镇工作队"),
}


class Account(Base, UserMixin):
    """A person who can sign in, by phone or e-mail."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="can_be_reached"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    phone: Mapped[str | None] = mapped_column(String(20), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    # The language last chosen, in which letters are written; None until one is.
    language: Mapped[str | None] = mapped_column(String(16))
    # A closed or blocked account can't sign in, and its sessions end at once.
    closed_at: Mapped[datetime | None]

    memberships: Mapped[list["Membership"]] = relationship(
        lazy="selectin", order_by="Membership.id"
    )
    appointments: Mapped[list["Appointment"]] = relationship(
        lazy="selectin", order_by="Appointment.id"
    )

    @property
    def is_active(self) -> bool:
        return self.closed_at is None

    @property
    def roles(self) -> frozenset[Role]:
        """What this person may be, from memberships and appointments that hold."""
        found = {Role.BUYER}
        if self.cooperative:
            found.add(Role.COOPERATIVE)
        found |= {Role(office.office.value) for office in self.appointments if not office.ended_at}
        return frozenset(found)

    @property
    def cooperative(self) -> Organisation | None:
        return self._organisation_as(MemberRole.MANAGER)

    @property
    def enterprise(self) -> Organisation | None:
        return self._organisation_as(MemberRole.BUYER)

    @property
    def official_appointment(self) -> "Appointment | None":
        holding = (a for a in self.appointments if a.office is Office.OFFICIAL and not a.ended_at)
        return next(holding, None)

    def _organisation_as(self, role: MemberRole) -> Organisation | None:
        holding = (m for m in self.memberships if m.role is role and not m.ended_at)
        return next((m.organisation for m in holding), None)


class Membership(Base):
    """A person's part in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("account_id", "organisation_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    role: Mapped[MemberRole] = mapped_column(one_of(MemberRole))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)


class Appointment(Base):
    """An office that a person holds; an official's has a scope and a body."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint(
            "(office = 'official') = (scope_level IS NOT NULL)", name="officials_have_a_scope"
        ),
        CheckConstraint("(office = 'official') = (body IS NOT NULL)", name="officials_have_a_body"),
        CheckConstraint(
            "(scope_level IS NULL OR scope_level = 'bureau') = (scope_code IS NULL)",
            name="a_scope_below_the_bureau_has_a_code",
        ),
        CheckConstraint(
            "(scope_level = 'town') = (body IN ('town_government', 'town_team'))",
            name="towns_have_two_bodies",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    office: Mapped[Office] = mapped_column(one_of(Office))
    scope_level: Mapped[ScopeLevel | None] = mapped_column(one_of(ScopeLevel))
    # The code of the city, county or town that the scope covers.
    scope_code: Mapped[str | None] = mapped_column(String(9))
    body: Mapped[Body | None] = mapped_column(one_of(Body))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Invitation(Base):
    """An offer of an office or a membership, taken up with a link that works once."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(
            "(office IS NULL) <> (organisation_id IS NULL)", name="one_thing_is_offered"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    office: Mapped[Office | None] = mapped_column(one_of(Office))
    scope_level: Mapped[ScopeLevel | None] = mapped_column(one_of(ScopeLevel))
    scope_code: Mapped[str | None] = mapped_column(String(9))
    body: Mapped[Body | None] = mapped_column(one_of(Body))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    invited_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()


class Address(Base):
    """Where a person has things delivered: always a town or street of Zhuhai."""

    __tablename__ = "address"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    recipient: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code))
    street: Mapped[str] = mapped_column(String(120))
    used_at: Mapped[datetime]

    town: Mapped[Town] = relationship(lazy="joined", innerjoin=True)

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
    PICKER = "picker"  # of a cooperative
    ACCOUNTANT = "accountant"  # of a cooperative
    BUYER = "buyer"  # of an enterprise

    @property
    def label(self) -> LazyString:
        return _MEMBER_ROLES[self]


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


# They see what is others': their offices count only in a session that passed a second factor.
OFFICES_WITH_TWO_FACTORS = frozenset({Office.OFFICIAL, Office.FINANCE, Office.ADMINISTRATOR})

_MEMBER_ROLES = {
    MemberRole.MANAGER: _l("负责人"),
    MemberRole.PICKER: _l("备货员"),
    MemberRole.ACCOUNTANT: _l("会计"),
    MemberRole.BUYER: _l("采购"),
}
# What the members of a cooperative may be here.
COOPERATIVE_ROLES = {
    MemberRole.MANAGER: Role.COOPERATIVE,
    MemberRole.PICKER: Role.PICKER,
    MemberRole.ACCOUNTANT: Role.ACCOUNTANT,
}
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

    # The cooperative for which this person acts while a request of its desk is answered. It is set
    # by shop.accounts.enforcement under a mandate, and stored nowhere.
    acts_for = None
    # Whether the offices that need a second factor don't count, because this session passed none.
    # Set by shop.accounts.enforcement as well, and stored nowhere.
    is_held_back = False

    @property
    def is_active(self) -> bool:
        return self.closed_at is None

    @property
    def roles(self) -> frozenset[Role]:
        """What this person may be, from memberships and appointments that hold."""
        found = {Role.BUYER}
        part = self._part_as(*COOPERATIVE_ROLES)
        if self.acts_for:
            found.add(Role.DELEGATE)
        elif part and part.organisation.left_at:
            found |= {Role.FORMER} if part.role is not MemberRole.PICKER else set()
        elif part:
            found.add(COOPERATIVE_ROLES[part.role])
        found |= {Role(office.value) for office in self.offices}
        if self.is_held_back:
            found -= {Role(office.value) for office in OFFICES_WITH_TWO_FACTORS}
        return frozenset(found)

    @property
    def offices(self) -> frozenset[Office]:
        """What this person holds, whether it counts in this session or not."""
        return frozenset(each.office for each in self.appointments if not each.ended_at)

    @property
    def needs_second_factor(self) -> bool:
        return bool(self.offices & OFFICES_WITH_TWO_FACTORS)

    @property
    def cooperative(self) -> Organisation | None:
        """The one that this person acts for, or works for, whatever their part in it."""
        part = self._part_as(*COOPERATIVE_ROLES)
        return self.acts_for or (part.organisation if part else None)

    @property
    def manages(self) -> bool:
        """Whether this person decides at a cooperative's desk, as its manager or for them."""
        return bool({Role.COOPERATIVE, Role.DELEGATE} & self.roles)

    @property
    def enterprise(self) -> Organisation | None:
        part = self._part_as(MemberRole.BUYER)
        return part.organisation if part else None

    @property
    def official_appointment(self) -> "Appointment | None":
        if self.is_held_back:
            return None
        holding = (a for a in self.appointments if a.office is Office.OFFICIAL and not a.ended_at)
        return next(holding, None)

    def _part_as(self, *roles: MemberRole) -> "Membership | None":
        holding = (m for m in self.memberships if m.role in roles and not m.ended_at)
        return next(holding, None)


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
        CheckConstraint(
            "(organisation_id IS NULL) = (member_role IS NULL)", name="memberships_have_a_role"
        ),
        CheckConstraint("(email IS NULL) <> (phone IS NULL)", name="goes_to_one_address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    office: Mapped[Office | None] = mapped_column(one_of(Office))
    scope_level: Mapped[ScopeLevel | None] = mapped_column(one_of(ScopeLevel))
    scope_code: Mapped[str | None] = mapped_column(String(9))
    body: Mapped[Body | None] = mapped_column(one_of(Body))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    member_role: Mapped[MemberRole | None] = mapped_column(one_of(MemberRole))
    invited_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()

    @property
    def identifier(self) -> str:
        """What the invited person signs in with."""
        return self.email or self.phone or ""


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

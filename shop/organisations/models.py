"""Organisations: the cooperatives that sell and the enterprises that buy."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.db import Base, one_of
from shop.places.models import Town


class OrganisationKind(StrEnum):
    COOPERATIVE = "cooperative"
    ENTERPRISE = "enterprise"


class EnterpriseType(StrEnum):
    BUDGET_UNIT = "budget_unit"
    UNION = "union"
    STATE_OWNED = "state_owned"
    PRIVATE = "private"

    @property
    def label(self) -> LazyString:
        return _ENTERPRISE_TYPES[self]


_ENTERPRISE_TYPES = {
    EnterpriseType.BUDGET_UNIT: _l("预算单位"),
    EnterpriseType.UNION: _l("工会"),
    EnterpriseType.STATE_OWNED: _l("国企"),
    EnterpriseType.PRIVATE: _l("民企"),
}


class Organisation(Base):
    """A cooperative (with its town) or an enterprise (with its type)."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("length(credit_code) = 18", name="credit_code_has_18_characters"),
        CheckConstraint("left_at IS NULL OR leaving_at IS NOT NULL", name="left_after_asking"),
        CheckConstraint("(kind = 'cooperative') = (town_code IS NOT NULL)", name="town_if_coop"),
        CheckConstraint(
            "(kind = 'enterprise') = (enterprise_type IS NOT NULL)", name="type_if_enterprise"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OrganisationKind] = mapped_column(one_of(OrganisationKind))
    name: Mapped[str] = mapped_column(String(80), unique=True)
    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    phone: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    enterprise_type: Mapped[EnterpriseType | None] = mapped_column(one_of(EnterpriseType))
    town_code: Mapped[str | None] = mapped_column(ForeignKey(Town.code), index=True)
    village: Mapped[str] = mapped_column(String(40), default="")
    introduction: Mapped[str] = mapped_column(String(1000), default="")
    # A cooperative sells from its admission on, except while it is suspended.
    admitted_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    # Since when its business licence, or its permit to make food, has run out with none in its
    # place. Both follow from the papers that suppliers/licences watches.
    licence_lapsed_at: Mapped[datetime | None]
    food_licence_lapsed_at: Mapped[datetime | None]
    # When its last re-check was finished; None until the first one after its admission is.
    checked_at: Mapped[datetime | None]
    # By which day the re-check that is open is to be finished, and since when that has been late
    # for so long that nothing is sold. Both follow from what suppliers/rechecks keeps.
    recheck_due_on: Mapped[date | None]
    recheck_lapsed_at: Mapped[datetime | None]
    # It wants to leave and sells nothing from then on; it has left once nothing was open any more.
    leaving_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

    town: Mapped[Town | None] = relationship()

    @property
    def may_sell(self) -> bool:
        return (
            self.admitted_at is not None
            and self.suspended_at is None
            and self.licence_lapsed_at is None
            and self.recheck_lapsed_at is None
            and self.leaving_at is None
        )

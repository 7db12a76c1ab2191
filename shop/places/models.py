"""Cities, counties and towns by their official codes, and which towns are assisted when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.db import Base


class City(Base):
    __tablename__ = "city"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str]

    @property
    def full_name(self) -> str:
        return self.name


class County(Base):
    """A county, county-level city or district (县、市、区)."""

    __tablename__ = "county"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str]
    city_code: Mapped[str] = mapped_column(ForeignKey(City.code), index=True)

    city: Mapped[City] = relationship(lazy="joined", innerjoin=True)

    @property
    def full_name(self) -> str:
        return f"{self.city.name}{self.name}"


class Town(Base):
    """A town or street (镇、街道)."""

    __tablename__ = "town"

    code: Mapped[str] = mapped_column(String(9), primary_key=True)
    name: Mapped[str]
    county_code: Mapped[str] = mapped_column(ForeignKey(County.code), index=True)

    county: Mapped[County] = relationship(lazy="joined", innerjoin=True)

    @property
    def full_name(self) -> str:
        return f"{self.county.full_name}{self.name}"


class TownDesignation(Base):
    """A span of days during which a town counts as assisted (重点帮扶镇)."""

    __tablename__ = "town_designation"
    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code), index=True)
    since: Mapped[date]
    # The last day, inclusive; open while the designation holds.
    until: Mapped[date | None]
    confirmed: Mapped[bool]
    evidence: Mapped[str]
    recorded_at: Mapped[datetime]

    town: Mapped[Town] = relationship(lazy="joined", innerjoin=True)

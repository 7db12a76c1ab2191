"""Award programmes (奖补) with their awards, and what enterprises promise to towns (千企帮千镇)."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of
from shop.organisations.models import Organisation
from shop.places.models import Town


class Verdict(StrEnum):
    """What a second person says of a proposed award."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"

    @property
    def label(self) -> LazyString:
        return _VERDICTS[self]


_VERDICTS = {Verdict.CONFIRMED: _l("已确认"), Verdict.DECLINED: _l("未通过")}


class AwardYear(Base):
    """What there is for all programmes of a year, and how much of it they were given."""

    __tablename__ = "award_year"
    __table_args__ = (
        CheckConstraint("budgeted_fen BETWEEN 0 AND total_fen", name="budgets_are_in_the_total"),
        CheckConstraint("year BETWEEN 2021 AND 2100", name="year_is_sensible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(unique=True)
    total_fen: Mapped[Fen]
    budgeted_fen: Mapped[Fen] = mapped_column(default=0)


class Programme(Base):
    """A budget that is given to cooperatives under a published rule."""

    __tablename__ = "programme"
    __table_args__ = (
        UniqueConstraint("year", "name"),
        CheckConstraint("budget_fen > 0", name="budget_is_positive"),
        CheckConstraint("awarded_fen BETWEEN 0 AND budget_fen", name="awards_are_in_the_budget"),
        CheckConstraint("name <> '' AND rule <> ''", name="says_its_rule"),
        CheckConstraint("place = '' OR length(place) IN (4, 6, 9)", name="place_is_a_prefix"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    # What the codes of all its towns begin with: a city's, county's or town's; empty for all.
    place: Mapped[str] = mapped_column(String(9))
    rule: Mapped[str] = mapped_column(String(3000))
    budget_fen: Mapped[Fen]
    # Of the awards that were confirmed, less what was corrected.
    awarded_fen: Mapped[Fen] = mapped_column(default=0)
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))

    @property
    def left_fen(self) -> int:
        return self.budget_fen - self.awarded_fen


class Award(Base):
    """Money for a cooperative, as somebody proposes it; negative where it corrects another."""

    __tablename__ = "award"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="is_not_nothing"),
        CheckConstraint("(corrects_id IS NULL) = (amount_fen > 0)", name="negative_corrects"),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        Index("ix_award_programme", "programme_id", "id"),
        Index("ix_award_town", "town_code", "id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey(Programme.id))
    # The form's one-time key: the same form proposes once.
    key: Mapped[str] = mapped_column(String(64), unique=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    # As they were on that day.
    cooperative_name: Mapped[str] = mapped_column(String(80))
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code))
    amount_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(String(200))
    awarded_on: Mapped[date]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("award.id"), index=True)
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))

    programme: Mapped[Programme] = relationship()


class AwardDecision(Base):
    """What another person said of an award: only what is confirmed counts."""

    __tablename__ = "award_decision"
    __table_args__ = (
        CheckConstraint("by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("verdict = 'confirmed' OR note <> ''", name="declined_for_a_reason"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey(Award.id), unique=True)
    verdict: Mapped[Verdict] = mapped_column(one_of(Verdict))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # The award's own, so that the database can tell them apart.
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    note: Mapped[str] = mapped_column(String(200))


class Pledge(Base):
    """What an enterprise promises to buy from a town in a year; a change is another version."""

    __tablename__ = "pledge"
    __table_args__ = (
        UniqueConstraint("organisation_id", "town_code", "year", "version"),
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("version > 0", name="versions_count_from_1"),
        CheckConstraint("year BETWEEN 2021 AND 2100", name="year_is_sensible"),
        Index("ix_pledge_year", "year", "town_code"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code))
    year: Mapped[int]
    version: Mapped[int]
    amount_fen: Mapped[Fen]
    words: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))

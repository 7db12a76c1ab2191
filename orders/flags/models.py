"""Flags (疑点): what in the ledger looks odd, with its numbers and lines, and who cleared it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orders.sales.models import SalesEntry
from shop.accounts.people.models import Account, Body, ScopeLevel
from shop.append_only import APPEND_ONLY
from shop.db import Base, one_of
from shop.places.models import Town


class FlagKind(StrEnum):
    PRICE = "price"  # far from what its category usually costs
    REFUNDED = "refunded"  # a large order, most of which was paid back
    RELATED = "related"  # buyer and seller have to do with each other
    SPIKE = "spike"  # just before a deadline
    EVIDENCE = "evidence"  # one photo for several sales
    HARVEST = "harvest"  # more than was harvested

    @property
    def label(self) -> LazyString:
        return _KINDS[self]


_KINDS = {
    FlagKind.PRICE: _l("单价偏离常价"),
    FlagKind.REFUNDED: _l("大单后退款"),
    FlagKind.RELATED: _l("买卖双方有关联"),
    FlagKind.SPIKE: _l("期末突增"),
    FlagKind.EVIDENCE: _l("凭证照片重复"),
    FlagKind.HARVEST: _l("销量超过采收量"),
}


class Flag(Base):
    """Something to look at: never a judgement, and never changed.

    ``subject`` says what it is about, so that the same is raised once however often it is looked
    for. ``facts`` are the numbers from which ``orders.flags.rules.words`` explains it.
    """

    __tablename__ = "flag"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        CheckConstraint("subject <> ''", name="is_about_something"),
        Index("ix_flag_town", "town_code", "id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FlagKind] = mapped_column(one_of(FlagKind))
    subject: Mapped[str] = mapped_column(String(120))
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    raised_at: Mapped[datetime]


class FlagLine(Base):
    """A line of the ledger that a flag is about."""

    __tablename__ = "flag_line"
    __table_args__ = (UniqueConstraint("flag_id", "entry_id"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey(Flag.id))
    entry_id: Mapped[int] = mapped_column(ForeignKey(SalesEntry.id), index=True)


class FlagClearance(Base):
    """That somebody looked into a flag, and what they found."""

    __tablename__ = "flag_clearance"
    __table_args__ = (
        CheckConstraint("note <> ''", name="says_what_was_found"),
        CheckConstraint("level <> 'town'", name="cleared_above_the_town"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey(Flag.id), unique=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    # As they were on that day.
    level: Mapped[ScopeLevel] = mapped_column(one_of(ScopeLevel))
    body: Mapped[Body] = mapped_column(one_of(Body))
    note: Mapped[str] = mapped_column(String(300))


class FlagLook(Base):
    """That the ledger was looked over up to a line, and how many flags that raised."""

    __tablename__ = "flag_look"
    __table_args__ = (
        CheckConstraint("through_id >= 0 AND raised >= 0", name="counts_are_not_negative"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    through_id: Mapped[int]
    raised: Mapped[int]

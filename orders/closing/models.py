"""The month close (counting rule 6): how far a town's month has come, and what was filed."""

from datetime import datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orders.benefits.models import BenefitVersion
from shop.accounts.people.models import Account, Body, ScopeLevel
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of
from shop.places.models import Town


class CloseState(StrEnum):
    """Only an open month takes lines: the triggers of migration 0035 refuse all others."""

    OPEN = "open"  # 未上报
    FILED = "filed"  # 已填报
    REVIEWED = "reviewed"  # 已审核
    LOCKED = "locked"  # 已锁定

    @property
    def label(self) -> LazyString:
        return _STATES[self]


class ActKind(StrEnum):
    FILED = "filed"  # 填报
    REVIEWED = "reviewed"  # 审核
    RETURNED = "returned"  # 退回
    LOCKED = "locked"  # 确认

    @property
    def label(self) -> LazyString:
        return _ACTS[self]


_STATES = {
    CloseState.OPEN: _l("未上报"),
    CloseState.FILED: _l("待县审核"),
    CloseState.REVIEWED: _l("待市确认"),
    CloseState.LOCKED: _l("已锁定"),
}
_ACTS = {
    ActKind.FILED: _l("填报"),
    ActKind.REVIEWED: _l("审核通过"),
    ActKind.RETURNED: _l("退回"),
    ActKind.LOCKED: _l("确认并锁定"),
}


class MonthClose(Base):
    """One town's month file. A month without a row is open and was never filed."""

    __tablename__ = "month_close"
    __table_args__ = (
        UniqueConstraint("town_code", "month"),
        CheckConstraint("length(month) = 7", name="month_is_a_month"),
        CheckConstraint("version > 0", name="versions_count_from_1"),
        CheckConstraint("round >= 0", name="rounds_count_from_0"),
        CheckConstraint("state = 'open' OR round > 0", name="filed_before_it_closes"),
        Index("ix_month_close_month", "month", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code))
    # Of Asia/Shanghai, as the ledger writes it.
    month: Mapped[str] = mapped_column(String(7))
    state: Mapped[CloseState] = mapped_column(one_of(CloseState))
    # Grows with each act: whoever acts says which they saw.
    version: Mapped[int]
    # How often it was filed; its snapshot is the one of this round.
    round: Mapped[int]


class MonthAct(Base):
    """One step of a month file: who took it, when, and for whom."""

    __tablename__ = "month_act"
    __table_args__ = (
        UniqueConstraint("close_id", "version"),
        CheckConstraint("kind <> 'returned' OR note <> ''", name="returned_for_a_reason"),
        CheckConstraint("round > 0", name="rounds_count_from_1"),
        Index("ix_month_act_by", "by_id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    close_id: Mapped[int] = mapped_column(ForeignKey(MonthClose.id))
    # The version of the file that it made.
    version: Mapped[int]
    round: Mapped[int]
    kind: Mapped[ActKind] = mapped_column(one_of(ActKind))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # As they were on that day; the bureau's level says that it stood in for the city's.
    level: Mapped[ScopeLevel] = mapped_column(one_of(ScopeLevel))
    body: Mapped[Body] = mapped_column(one_of(Body))
    note: Mapped[str] = mapped_column(String(300))


class MonthSnapshot(Base):
    """What a town filed: the sums of its lines, and a hash that tells whether they are the same.

    The hash is that of ``orders.closing.rules``. Households and jobs are those of the pinned
    versions of benefit reports, where a household counts once.
    """

    __tablename__ = "month_snapshot"
    __table_args__ = (
        UniqueConstraint("close_id", "round"),
        CheckConstraint("net_fen = amount_fen - refund_fen", name="net_adds_up"),
        CheckConstraint("entries >= 0", name="entries_are_not_negative"),
        CheckConstraint("length(sha256) = 64", name="hash_is_whole"),
        CheckConstraint("monitored BETWEEN 0 AND households", name="monitored_are_among_them"),
        CheckConstraint(
            "jobs >= 0 AND unevidenced >= 0 AND unreported >= 0", name="counts_are_not_negative"
        ),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    close_id: Mapped[int] = mapped_column(ForeignKey(MonthClose.id))
    round: Mapped[int]
    taken_at: Mapped[datetime]
    entries: Mapped[int]
    amount_fen: Mapped[Fen]
    refund_fen: Mapped[Fen]
    net_fen: Mapped[Fen]
    weight_g: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    households: Mapped[int]
    monitored: Mapped[int]
    jobs: Mapped[int]
    # What was lacking on that day: lines without evidence, and cooperatives without a report.
    unevidenced: Mapped[int]
    unreported: Mapped[int]


class MonthPin(Base):
    """The version of a cooperative's benefit report that a snapshot's figures are from."""

    __tablename__ = "month_pin"
    __table_args__ = (UniqueConstraint("snapshot_id", "version_id"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey(MonthSnapshot.id))
    version_id: Mapped[int] = mapped_column(ForeignKey(BenefitVersion.id))


class MonthReminder(Base):
    """That those were told who are late with a step of a month file: once for each lateness."""

    __tablename__ = "month_reminder"
    __table_args__ = (
        UniqueConstraint("town_code", "month", "state", "round"),
        CheckConstraint("state <> 'locked'", name="nobody_waits_for_what_is_locked"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_code: Mapped[str] = mapped_column(ForeignKey(Town.code))
    month: Mapped[str] = mapped_column(String(7))
    # The state in which it waited.
    state: Mapped[CloseState] = mapped_column(one_of(CloseState))
    round: Mapped[int]
    told_at: Mapped[datetime]

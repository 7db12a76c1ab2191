"""Read sales that officials entered, and what proves them. Inside an official's scope."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from orders.offline.models import (
    EvidenceLink,
    OfflineEvidence,
    OfflineImport,
    OfflineSale,
)
from orders.sales.models import Channel, EntryKind, SalesEntry
from shop.accounts.people.models import Account
from shop.accounts.people.rules import Scope
from shop.db import db, total
from shop.errors import NotFound
from shop.web.paging import Page

PER_PAGE = 50


class Show(StrEnum):
    """Which sales a list shows."""

    ALL = "all"
    UNPROVEN = "unproven"  # 待补佐证
    REVERSED = "reversed"
    LATE = "late"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A part of the sales: a scope, months that both count, and what was chosen."""

    scope: Scope
    from_month: str
    to_month: str
    cooperative_id: int | None = None
    channel: Channel | None = None
    import_id: int | None = None
    show: Show = Show.ALL


class Listed(NamedTuple):
    """A sale as a list shows it."""

    entry: SalesEntry
    sale: OfflineSale
    is_proven: bool
    is_reversed: bool


class Sums(NamedTuple):
    """Of a whole list: how many sales, net fen of those that were not reversed, and how many of
    these nothing proves yet."""

    sales: int
    net_fen: int
    unproven: int


def list_sales(asked: Asked, number: int) -> tuple[Page[Listed], Sums]:
    """Sales by the day on which they count, the newest first, and the sums of all of them."""
    proven, reversed_ = is_proven(), is_reversed()
    found = (
        select(SalesEntry, OfflineSale, proven.label("proven"), reversed_.label("reversed"))
        .join(OfflineSale, OfflineSale.entry_id == SalesEntry.id)
        .where(*_conditions(asked))
    )
    page = (
        found.order_by(SalesEntry.counted_on.desc(), SalesEntry.id.desc())
        .limit(PER_PAGE)
        .offset((number - 1) * PER_PAGE)
    )
    counts = ~reversed_
    sums = (
        select(
            func.count(),
            total(case((counts, SalesEntry.net_fen), else_=0)),
            total(case((counts & ~proven, 1), else_=0)),
        )
        .select_from(SalesEntry)
        .join(OfflineSale, OfflineSale.entry_id == SalesEntry.id)
        .where(*_conditions(asked))
    )
    all_of_them = Sums(*db.session.execute(sums).one())
    items = [Listed(*row) for row in db.session.execute(page)]
    return Page(items, number, PER_PAGE, all_of_them.sales), all_of_them


def count_unproven(town_code: str, month: str) -> int:
    """How many sales of a town's month nothing proves yet. What was reversed needs nothing."""
    query = (
        select(func.count())
        .select_from(SalesEntry)
        .join(OfflineSale, OfflineSale.entry_id == SalesEntry.id)
        .where(
            SalesEntry.town_code == town_code,
            SalesEntry.month == month,
            ~is_reversed(),
            ~is_proven(),
        )
    )
    return db.session.scalar(query) or 0


def get_sale(entry_id: int, scope: Scope) -> Listed:
    """Raises NotFound for one outside the scope, and for a line that no official entered."""
    query = (
        select(SalesEntry, OfflineSale, is_proven(), is_reversed())
        .join(OfflineSale, OfflineSale.entry_id == SalesEntry.id)
        .where(SalesEntry.id == entry_id, scope.contains(SalesEntry.town_code))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return Listed(*row)


def find_by_key(key: str, by: int) -> OfflineSale | None:
    """What a person's form made already."""
    query = (
        select(OfflineSale)
        .join(OfflineSale.entry)
        .where(OfflineSale.key == key, SalesEntry.recorded_by_id == by)
    )
    return db.session.scalars(query).one_or_none()


def list_lineage(entry: SalesEntry) -> Sequence[SalesEntry]:
    """What stands before and after a sale: the reversed one, its reversal, the one in its stead."""
    condition = or_(
        SalesEntry.corrects_id == entry.id,
        SalesEntry.id == entry.corrects_id,
    )
    return db.session.scalars(select(SalesEntry).where(condition).order_by(SalesEntry.id)).all()


def list_evidence(sale: OfflineSale) -> Sequence[EvidenceLink]:
    """What proves a sale: its own files, then those of its sheet."""
    condition = EvidenceLink.sale_id == sale.id
    if sale.import_id is not None:
        condition = or_(condition, EvidenceLink.import_id == sale.import_id)
    query = (
        select(EvidenceLink)
        .where(condition)
        .options(joinedload(EvidenceLink.evidence))
        .order_by(EvidenceLink.sale_id.is_(None), EvidenceLink.id)
        .limit(100)
    )
    return db.session.scalars(query).all()


def list_loose(by: int, evidence_ids: Collection[int]) -> Sequence[OfflineEvidence]:
    """Files that a person brought with a form and that prove nothing yet."""
    query = (
        select(OfflineEvidence)
        .where(
            OfflineEvidence.id.in_(evidence_ids),
            OfflineEvidence.uploaded_by_id == by,
            ~exists().where(EvidenceLink.evidence_id == OfflineEvidence.id),
        )
        .order_by(OfflineEvidence.id)
    )
    return db.session.scalars(query).all()


def get_evidence(evidence_id: int, scope: Scope, by: int) -> OfflineEvidence:
    """A file that proves a sale of the scope, one of a sheet of the scope's own offices, or one
    that this person just brought. Raises NotFound."""
    of_sale = (
        select(EvidenceLink.id)
        .join(
            OfflineSale,
            or_(
                OfflineSale.id == EvidenceLink.sale_id,
                OfflineSale.import_id == EvidenceLink.import_id,
            ),
        )
        .join(SalesEntry, SalesEntry.id == OfflineSale.entry_id)
        .where(EvidenceLink.evidence_id == OfflineEvidence.id, scope.contains(SalesEntry.town_code))
    )
    of_sheet = (
        select(EvidenceLink.id)
        .join(OfflineImport, OfflineImport.id == EvidenceLink.import_id)
        .where(
            EvidenceLink.evidence_id == OfflineEvidence.id,
            OfflineImport.scope_code.startswith(scope.prefix),
        )
    )
    query = select(OfflineEvidence).where(
        OfflineEvidence.id == evidence_id,
        or_(OfflineEvidence.uploaded_by_id == by, of_sale.exists(), of_sheet.exists()),
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_evidence_hashes(hashes: Collection[str]) -> Collection[str]:
    """Those of some hashes that rows speak of."""
    query = select(OfflineEvidence.sha256).where(OfflineEvidence.sha256.in_(hashes))
    return set(db.session.scalars(query))


def name_of(account_id: int | None) -> str:
    account = db.session.get(Account, account_id) if account_id is not None else None
    return account.name if account else ""


def is_proven() -> ColumnElement[bool]:
    """Whether a file proves a sale, or the sheet that it came in."""
    return or_(
        exists().where(EvidenceLink.sale_id == OfflineSale.id),
        exists().where(EvidenceLink.import_id == OfflineSale.import_id),
    )


def is_reversed() -> ColumnElement[bool]:
    reversal = aliased(SalesEntry)
    return exists().where(
        reversal.corrects_id == SalesEntry.id, reversal.kind == EntryKind.REVERSAL
    )


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    conditions = [
        asked.scope.contains(SalesEntry.town_code),
        SalesEntry.month.between(asked.from_month, asked.to_month),
    ]
    if asked.cooperative_id is not None:
        conditions.append(SalesEntry.cooperative_id == asked.cooperative_id)
    if asked.channel is not None:
        conditions.append(SalesEntry.channel == asked.channel)
    if asked.import_id is not None:
        conditions.append(OfflineSale.import_id == asked.import_id)
    match asked.show:
        case Show.UNPROVEN:
            conditions += [~is_proven(), ~is_reversed()]
        case Show.REVERSED:
            conditions.append(is_reversed())
        case Show.LATE:
            conditions.append(SalesEntry.sold_on < SalesEntry.counted_on)
    return conditions


def counts_on(day: date, month: str) -> date:
    """The day on which a sale of a day counts in a month: its own, or the month's first."""
    return max(day, date(int(month[:4]), int(month[5:]), 1))

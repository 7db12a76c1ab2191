"""Enter sales that were not made online, take them back, and keep what proves them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from catalog.batches.gateways import StoredReport
from orders.closing.services import claim_open_month
from orders.fairs.queries.naming import list_named
from orders.fairs.rules import activity_named
from orders.offline.errors import MonthClosed, NoEvidence
from orders.offline.models import EvidenceKind, EvidenceLink, OfflineEvidence, OfflineSale
from orders.offline.queries.sales import counts_on
from orders.offline.rules.late import LONGEST_NOTE, late_note
from orders.sales.models import SalesEntry
from orders.sales.services import SaleFacts, enter_sale, origin_of, reverse_sale
from shop.accounts.audit.services import record
from shop.clock import month_of
from shop.db import db


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What is said of a sale beside what the ledger holds."""

    key: str
    evidence_ids: tuple[int, ...]
    invoice_number: str = ""
    batch_code: str = ""
    # Why it counts although it looks like another one, and why it comes late.
    duplicate_note: str = ""
    late_reason: str = ""


def enter(facts: SaleFacts, beside: Beside, *, by: int, at: datetime) -> OfflineSale:
    """Count a sale that an official entered, with what proves it.

    Raises NoEvidence, and MonthClosed where its month was filed and no reason is given. The
    form's key is unique in the database: a form that comes twice makes one sale. Who names an
    announced activity in which the town takes part on that day means it: the sale is part of its
    result.
    """
    if not beside.evidence_ids:
        raise NoEvidence
    town_code = origin_of(facts)["town_code"]
    counted_on = _day_of_counting(town_code, facts.sold_on, beside.late_reason)
    note = late_note(beside.late_reason, facts.note) if counted_on != facts.sold_on else facts.note
    activity_id = facts.activity_id or _activity_of(facts, town_code)
    entry = enter_sale(
        replace(facts, counted_on=counted_on, note=note, activity_id=activity_id), by=by, at=at
    )
    sale = OfflineSale(
        entry_id=entry.id,
        key=beside.key,
        invoice_number=beside.invoice_number,
        batch_code=beside.batch_code,
        duplicate_note=beside.duplicate_note,
    )
    db.session.add(sale)
    db.session.flush()
    link_evidence(sale, beside.evidence_ids, by=by, at=at)
    record("enter_sale", "sales_entry", entry.id, by=by, at=at, net_fen=entry.net_fen)
    return sale


def reverse(sale: OfflineSale, reason: str, *, by: int, at: datetime) -> SalesEntry:
    """Take a sale back whole: in its own month while that is open, else in the next open one.

    Raises AlreadyReversed.
    """
    entry = db.session.get_one(SalesEntry, sale.entry_id, with_for_update=True)
    month = claim_open_month(entry.town_code, entry.counted_on)
    counted_on = counts_on(entry.counted_on, month)
    reversal = reverse_sale(entry.id, reason[:LONGEST_NOTE], by=by, at=at, counted_on=counted_on)
    record("reverse_sale", "sales_entry", entry.id, by=by, at=at, reason=reason)
    return reversal


def correct(
    sale: OfflineSale, reason: str, facts: SaleFacts, beside: Beside, *, by: int, at: datetime
) -> OfflineSale:
    """Take a sale back and enter another one in its stead, in one act. Raises as both do."""
    reverse(sale, reason, by=by, at=at)
    instead = replace(facts, corrects_id=sale.entry_id, activity_id=_activity_before(sale, facts))
    # That it is late is explained by the correction itself.
    given = replace(beside, late_reason=beside.late_reason or reason)
    return enter(instead, given, by=by, at=at)


def keep_evidence(
    stored: StoredReport, kind: EvidenceKind, file_name: str, *, by: int, at: datetime
) -> OfflineEvidence:
    """Note a file that was stored; it proves nothing yet."""
    evidence = OfflineEvidence(
        kind=kind,
        form=stored.form,
        sha256=stored.sha256,
        size=stored.size,
        file_name=file_name,
        uploaded_at=at,
        uploaded_by_id=by,
    )
    db.session.add(evidence)
    db.session.flush()
    return evidence


def link_evidence(
    sale: OfflineSale, evidence_ids: Collection[int], *, by: int, at: datetime
) -> None:
    """Say that files prove a sale; those that do already are left as they are."""
    known = set(
        db.session.scalars(select(EvidenceLink.evidence_id).where(EvidenceLink.sale_id == sale.id))
    )
    for evidence_id in sorted(set(evidence_ids) - known):
        db.session.add(EvidenceLink(evidence_id=evidence_id, sale_id=sale.id, at=at, by_id=by))
        record("prove_sale", "sales_entry", sale.entry_id, by=by, at=at, evidence=evidence_id)
    db.session.flush()


def look_at(evidence: OfflineEvidence, *, by: int, at: datetime) -> None:
    """Write down who looked at a file."""
    record("view_sale_evidence", "offline_evidence", evidence.id, by=by, at=at)


def _activity_of(facts: SaleFacts, town_code: str) -> int | None:
    if not facts.activity_name:
        return None
    named = list_named([facts.activity_name])
    return activity_named(named, facts.activity_name, town_code, facts.sold_on)


def _activity_before(sale: OfflineSale, facts: SaleFacts) -> int | None:
    """Where neither its name nor the day is what was wrong, it was sold at the same activity,
    also if that was called off or is called otherwise by now."""
    before = db.session.get_one(SalesEntry, sale.entry_id)
    same = (before.activity_name, before.sold_on) == (facts.activity_name, facts.sold_on)
    return before.activity_id if same else None


def _day_of_counting(town_code: str, sold_on: date, reason: str) -> date:
    month = claim_open_month(town_code, sold_on)
    if month != month_of(sold_on) and not reason:
        raise MonthClosed(month_of(sold_on), month)
    return counts_on(sold_on, month)

"""Sell at an activity's till, once each however often a phone sends it, and take it back.

The units come out of the allotment in one guarded statement: two tills never sell the last one
twice. What does not fit is kept as a doubtful line, for it was sold all the same: somebody says
in a note what is to become of it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from catalog.products.models import Product, Variant
from catalog.stock.errors import OutOfStock
from catalog.stock.services import hold, hold_found, sell, take_back
from orders.closing.services import claim_open_month
from orders.fairs.errors import (
    JudgedAlready,
    KeyReused,
    NotForSale,
    NotOnThisDay,
    NotUndone,
    RungUpBefore,
)
from orders.fairs.models import (
    Activity,
    Allotment,
    Doubt,
    FairStaff,
    TillLine,
    TillSale,
    Verdict,
    reference_of,
)
from orders.fairs.queries.tills import find_sale, get_till_then, is_called_back_since
from orders.fairs.rules import Sale, SoldLine, Undoing, doubt_of
from orders.sales.models import Channel
from orders.sales.rules import MILLI, mode_of
from orders.sales.services import SaleFacts, enter_sale, reverse_sale
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db, insert_once
from shop.organisations.models import Organisation

# Why a line counts in another month than its own, as officials read it in the ledger.
_TOO_LATE = "收银记录传上来时，原月份已上报"


def ring_up(sale: Sale, *, by: int, at: datetime) -> TillSale:
    """Keep a sale that somebody made at a till, and count each of its lines that can be counted.

    It counts on the day on which it was made, however late it comes in. Raises NotFound for who
    did not stand there then, NotOnThisDay, NotForSale, KeyReused, and RungUpBefore when the same
    sale is there already.
    """
    made_at = sale.made_at(at)
    staff = get_till_then(by, sale.activity_id, made_at)
    activity = db.session.get_one(Activity, sale.activity_id)
    day = clock.day_of(made_at)
    if not activity.from_on <= day <= activity.until_on:
        raise NotOnThisDay
    kept = _keep(sale, day, by, at)
    lines = [_ring_up_line(kept, sale, line, staff, at) for line in _by_variant(sale)]
    db.session.add_all(lines)
    db.session.flush()
    db.session.expire(kept, ["lines"])
    return kept


def undo(undoing: Undoing, *, by: int, at: datetime) -> TillSale:
    """Take one's own sale back on the day it was made: its lines are reversed in the ledger, and
    the units are the fair's again. Once is enough. Raises NotUndone."""
    found = find_sale(by, undoing.sale_key)
    if found is None:
        raise NotUndone
    sale = _lock_sale(found.id)
    if sale.undone_at is not None:
        return sale
    if clock.day_of(undoing.made_at(at)) != sale.sold_on:
        raise NotUndone
    # Nobody closes it meanwhile: its row comes before its allotments'.
    db.session.get_one(Activity, sale.activity_id, with_for_update=True, populate_existing=True)
    for line in sorted(sale.lines, key=lambda line: line.allotment.variant_id):
        if line.counts:
            _take_back_line(line, by, at)
    sale.undone_at, sale.undone_by_id = at, by
    record("undo_till_sale", "activity", sale.activity_id, by=by, at=at, sale=sale.id)
    db.session.flush()
    return sale


def judge(line_id: int, verdict: Verdict, note: str, *, by: int, at: datetime) -> TillLine:
    """Say what becomes of a doubtful line. What counts is taken out of the allotment, then out of
    the cooperative's free stock; what even that does not hold was there though nobody had counted
    it, and is taken in first. Raises JudgedAlready."""
    sale = _lock_sale(db.session.get_one(TillLine, line_id).sale_id)
    line = db.session.get_one(TillLine, line_id, populate_existing=True)
    if not line.is_open or sale.undone_at is not None:
        raise JudgedAlready
    if verdict is Verdict.COUNTED:
        _bring_up_to(line, note, by, at)
        if not _sell(line.allotment_id, line.allotment.variant_id, line.quantity, by, at):
            raise JudgedAlready  # A till took them at this moment: look again.
        sold = SoldLine(line.allotment_id, line.quantity, line.unit_price_fen)
        line.entry_id = _enter(sale, sold, line.allotment, note, by, at)
    line.verdict, line.note, line.judged_at, line.judged_by_id = verdict, note, at, by
    record(
        "judge_till_line",
        "activity",
        sale.activity_id,
        by=by,
        at=at,
        line=line.id,
        verdict=verdict,
        note=note,
    )
    db.session.flush()
    return line


def _keep(sale: Sale, day: date, by: int, at: datetime) -> TillSale:
    """While another act is about to keep the same sale, this one waits for what becomes of it."""
    sale_id = insert_once(
        TillSale,
        "account_id",
        "key",
        activity_id=sale.activity_id,
        account_id=by,
        key=sale.key,
        made_at=sale.made_at(at),
        sold_on=day,
        at=at,
        buyer_type=sale.buyer_type,
        buyer_unit=sale.buyer_unit,
        paid_by=sale.paid_by,
        total_fen=sale.total_fen,
    )
    if sale_id is None:
        raise RungUpBefore
    return db.session.get_one(TillSale, sale_id)


def require_same(kept: TillSale, sale: Sale) -> None:
    """Raises KeyReused where a key comes with another sale than before."""
    before = {line.allotment_id: (line.quantity, line.unit_price_fen) for line in kept.lines}
    now = {line.allotment_id: (line.quantity, line.price_fen) for line in sale.lines}
    if (kept.activity_id, before) != (sale.activity_id, now):
        raise KeyReused


def _by_variant(sale: Sale) -> list[tuple[SoldLine, Allotment]]:
    wanted = {line.allotment_id: line for line in sale.lines}
    query = (
        select(Allotment)
        .where(Allotment.id.in_(wanted), Allotment.activity_id == sale.activity_id)
        .order_by(Allotment.variant_id)
    )
    found = db.session.scalars(query).all()
    if len(found) != len(wanted):
        raise NotForSale
    return [(wanted[allotment.id], allotment) for allotment in found]


def _ring_up_line(
    kept: TillSale, sale: Sale, pair: tuple[SoldLine, Allotment], staff: FairStaff, at: datetime
) -> TillLine:
    line, allotment = pair
    variant = db.session.get_one(Variant, allotment.variant_id)
    owner = db.session.get_one(Product, variant.product_id).cooperative_id
    if staff.cooperative_id not in (None, owner):
        raise NotForSale
    doubt = doubt_of(sale, line, allotment.price_fen, at, kept.activity.cancelled_at)
    entry_id = None
    if doubt is None and _sell(allotment.id, variant.id, line.quantity, kept.account_id, at):
        entry_id = _enter(kept, line, allotment, "", kept.account_id, at)
    elif doubt is None:
        doubt = Doubt.BEYOND
    return TillLine(
        sale_id=kept.id,
        allotment_id=allotment.id,
        quantity=line.quantity,
        unit_price_fen=line.price_fen,
        amount_fen=line.quantity * line.price_fen,
        entry_id=entry_id,
        doubt=doubt,
    )


def _sell(allotment_id: int, variant_id: int, quantity: int, by: int, at: datetime) -> bool:
    """Take units out of an allotment, if it still holds so many."""
    left = Allotment.allotted - Allotment.sold - Allotment.released
    statement = (
        update(Allotment)
        .where(Allotment.id == allotment_id, left >= quantity)
        .values(sold=Allotment.sold + quantity)
        .returning(Allotment.id)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    if db.session.scalar(statement) is None:
        return False
    _forget(allotment_id)
    reference = reference_of(allotment_id)
    sell(variant_id, quantity, by=by, at=at, reference=reference)
    return True


def _take_back_line(line: TillLine, by: int, at: datetime) -> None:
    """The units are held for the fair again; where it is closed, a batch of theirs was recalled
    since, or pre-sales have the first call on them, they lie in the store."""
    allotment = _lock(line.allotment_id)
    assert line.entry_id is not None
    month = claim_open_month(_town_of(line), line.sale.sold_on)
    counted_on = _counted_on(month, line.sale.sold_on)
    reversal = reverse_sale(line.entry_id, "收银台当天撤销", by=by, at=at, counted_on=counted_on)
    line.reversal_id = reversal.id
    allotment.sold -= line.quantity
    db.session.flush()
    move: dict[str, Any] = {"by": by, "at": at, "reference": allotment.reference}
    take_back(allotment.variant_id, line.quantity, **move)
    product_id = allotment.variant.product_id
    is_recalled = is_called_back_since(product_id, line.sale.made_at)
    if line.sale.activity.closed_at is None and not is_recalled:
        try:
            hold(allotment.variant_id, line.quantity, **move)
        except OutOfStock:
            allotment.released += line.quantity
    else:
        allotment.released += line.quantity
    db.session.flush()


def _bring_up_to(line: TillLine, note: str, by: int, at: datetime) -> None:
    """See that the allotment holds as many as were sold."""
    allotment = _lock(line.allotment_id)
    missing = line.quantity - allotment.left
    if missing <= 0:
        return
    variant = db.session.get_one(
        Variant, allotment.variant_id, with_for_update=True, populate_existing=True
    )
    line.from_store = min(missing, variant.available)
    line.found = missing - line.from_store
    allotment.allotted += missing
    db.session.flush()
    move: dict[str, Any] = {"by": by, "at": at, "reference": allotment.reference}
    if line.from_store:
        hold(variant.id, line.from_store, **move)
    if line.found:
        hold_found(variant.id, line.found, **move, reason=note)


def _enter(
    sale: TillSale, line: SoldLine, allotment: Allotment, note: str, by: int, at: datetime
) -> int:
    variant = db.session.get_one(Variant, allotment.variant_id)
    product = db.session.get_one(Product, variant.product_id)
    cooperative = db.session.get_one(Organisation, product.cooperative_id)
    activity = db.session.get_one(Activity, sale.activity_id)
    month = claim_open_month(cooperative.town_code or "", sale.sold_on)
    counted_on = _counted_on(month, sale.sold_on)
    facts = SaleFacts(
        sold_on=sale.sold_on,
        counted_on=counted_on,
        cooperative_id=cooperative.id,
        category_id=product.category_id,
        product_id=product.id,
        product_name=product.name,
        spec=variant.spec,
        unit=variant.unit,
        quantity_milli=line.quantity * MILLI,
        unit_price_fen=line.price_fen,
        amount_fen=line.quantity * line.price_fen,
        net_weight_g=line.quantity * variant.net_weight_g,
        channel=Channel.FAIR,
        activity_id=activity.id,
        activity_name=activity.name,
        mode=mode_of(sale.buyer_type),
        buyer_type=sale.buyer_type,
        buyer_unit=sale.buyer_unit,
        buyer_district="",
        paid_on=sale.sold_on,
        note=note or (_TOO_LATE if counted_on != sale.sold_on else ""),
    )
    return enter_sale(facts, by=by, at=at).id


def _counted_on(month: str, day: date) -> date:
    """The day itself, or the first of the open month in which it counts."""
    return day if clock.month_of(day) == month else date.fromisoformat(f"{month}-01")


def _town_of(line: TillLine) -> str:
    product = line.allotment.variant.product
    return db.session.get_one(Organisation, product.cooperative_id).town_code or ""


def _lock_sale(sale_id: int) -> TillSale:
    sale = db.session.get_one(TillSale, sale_id, with_for_update=True, populate_existing=True)
    for line in sale.lines:
        db.session.refresh(line)
    return sale


def _lock(allotment_id: int) -> Allotment:
    return db.session.get_one(Allotment, allotment_id, with_for_update=True, populate_existing=True)


def _forget(allotment_id: int) -> None:
    """An object that was read before must not keep the old counts."""
    known = db.session.identity_map.get(db.session.identity_key(Allotment, allotment_id))
    if known is not None:
        db.session.expire(known, ["sold"])

"""Write harvests down, promise for them, pick from them, and call them back.

Whoever picks from a batch, certifies it or calls it back locks its row first: of the two one is
first. Batches are locked by ascending id, after the parts of orders and before variants.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select, update

from catalog.batches.errors import (
    BatchMissing,
    BatchNotUsable,
    BatchRecalled,
    LessThanSent,
    NoContact,
    NotHarvestedYet,
)
from catalog.batches.events import BatchCalledBack
from catalog.batches.gateways import StoredReport
from catalog.batches.models import (
    Basis,
    Batch,
    BatchRecall,
    ConformityCertificate,
    TestReport,
)
from catalog.batches.queries import IS_OPEN, list_covered, list_lots, sum_received
from catalog.batches.rules import (
    CODE_LENGTH,
    CODE_SIGNS,
    Lot,
    certificate_number,
    code_of,
    fits,
    lying_there,
    origin_of,
    pick,
    without,
)
from catalog.products.models import Product, Variant
from catalog.products.queries import get_own_product, get_own_variant
from catalog.stock.services import receive, write_off
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db, insert_once
from shop.errors import NotFound
from shop.events import announce


@dataclass(frozen=True, kw_only=True)
class BatchDraft:
    """What a cooperative says about a harvest. Grams; the day is one in Zhuhai."""

    harvested_on: date
    quantity_g: int
    plot: str = ""
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class Want:
    """So many units of a line that are to leave; ``chosen`` are units by batch, None for the
    first harvested. ``product_name`` and ``unit`` are what an error calls them."""

    line_id: int
    product_id: int
    product_name: str
    unit: str
    quantity: int
    net_weight_g: int
    chosen: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """Units by batch for a line, and whether the law asked for their certificate."""

    line_id: int
    is_covered: bool
    units: Mapping[int, int]


def record_batch(
    cooperative_id: int,
    product_id: int,
    draft: BatchDraft,
    *,
    key: str,
    by: int | None,
    at: datetime,
) -> Batch:
    """Write a harvest down; a key that was used before gives the batch of then.

    Raises NotFound for a stranger's product, or NotHarvestedYet.
    """
    product = get_own_product(cooperative_id, product_id)
    _require_harvested(draft, at)
    batch_id = insert_once(
        Batch,
        "key",
        product_id=product.id,
        code=code_of([secrets.randbelow(len(CODE_SIGNS)) for _ in range(CODE_LENGTH)]),
        key=key,
        made_at=at,
        made_by_id=by,
        **asdict(draft),
    )
    if batch_id is None:
        return _known(cooperative_id, key)
    batch = db.session.get_one(Batch, batch_id)
    record("batch.make", "batch", batch.code, by=by, at=at, **_facts(draft), product=product_id)
    return batch


def certify(
    cooperative_id: int, code: str, basis: Basis, *, by: int | None, at: datetime
) -> ConformityCertificate:
    """Issue a batch's certificate with what holds now; one that it has already is replaced.

    Raises NotFound, BatchRecalled or NoContact.
    """
    return _issue(_lock_own(cooperative_id, code), basis, by, at)


def change_batch(
    cooperative_id: int, code: str, draft: BatchDraft, *, by: int, at: datetime
) -> Batch:
    """Correct what was written down. A certificate stays as it was issued: a new one takes its
    place.

    Raises NotFound, NotHarvestedYet, BatchRecalled, LessThanSent or NoContact.
    """
    batch = _lock_own(cooperative_id, code)
    _require_harvested(draft, at)
    if draft.quantity_g < batch.allocated_g:
        raise LessThanSent(f"{-(-batch.allocated_g // 10) / 100:g}")
    for name, value in asdict(draft).items():
        setattr(batch, name, value)
    db.session.flush()
    record("batch.change", "batch", code, by=by, at=at, **_facts(draft))
    if batch.certificate is not None:
        _issue(batch, batch.certificate.basis, by, at)
    return batch


def take_in(
    cooperative_id: int, code: str, variant_id: int, quantity: int, *, by: int, at: datetime
) -> None:
    """Put units of a batch into the store. Raises NotFound or BatchRecalled."""
    batch = _lock_own(cooperative_id, code)
    get_own_variant(cooperative_id, batch.product_id, variant_id)
    receive(variant_id, quantity, by=by, at=at, reason="harvest", batch_id=batch.id)


def close_batch(cooperative_id: int, code: str, *, by: int, at: datetime) -> None:
    """Nothing of it is left in the store: it is offered for picking no more. Raises NotFound."""
    batch = _lock(code, cooperative_id)
    if batch.closed_at is None:
        batch.closed_at, batch.closed_by_id = at, by
        record("batch.close", "batch", code, by=by, at=at)


def keep_report(
    cooperative_id: int,
    code: str,
    stored: StoredReport,
    *,
    public: bool,
    by: int | None,
    at: datetime,
) -> TestReport:
    """Note that a checked report lies in the uploads. Raises NotFound."""
    batch = _lock(code, cooperative_id)
    report = TestReport(
        batch_id=batch.id,
        form=stored.form,
        sha256=stored.sha256,
        size=stored.size,
        uploaded_at=at,
        uploaded_by_id=by,
        published_at=at if public else None,
    )
    db.session.add(report)
    db.session.flush()
    record("batch.report", "batch", code, by=by, at=at, sha256=stored.sha256, public=public)
    return report


def show_report(report: TestReport, *, by: int, at: datetime) -> None:
    """Let everybody read it on the page behind the QR code."""
    if report.published_at is None:
        report.published_at = at
        record("batch.show_report", "test_report", report.id, by=by, at=at)


def hide_report(report: TestReport, *, by: int, at: datetime) -> None:
    """Say only that there is one."""
    if report.published_at is not None:
        report.published_at = None
        record("batch.hide_report", "test_report", report.id, by=by, at=at)


def recall(
    code: str, reason: str, *, cooperative_id: int | None = None, by: int, at: datetime
) -> BatchRecall:
    """Call a batch back: nothing more of it is picked, what lies there for nobody is written off,
    and whoever listens tells its buyers. Without a cooperative it may be anybody's.

    Raises NotFound, or BatchRecalled when that was said before.
    """
    batch = _lock(code, cooperative_id)
    if batch.recall is not None:
        raise BatchRecalled
    called_back = batch.recall = BatchRecall(reason=reason, at=at, by_id=by)
    db.session.flush()
    # Whoever listens gives back what it kept of it elsewhere, so that this is written off as well.
    announce(BatchCalledBack(batch.id, at))
    units = _write_off_rest(batch, by, at)
    record("batch.recall", "batch", code, by=by, at=at, reason=reason, written_off=units)
    return called_back


def pick_for(wants: Sequence[Want]) -> list[Picked]:
    """Take what leaves from batches, the first harvested first unless others were chosen.

    Goods of a covered category need a certified batch for each unit; of others, as many units
    name their batch as batches have. Raises BatchMissing or BatchNotUsable.
    """
    product_ids = {want.product_id for want in wants}
    covered = list_covered(product_ids)
    lots = list_lots(_lock_open(product_ids))
    picked = []
    for want in wants:
        found = lots.setdefault(want.product_id, [])
        units = _units_for(want, found, is_covered=want.product_id in covered)
        for batch_id, count in units.items():
            _take(batch_id, count * want.net_weight_g, want)
        lots[want.product_id] = without(found, units, want.net_weight_g)
        picked.append(Picked(want.line_id, want.product_id in covered, units))
    return picked


def _units_for(want: Want, lots: Sequence[Lot], *, is_covered: bool) -> Mapping[int, int]:
    if want.chosen is not None:
        whole = sum(want.chosen.values()) == want.quantity
        if not whole or not fits(lots, want.chosen, want.net_weight_g):
            raise BatchNotUsable(want.product_name)
        return want.chosen
    units, missing = pick(lots, want.quantity, want.net_weight_g)
    if missing and is_covered:
        raise BatchMissing(want.product_name, missing, want.unit)
    return units


def _take(batch_id: int, grams: int, want: Want) -> None:
    taken = db.session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.quantity_g - Batch.allocated_g >= grams)
        .values(allocated_g=Batch.allocated_g + grams)
        .returning(Batch.id)
        .execution_options(synchronize_session="fetch")
    ).first()
    if taken is None:
        raise BatchNotUsable(want.product_name)


def _lock_open(product_ids: Collection[int]) -> list[int]:
    """What may still lie in the store of these products. Certificates and recalls are read in a
    statement of its own, once nobody else can write them."""
    query = (
        select(Batch.id)
        .where(Batch.product_id.in_(product_ids), IS_OPEN)
        .order_by(Batch.id)
        .with_for_update()
    )
    return list(db.session.scalars(query))


def _lock_own(cooperative_id: int, code: str) -> Batch:
    """A cooperative's batch that was not called back."""
    batch = _lock(code, cooperative_id)
    if batch.recall is not None:
        raise BatchRecalled
    return batch


def _lock(code: str, cooperative_id: int | None) -> Batch:
    """A batch as it is now; whoever else wants it waits. Raises NotFound."""
    query = select(Batch).join(Batch.product).where(Batch.code == code)
    if cooperative_id is not None:
        query = query.where(Product.cooperative_id == cooperative_id)
    locked = query.with_for_update(of=Batch).execution_options(populate_existing=True)
    batch = db.session.scalars(locked).one_or_none()
    if batch is None:
        raise NotFound
    db.session.refresh(batch, ["certificates", "recall"])
    return batch


def _issue(batch: Batch, basis: Basis, by: int | None, at: datetime) -> ConformityCertificate:
    product, cooperative = batch.product, batch.product.cooperative
    if not cooperative.phone:
        raise NoContact
    before = batch.certificate
    certificate = ConformityCertificate(
        batch_id=batch.id,
        number=certificate_number(batch.code, len(batch.certificates)),
        replaces_id=before.id if before else None,
        basis=basis,
        product_name=product.name,
        quantity_g=batch.quantity_g,
        harvested_on=batch.harvested_on,
        origin=origin_of(product, product.town),
        responsible_party=cooperative.name,
        credit_code=cooperative.credit_code,
        contact=cooperative.phone,
        issued_at=at,
        issued_by_id=by,
    )
    db.session.add(certificate)
    db.session.flush()
    db.session.expire(batch, ["certificates"])
    number, replaced = certificate.number, before.number if before else ""
    record("batch.certify", "batch", batch.code, by=by, at=at, number=number, replaces=replaced)
    return certificate


def _write_off_rest(batch: Batch, by: int, at: datetime) -> int:
    """Take what is left of a batch off the store, as far as nobody's order holds it; return how
    many units. Where no receipt named the batch, what lies there is taken to be of it."""
    received = sum_received(batch.id)
    variants = db.session.scalars(
        select(Variant)
        .where(Variant.product_id == batch.product_id)
        .order_by(Variant.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    left_g, written_off = batch.left_g, 0
    for variant in variants:
        known = received.get(variant.id, 0) if received else None
        units = lying_there(left_g, variant.net_weight_g, unheld=variant.unheld, received=known)
        if units:
            write_off(
                variant.id, units, by=by, at=at, reason=f"recall {batch.code}", batch_id=batch.id
            )
            left_g -= units * variant.net_weight_g
            written_off += units
    return written_off


def _known(cooperative_id: int, key: str) -> Batch:
    query = (
        select(Batch)
        .join(Batch.product)
        .where(Batch.key == key, Product.cooperative_id == cooperative_id)
    )
    batch = db.session.scalars(query).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def _require_harvested(draft: BatchDraft, at: datetime) -> None:
    if draft.harvested_on > clock.day_of(at):
        raise NotHarvestedYet


def _facts(draft: BatchDraft) -> dict[str, str | int]:
    return asdict(draft) | {"harvested_on": draft.harvested_on.isoformat()}

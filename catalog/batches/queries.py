"""Read batches: a cooperative its own, everybody the one whose code they hold."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from catalog.batches.models import Batch, BatchRecall, ConformityCertificate, TestReport
from catalog.batches.rules import Lot
from catalog.categories.models import Category
from catalog.products.models import Product, Variant
from catalog.stock.models import MovementKind, StockMovement
from shop.db import db, total
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 20

# Something of it may still lie in the store.
IS_OPEN = Batch.closed_at.is_(None) & (Batch.allocated_g < Batch.quantity_g)
IS_CERTIFIED = exists().where(ConformityCertificate.batch_id == Batch.id)
IS_RECALLED = exists().where(BatchRecall.batch_id == Batch.id)


def get_own_batch(cooperative_id: int, code: str) -> Batch:
    """A batch of a cooperative's with all that its page shows. Raises NotFound to others."""
    return _get(_whole(), Batch.code == code, Product.cooperative_id == cooperative_id)


def get_batch(code: str) -> Batch:
    """Raises NotFound."""
    return _get(_whole(), Batch.code == code)


def find_traced(code: str) -> Batch | None:
    """What the page behind a QR code says. A batch has few certificates and reports: two
    statements are all."""
    query = (
        select(Batch)
        .join(Batch.product)
        .where(Batch.code == code)
        .options(
            contains_eager(Batch.product).joinedload(Product.town, innerjoin=True),
            contains_eager(Batch.product).joinedload(Product.cooperative, innerjoin=True),
            contains_eager(Batch.product).joinedload(Product.category, innerjoin=True),
            contains_eager(Batch.product).joinedload(Product.picture),
            joinedload(Batch.recall),
            joinedload(Batch.certificates),
            selectinload(Batch.reports),
        )
    )
    return db.session.scalars(query).unique().one_or_none()


def is_code(code: str) -> bool:
    """Whether a batch has this code."""
    return db.session.scalar(select(Batch.id).where(Batch.code == code)) is not None


def find_newest(product_id: int) -> Batch | None:
    """The last harvest of a product that may leave: what its page can be proud of."""
    query = (
        select(Batch)
        .where(Batch.product_id == product_id, IS_CERTIFIED, ~IS_RECALLED)
        .order_by(Batch.harvested_on.desc(), Batch.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def list_own_batches(cooperative_id: int, number: int, product_id: int | None) -> Page[Batch]:
    """A cooperative's batches, of one product or of all, the latest harvest first."""
    query = _whole().where(Product.cooperative_id == cooperative_id)
    if product_id is not None:
        query = query.where(Batch.product_id == product_id)
    return paginate(query.order_by(Batch.harvested_on.desc(), Batch.id.desc()), number, PER_PAGE)


def list_usable(product_ids: Collection[int]) -> Sequence[Batch]:
    """What can be picked of these products now, the first harvested first; certified, and where
    no certificate is asked for, others too."""
    query = (
        select(Batch)
        .join(Batch.product)
        .join(Product.category)
        .where(
            Batch.product_id.in_(product_ids),
            IS_OPEN,
            ~IS_RECALLED,
            IS_CERTIFIED | ~Category.certificate_covered,
        )
        .order_by(Batch.harvested_on, Batch.id)
    )
    return db.session.scalars(query).all()


def list_lots(batch_ids: Collection[int]) -> dict[int, list[Lot]]:
    """What may leave of these batches by product, the first harvested first. Lock them before."""
    query = (
        select(Batch.product_id, Batch.id, Batch.quantity_g - Batch.allocated_g)
        .join(Batch.product)
        .join(Product.category)
        .where(
            Batch.id.in_(batch_ids),
            IS_OPEN,
            ~IS_RECALLED,
            IS_CERTIFIED | ~Category.certificate_covered,
        )
        .order_by(Batch.harvested_on, Batch.id)
    )
    lots: dict[int, list[Lot]] = {}
    for product_id, batch_id, left_g in db.session.execute(query):
        lots.setdefault(product_id, []).append(Lot(batch_id, left_g))
    return lots


def list_covered(product_ids: Collection[int]) -> set[int]:
    """Those of which the law asks for a certificate with each batch."""
    query = (
        select(Product.id)
        .join(Product.category)
        .where(Product.id.in_(product_ids), Category.certificate_covered)
    )
    return set(db.session.scalars(query))


def list_lacking(cooperative_id: int) -> Sequence[Product]:
    """Products on sale of a covered category of which nothing may leave now."""
    can_leave = exists().where(Batch.product_id == Product.id, IS_OPEN, IS_CERTIFIED, ~IS_RECALLED)
    query = (
        select(Product)
        .join(Product.category)
        .where(
            Product.cooperative_id == cooperative_id,
            Product.delisted_at.is_(None),
            Category.certificate_covered,
            ~can_leave,
        )
        .order_by(Product.id)
    )
    return db.session.scalars(query).all()


def sum_received(batch_id: int) -> dict[int, int]:
    """Units that came into the store with a batch, by variant."""
    query = (
        select(StockMovement.variant_id, total(StockMovement.quantity).label("units"))
        .where(StockMovement.batch_id == batch_id, StockMovement.kind == MovementKind.RECEIVE)
        .group_by(StockMovement.variant_id)
    )
    return {row.variant_id: row.units for row in db.session.execute(query)}


def list_variants(product_id: int) -> Sequence[Variant]:
    """The ways in which a product is sold."""
    query = (
        select(Variant)
        .where(Variant.product_id == product_id, Variant.withdrawn_at.is_(None))
        .order_by(Variant.position, Variant.id)
    )
    return db.session.scalars(query).all()


def get_own_report(cooperative_id: int, code: str, report_id: int) -> TestReport:
    """Raises NotFound to others."""
    own = Product.cooperative_id == cooperative_id
    return _get_report(Batch.code == code, TestReport.id == report_id, own)


def get_public_report(code: str, report_id: int) -> TestReport:
    """One that the cooperative shows to everybody. Raises NotFound for others."""
    is_public = TestReport.published_at.is_not(None)
    return _get_report(Batch.code == code, TestReport.id == report_id, is_public)


def count_certificates(batch_id: int) -> int:
    query = select(func.count(ConformityCertificate.id)).where(
        ConformityCertificate.batch_id == batch_id
    )
    return db.session.scalar(query) or 0


def _get_report(*conditions: ColumnElement[bool]) -> TestReport:
    query = select(TestReport).join(TestReport.batch).join(Batch.product).where(*conditions)
    report = db.session.scalars(query).one_or_none()
    if report is None:
        raise NotFound
    return report


def _get(query: Select[Batch], *conditions: ColumnElement[bool]) -> Batch:
    batch = db.session.scalars(query.where(*conditions)).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def _whole() -> Select[Batch]:
    return (
        select(Batch)
        .join(Batch.product)
        .options(
            contains_eager(Batch.product).joinedload(Product.category, innerjoin=True),
            joinedload(Batch.recall).joinedload(BatchRecall.by),
            selectinload(Batch.certificates),
            selectinload(Batch.reports),
        )
    )

"""Read allotments, tills and what they sold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from catalog.batches.models import Batch, BatchRecall
from catalog.products.models import Product, Variant
from orders.fairs.models import Activity, Allotment, FairStaff, TillLine, TillSale
from orders.fairs.queries.activities import is_held
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.web.paging import Page, paginate

SALES_PER_PAGE = 30
# How many variants a cooperative's page offers to allot at once.
VARIANTS_PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A variant on sale, and what of it is allotted if anything is."""

    variant: Variant
    allotment: Allotment | None


def list_offers(cooperative_id: int, activity_id: int, number: int) -> Page[Offer]:
    """All that a cooperative could allot, what it did allot first."""
    query = (
        select(Variant, Allotment)
        .join(Variant.product)
        .outerjoin(
            Allotment,
            (Allotment.variant_id == Variant.id) & (Allotment.activity_id == activity_id),
        )
        .where(
            Product.cooperative_id == cooperative_id,
            Allotment.id.is_not(None)
            | (Product.delisted_at.is_(None) & Variant.withdrawn_at.is_(None)),
        )
        .options(contains_eager(Variant.product))
        .order_by(Allotment.id.is_(None), Product.listed_at.desc(), Product.id.desc(), Variant.id)
    )
    from_, until = (number - 1) * VARIANTS_PER_PAGE, number * VARIANTS_PER_PAGE
    rows = db.session.execute(query).all()
    return Page([Offer(*row) for row in rows[from_:until]], number, VARIANTS_PER_PAGE, len(rows))


def find_allotment(activity_id: int, variant_id: int, *, lock: bool = False) -> Allotment | None:
    query = select(Allotment).where(
        Allotment.activity_id == activity_id, Allotment.variant_id == variant_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def list_allotments(
    activity_id: int, cooperative_ids: Collection[int] | None = None
) -> Sequence[Allotment]:
    """What was allotted to an activity, by cooperative and product."""
    query = (
        select(Allotment)
        .join(Allotment.variant)
        .join(Variant.product)
        .join(Product.cooperative)
        .where(Allotment.activity_id == activity_id)
        .options(
            contains_eager(Allotment.variant)
            .contains_eager(Variant.product)
            .contains_eager(Product.cooperative)
        )
        .order_by(Organisation.name, Product.name, Variant.id)
    )
    if cooperative_ids is not None:
        query = query.where(Product.cooperative_id.in_(cooperative_ids))
    return db.session.scalars(query).all()


def list_called_back(
    activity_id: int, cooperative_ids: Collection[int] | None = None
) -> Sequence[BatchRecall]:
    """Recalls, since an activity was announced and until it was closed, of products that were put
    aside for it."""
    is_there = exists().where(
        Activity.id == activity_id,
        Activity.announced_at <= BatchRecall.at,
        or_(Activity.closed_at.is_(None), Activity.closed_at >= BatchRecall.at),
        Allotment.activity_id == Activity.id,
        Allotment.variant_id == Variant.id,
        Variant.product_id == Batch.product_id,
    )
    query = (
        select(BatchRecall)
        .join(BatchRecall.batch)
        .join(Batch.product)
        .where(is_there)
        .options(contains_eager(BatchRecall.batch).contains_eager(Batch.product))
        .order_by(BatchRecall.id.desc())
    )
    if cooperative_ids is not None:
        query = query.where(Product.cooperative_id.in_(cooperative_ids))
    return db.session.scalars(query).all()


def is_called_back_since(product_id: int, at: datetime) -> bool:
    """Whether a batch of a product was recalled from a moment on."""
    query = select(BatchRecall.id).join(BatchRecall.batch)
    query = query.where(Batch.product_id == product_id, BatchRecall.at >= at).limit(1)
    return db.session.scalar(query) is not None


def list_states(account_id: int, activity_ids: Collection[int]) -> Sequence[Allotment]:
    """How the goods of somebody's tills stand now."""
    query = (
        select(Allotment)
        .join(Allotment.variant)
        .join(Variant.product)
        .join(FairStaff, FairStaff.activity_id == Allotment.activity_id)
        .where(
            Allotment.activity_id.in_(activity_ids),
            FairStaff.account_id == account_id,
            FairStaff.ended_at.is_(None),
            FairStaff.cooperative_id.is_(None)
            | (FairStaff.cooperative_id == Product.cooperative_id),
        )
        .order_by(Allotment.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def list_tended(account_id: int, today: date) -> Sequence[Activity]:
    """The activities at whose tills somebody may stand, from now on."""
    query = (
        select(Activity)
        .join(FairStaff, FairStaff.activity_id == Activity.id)
        .where(
            FairStaff.account_id == account_id,
            FairStaff.ended_at.is_(None),
            is_held(),
            Activity.until_on >= today,
        )
        .order_by(Activity.from_on, Activity.id)
    )
    return db.session.scalars(query).unique().all()


def get_till(account_id: int, activity_id: int) -> FairStaff:
    """Somebody's own place at an announced activity. Raises NotFound."""
    return _staff(
        FairStaff.account_id == account_id,
        FairStaff.activity_id == activity_id,
        FairStaff.ended_at.is_(None),
    )


def get_till_then(account_id: int, activity_id: int, at: datetime) -> FairStaff:
    """Whether somebody could sell there at that moment, though perhaps not now. Raises NotFound."""
    return _staff(
        FairStaff.account_id == account_id,
        FairStaff.activity_id == activity_id,
        or_(FairStaff.ended_at.is_(None), FairStaff.ended_at > at),
    )


def find_sale(account_id: int, key: str) -> TillSale | None:
    """One's own sale, by the key that the phone gave it."""
    return db.session.scalars(
        _sales().where(TillSale.account_id == account_id, TillSale.key == key)
    ).one_or_none()


def get_own_sale(account_id: int, activity_id: int, sale_id: int) -> TillSale:
    """Raises NotFound for another one's."""
    query = _sales().where(
        TillSale.account_id == account_id,
        TillSale.activity_id == activity_id,
        TillSale.id == sale_id,
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_own_sales(account_id: int, activity_id: int, number: int) -> Page[TillSale]:
    """What somebody sold at an activity, the newest first."""
    query = _sales().where(TillSale.account_id == account_id, TillSale.activity_id == activity_id)
    return paginate(query.order_by(TillSale.id.desc()), number, SALES_PER_PAGE)


def list_sales_in(
    activity_id: int, scope: Scope, number: int, sale_id: int | None = None
) -> Page[TillLine]:
    """The till's own list of an activity: each line of the scope's towns, the newest first; or
    only those of one sale."""
    query = _lines().where(
        TillSale.activity_id == activity_id, scope.contains(Organisation.town_code)
    )
    if sale_id is not None:
        query = query.where(TillSale.id == sale_id)
    return paginate(query.order_by(TillLine.id.desc()), number, SALES_PER_PAGE)


def find_receipt(entry_id: int, scope: Scope) -> TillSale | None:
    """The sale at a till by which a ledger line of the scope counts, where ``list_sales_in`` shows
    it to the same official."""
    query = _lines().where(TillLine.entry_id == entry_id, scope.contains(Organisation.town_code))
    line = db.session.scalars(query).one_or_none()
    return line.sale if line else None


def list_doubts(
    activity_id: int, *, scope: Scope | None = None, cooperative_id: int | None = None
) -> Sequence[TillLine]:
    """Lines that wait for a note, the oldest first: of a scope's towns, or of a cooperative."""
    query = _lines().where(
        TillSale.activity_id == activity_id,
        TillSale.undone_at.is_(None),
        TillLine.doubt.is_not(None),
        TillLine.verdict.is_(None),
        _theirs(scope, cooperative_id),
    )
    return db.session.scalars(query.order_by(TillLine.id).limit(SALES_PER_PAGE)).all()


def get_line(
    activity_id: int,
    line_id: int,
    *,
    scope: Scope | None = None,
    cooperative_id: int | None = None,
) -> TillLine:
    """A till line of a scope's towns, or of a cooperative's goods. Raises NotFound."""
    query = _lines().where(
        TillSale.activity_id == activity_id,
        TillLine.id == line_id,
        _theirs(scope, cooperative_id),
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def _theirs(scope: Scope | None, cooperative_id: int | None) -> ColumnElement[bool]:
    if scope is not None:
        return scope.contains(Organisation.town_code)
    return Product.cooperative_id == cooperative_id


def _staff(*conditions: ColumnElement[bool]) -> FairStaff:
    query = (
        select(FairStaff)
        .join(Activity, Activity.id == FairStaff.activity_id)
        .where(*conditions, Activity.announced_at.is_not(None))
        .order_by(FairStaff.id.desc())
        .limit(1)
    )
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def _sales() -> Select[TillSale]:
    return select(TillSale).options(
        joinedload(TillSale.activity),
        joinedload(TillSale.account).lazyload("*"),
        selectinload(TillSale.lines)
        .joinedload(TillLine.allotment)
        .joinedload(Allotment.variant)
        .joinedload(Variant.product),
    )


def _lines() -> Select[TillLine]:
    return (
        select(TillLine)
        .join(TillLine.sale)
        .join(TillLine.allotment)
        .join(Allotment.variant)
        .join(Variant.product)
        .join(Product.cooperative)
        .options(
            contains_eager(TillLine.sale).options(joinedload(TillSale.account).lazyload("*")),
            contains_eager(TillLine.allotment)
            .contains_eager(Allotment.variant)
            .contains_eager(Variant.product)
            .contains_eager(Product.cooperative),
            joinedload(TillLine.judged_by).lazyload("*"),
        )
    )

"""Read claims: a buyer their own, a cooperative those about its goods, the offices all."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from orders.claims.models import Claim, ClaimLine, ClaimPhoto
from orders.records.models import Order, SubOrder
from orders.refunds.models import Side
from shop.accounts.people.models import MemberRole, Membership
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 20


def get_own_claim(account_id: int, order_number: str, claim_id: int) -> Claim:
    """A claim about a buyer's own order. Raises NotFound to strangers."""
    own = (Order.account_id == account_id) & (Order.number == order_number)
    return _get(own & (Claim.id == claim_id))


def get_cooperatives_claim(cooperative_id: int, claim_id: int) -> Claim:
    """A claim about a cooperative's own goods. Raises NotFound to others."""
    return _get((SubOrder.cooperative_id == cooperative_id) & (Claim.id == claim_id))


def get_claim(claim_id: int) -> Claim:
    """A claim as the database has it now. Raises NotFound."""
    return _get(Claim.id == claim_id)


def find_open_claim(sub_order_id: int) -> int | None:
    """The id of the claim about a part that is not settled yet."""
    query = select(Claim.id).where(Claim.sub_order_id == sub_order_id, Claim.closed_at.is_(None))
    return db.session.scalar(query)


def list_claims_of(sub_order_ids: Collection[int]) -> Sequence[Claim]:
    """The claims about some parts, in the order in which they were made."""
    return db.session.scalars(
        _whole().where(Claim.sub_order_id.in_(sub_order_ids)).order_by(Claim.id)
    ).all()


def list_cooperatives_claims(cooperative_id: int, number: int, *, waiting: bool) -> Page[Claim]:
    """Those that wait for the cooperative, the most urgent first; else all, the newest first."""
    query = _whole().where(SubOrder.cooperative_id == cooperative_id)
    return _listed(query, Side.COOPERATIVE, number, waiting=waiting)


def list_claims(number: int, *, waiting: bool) -> Page[Claim]:
    """Those that wait for the platform, the most urgent first; else all, the newest first."""
    return _listed(_whole(), Side.PLATFORM, number, waiting=waiting)


class Waiting(NamedTuple):
    """How many claims wait for an answer, and until when the most urgent one does."""

    number: int
    first_due_at: datetime | None


def waiting_for_cooperative(cooperative_id: int) -> Waiting:
    query = (
        select(func.count(Claim.id), func.min(Claim.due_at))
        .join(Claim.part)
        .where(SubOrder.cooperative_id == cooperative_id, Claim.waits_for == Side.COOPERATIVE)
    )
    return Waiting(*db.session.execute(query).one())


def count_waiting_for_platform() -> int:
    query = select(func.count(Claim.id)).where(Claim.waits_for == Side.PLATFORM)
    return db.session.scalar(query) or 0


def list_overdue(at: datetime, limit: int) -> Sequence[int]:
    """Claims whose buyer or cooperative let their time run out."""
    query = (
        select(Claim.id)
        .where(Claim.waits_for.in_((Side.COOPERATIVE, Side.BUYER)), Claim.due_at < at)
        .order_by(Claim.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def list_loose_photos(account_id: int, photo_ids: Collection[int]) -> Sequence[ClaimPhoto]:
    """Of these, the account's own that belong to no claim yet."""
    query = (
        select(ClaimPhoto)
        .where(
            ClaimPhoto.id.in_(photo_ids),
            ClaimPhoto.uploaded_by_id == account_id,
            ClaimPhoto.claim_id.is_(None),
        )
        .order_by(ClaimPhoto.id)
    )
    return db.session.scalars(query).all()


def list_photo_hashes(among: Collection[str]) -> Sequence[str]:
    """Of these hashes, those of photos that are kept."""
    query = select(ClaimPhoto.sha256).where(ClaimPhoto.sha256.in_(among)).distinct()
    return db.session.scalars(query).all()


def get_photo(
    photo_id: int, account_id: int, cooperative_id: int | None, *, sees_all: bool
) -> ClaimPhoto:
    """A photo for its buyer, for the cooperative that the claim is about, or for the offices.

    One of no claim yet is shown only to who sent it. Raises NotFound to everybody else.
    """
    query = (
        select(ClaimPhoto, Order.account_id, SubOrder.cooperative_id)
        .outerjoin(ClaimPhoto.claim)
        .outerjoin(Claim.part)
        .outerjoin(SubOrder.order)
        .where(ClaimPhoto.id == photo_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    photo, buyer_id, seller_id = row
    if photo.claim_id is None:
        may_see = photo.uploaded_by_id == account_id
    else:
        may_see = sees_all or buyer_id == account_id or seller_id == cooperative_id
    if not may_see:
        raise NotFound
    return photo


def is_party(claim: Claim, account_id: int) -> bool:
    """Whether somebody made a claim or runs the cooperative that it is about."""
    manages = select(Membership.id).where(
        Membership.account_id == account_id,
        Membership.organisation_id == claim.part.cooperative_id,
        Membership.role == MemberRole.MANAGER,
        Membership.ended_at.is_(None),
    )
    return claim.opened_by_id == account_id or db.session.scalar(manages.limit(1)) is not None


def _get(condition: ColumnElement[bool]) -> Claim:
    query = _whole().where(condition).execution_options(populate_existing=True)
    claim = db.session.scalars(query).one_or_none()
    if claim is None:
        raise NotFound
    return claim


def _whole() -> Select[Claim]:
    """Claims with all that their pages show."""
    return (
        select(Claim)
        .join(Claim.part)
        .join(SubOrder.order)
        .options(
            contains_eager(Claim.part).contains_eager(SubOrder.order),
            joinedload(Claim.refund),
            selectinload(Claim.lines).joinedload(ClaimLine.line),
            selectinload(Claim.photos),
            selectinload(Claim.steps),
        )
    )


def _listed(query: Select[Claim], side: Side, number: int, *, waiting: bool) -> Page[Claim]:
    if waiting:
        query = query.where(Claim.waits_for == side).order_by(Claim.due_at, Claim.id)
    else:
        query = query.order_by(Claim.id.desc())
    return paginate(query, number, PER_PAGE)

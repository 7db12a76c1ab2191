"""Read who leaves, and what is still open."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from orders.claims.models import Claim
from orders.invoices.models import Invoice
from orders.records.models import Order, SubOrder
from shop.accounts.people.models import Membership
from shop.db import db, total
from shop.organisations.models import Organisation
from shop.web.paging import Page, paginate
from suppliers.bank_accounts.models import AccountChange
from suppliers.departures.models import Departure
from suppliers.departures.rules import Obstacles
from suppliers.settlements.models import Outcome, PayableEntry, PayoutRow

PER_PAGE = 20


def find_standing(cooperative_id: int) -> Departure | None:
    """The wish that was not taken back, final or not, as it is now."""
    query = (
        select(Departure)
        .where(Departure.organisation_id == cooperative_id, Departure.withdrawn_at.is_(None))
        .options(joinedload(Departure.asked_by).lazyload("*"), joinedload(Departure.organisation))
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one_or_none()


def list_departures(number: int) -> Page[Departure]:
    """Those that are not final, the oldest first, and then the final ones."""
    query = (
        select(Departure)
        .where(Departure.withdrawn_at.is_(None))
        .options(joinedload(Departure.asked_by).lazyload("*"), joinedload(Departure.organisation))
        .order_by(Departure.final_at.is_not(None), Departure.id)
    )
    return paginate(query, number, PER_PAGE)


def list_open() -> Sequence[int]:
    """The cooperatives that want to leave and have not."""
    query = select(Departure.organisation_id).where(
        Departure.withdrawn_at.is_(None), Departure.final_at.is_(None)
    )
    return db.session.scalars(query.order_by(Departure.id)).all()


def list_left_before(moment: datetime) -> Sequence[Membership]:
    """The parts in cooperatives that left before a moment and that have not ended."""
    query = (
        select(Membership)
        .join(Membership.organisation)
        .where(Organisation.left_at <= moment, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    )
    return db.session.scalars(query).all()


def find_obstacles(cooperative_id: int) -> Obstacles:
    """What must be done before a cooperative has left."""
    parts = select(SubOrder.id).where(SubOrder.cooperative_id == cooperative_id)
    return Obstacles(
        orders=_count(
            # Whatever was ordered and has neither arrived nor been called off, paid or not.
            select(SubOrder.id)
            .join(Order, Order.id == SubOrder.order_id)
            .where(
                SubOrder.cooperative_id == cooperative_id,
                SubOrder.accepted_at.is_(None),
                SubOrder.cancelled_at.is_(None),
                Order.closed_at.is_(None),
            )
        ),
        claims=_count(
            select(Claim.id).where(Claim.sub_order_id.in_(parts), Claim.closed_at.is_(None))
        ),
        owed_fen=db.session.scalar(
            # Settled or not: what was accepted lately waits for its statement.
            select(total(PayableEntry.amount_fen)).where(
                PayableEntry.cooperative_id == cooperative_id
            )
        )
        or 0,
        payouts=_count(
            select(PayoutRow.id).where(
                PayoutRow.cooperative_id == cooperative_id,
                or_(
                    PayoutRow.outcome.is_(None),
                    (PayoutRow.outcome == Outcome.RELEASED)
                    & PayoutRow.paid_at.is_(None)
                    & PayoutRow.returned_at.is_(None),
                ),
            )
        ),
        invoices=_count(
            # Asked for and not issued, or to be reversed.
            select(Invoice.id).where(
                Invoice.sub_order_id.in_(parts),
                Invoice.closed_at.is_(None),
                ~Invoice.documents.any() | Invoice.too_high_since.is_not(None),
            )
        ),
        account_changes=_count(
            select(AccountChange.id).where(
                AccountChange.organisation_id == cooperative_id, AccountChange.ended_at.is_(None)
            )
        ),
    )


def _count(query: Select[int]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0

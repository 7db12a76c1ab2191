"""Rules of claims."""

from typing import Any

from sqlalchemy import (
    Select,
    and_,
    func,
    or_,
    select,
)

from orders.claims.models import Claim, ClaimStep, StepKind
from orders.records.models import SubOrder
from orders.refunds.models import Refund, Side
from shop.breaches.comparing import summed


def overpaid_claims() -> Select[Any]:
    return (
        select(Claim.id)
        .join(Claim.refund)
        .where(Refund.amount_fen > Claim.goods_fen + Claim.freight_fen)
        .order_by(Claim.id)
    )


def wrong_turns() -> Select[Any]:
    """Whose turn it is follows from the last step; what is closed has come to an end."""
    last = summed(
        select(ClaimStep.claim_id.label("of"), func.max(ClaimStep.id).label("id")),
        ClaimStep.claim_id,
    )
    turns = {
        Side.COOPERATIVE: (StepKind.MADE, StepKind.AGREED),
        Side.BUYER: (StepKind.OFFERED, StepKind.REFUSED),
        Side.PLATFORM: (StepKind.ESCALATED,),
    }
    ends = (StepKind.AGREED, StepKind.RETURNED, StepKind.DECIDED)
    fits = [and_(Claim.waits_for == side, ClaimStep.kind.in_(of)) for side, of in turns.items()]
    ended = and_(
        Claim.waits_for.is_(None),
        ClaimStep.kind.in_((*ends, StepKind.WITHDRAWN, StepKind.LAPSED)),
    )
    return (
        select(Claim.id)
        .outerjoin(last, last.c.of == Claim.id)
        .outerjoin(ClaimStep, ClaimStep.id == last.c.id)
        .where(or_(ClaimStep.id.is_(None), ~or_(ended, *fits)))
        .order_by(Claim.id)
    )


def accepted_in_dispute() -> Select[Any]:
    return (
        select(SubOrder.id)
        .join(Claim, Claim.sub_order_id == SubOrder.id)
        .where(
            SubOrder.accepted_at > Claim.opened_at,
            or_(Claim.closed_at.is_(None), Claim.closed_at > SubOrder.accepted_at),
        )
        .order_by(SubOrder.id)
    )

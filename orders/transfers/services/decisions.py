"""Decide on what somebody else proposed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, update

from orders.transfers.errors import (
    AlreadyDecided,
    SamePerson,
)
from orders.transfers.models import (
    Decision,
)
from shop.db import db


def decide(model: type[Any], proposal: Any, decision: Decision, *, by: int, at: datetime) -> Any:
    """Decide on what somebody else proposed, once; a guarded update says who came first."""
    if proposal.proposed_by_id == by:
        raise SamePerson
    another: ColumnElement[bool] = or_(model.proposed_by_id.is_(None), model.proposed_by_id != by)
    statement = (
        update(model)
        .where(model.id == proposal.id, model.decision.is_(None), another)
        .values(decision=decision, decided_at=at, decided_by_id=by)
        .returning(model.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise AlreadyDecided
    db.session.refresh(proposal)
    return proposal

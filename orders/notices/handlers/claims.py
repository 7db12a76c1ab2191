"""Each step of a claim."""

from orders.claims.events import ClaimMoved
from orders.claims.models import StepKind
from orders.notices import queries
from orders.notices.handlers.letters import write_to_buyer, write_to_managers
from shop.events import on

# Steps of a claim that a side did not take itself; a buyer's own are told when a clock took them.
_NEWS_FOR_COOPERATIVE = {
    StepKind.MADE,
    StepKind.AGREED,
    StepKind.ESCALATED,
    StepKind.DECIDED,
    StepKind.WITHDRAWN,
    StepKind.LAPSED,
}
_BUYERS_OWN = {StepKind.AGREED, StepKind.ESCALATED, StepKind.LAPSED}
_NEWS_FOR_BUYER = _BUYERS_OWN | {
    StepKind.OFFERED,
    StepKind.REFUSED,
    StepKind.RETURNED,
    StepKind.DECIDED,
}


@on(ClaimMoved)
def tell_claim(event: ClaimMoved) -> None:
    """Each side reads what the other one, the platform or the clock did."""
    step = queries.get_claim_step(event.step_id)
    claim = step.claim
    told = {
        "kind": step.kind.value,
        "unasked": step.by_id is None,
        "amount_fen": step.amount_fen,
        "with_return": step.with_return,
        "text": step.text,
        "cooperative": claim.part.cooperative_name,
        "due": claim.due_at.isoformat() if claim.due_at else "",
    }
    if step.kind in _NEWS_FOR_COOPERATIVE:
        path = f"/cooperative/claims/{claim.id}"
        write_to_managers(
            claim.part, f"claim_to_cooperative:{step.id}", event.at, path=path, **told
        )
    if step.kind in _NEWS_FOR_BUYER and not (step.by_id and step.kind in _BUYERS_OWN):
        order = claim.part.order
        path = f"/orders/{order.number}/claims/{claim.id}"
        write_to_buyer(order, f"claim_to_buyer:{step.id}", event.at, path=path, **told)

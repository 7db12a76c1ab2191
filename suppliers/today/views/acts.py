"""What a phone kept while it had no network, or sends by itself: applied once, in its order."""

from flask import Blueprint
from flask_login import current_user

from catalog.products.models import Variant
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotAllowed
from shop.queued import Unreadable
from shop.web import queued
from shop.web.audience import Role, allow
from shop.web.queued import Answer
from suppliers.listings.views.listings import review_above
from suppliers.reviews.rules import sent_to_review
from suppliers.today import services
from suppliers.today.errors import KeyReused, SettledBefore
from suppliers.today.models import ActKind, DeskAct
from suppliers.today.queries import find_act, list_own_variants
from suppliers.today.rules import MOST_BYTES, Act, read_act

blueprint = Blueprint("desk_acts", __name__)


@blueprint.post("/cooperative/acts")
@allow(Role.COOPERATIVE, Role.PICKER)
def create() -> Answer | tuple[Answer, int]:
    """Settle each act in a transaction of its own, and say of each what became of it."""
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    sets_prices = Role.COOPERATIVE in current_user.roles
    sent = queued.read_acts(account_id, MOST_BYTES)
    if isinstance(sent, tuple):
        return sent
    results, variant_ids = [], set()
    for each in sent:
        try:
            act = read_act(each)
        except Unreadable as refusal:
            results.append(queued.refused(queued.key_in(each), refusal))
            continue
        if act.kind is ActKind.PRICE and not sets_prices:
            results.append(queued.refused(act.key, NotAllowed()))
            continue
        results.append(settle(cooperative_id, act, account_id))
        variant_ids.add(act.variant_id)
    return {
        "results": results,
        "states": [
            state_of(each, with_price=sets_prices)
            for each in list_own_variants(cooperative_id, variant_ids)
        ],
    }


def settle(cooperative_id: int, act: Act, account_id: int) -> Answer:
    """Do it, or find out what became of it when it came before."""
    at = clock.now()
    try:
        with transaction():
            above = review_above()
            services.settle(
                cooperative_id,
                act,
                by=account_id,
                at=at,
                review_above=above,
                held_back=sent_to_review(above),
            )
    except SettledBefore:
        pass
    except DomainError as refusal:
        with transaction():
            services.note_refusal(cooperative_id, act, refusal, by=account_id, at=at)
    outcome = find_act(account_id, act.key)
    assert outcome is not None, "it has just been written down"
    if (outcome.kind, outcome.variant_id, outcome.value) != (act.kind, act.variant_id, act.value):
        return queued.refused(act.key, KeyReused())
    return _told(outcome)


def state_of(variant: Variant, *, with_price: bool) -> Answer:
    """What the page shows of a variant."""
    state = {"id": variant.id, "version": variant.version, "count": variant.unheld}
    return state | ({"price": variant.price_fen} if with_price else {})


def _told(act: DeskAct) -> Answer:
    return {
        "key": act.key,
        "applied": act.refused_as is None,
        "code": act.refused_as or "",
        "reason": act.reason,
        "version": act.version,
        "waits": act.waits,
    }

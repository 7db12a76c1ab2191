"""Do what was changed at the desk, once, and write down what became of it."""

from datetime import datetime

from catalog.products.models import Variant
from catalog.products.queries import get_own_variant
from catalog.products.services.variants import set_price
from catalog.stock.services import adjust
from shop.db import db, insert_once
from shop.errors import DomainError
from suppliers.today.errors import SettledBefore, WaitedTooLong
from suppliers.today.models import ActKind, DeskAct
from suppliers.today.queries import find_act, find_version_of
from suppliers.today.rules import LONGEST_WAIT, Act


def settle(
    cooperative_id: int, act: Act, *, by: int, at: datetime, review_above: int, held_back: str
) -> None:
    """Change the stock or the price as an act says. A price that is more than so many percent away
    waits for the platform: the act keeps that, and the words for it.

    Raises NotFound for a stranger's variant, WaitedTooLong, whatever the stock and the product
    refuse, and SettledBefore when the act has its outcome already: nothing is done twice, even if
    it comes in twice at the same moment.
    """
    if find_act(by, act.key) is not None:
        raise SettledBefore
    if act.waited > LONGEST_WAIT:
        raise WaitedTooLong
    variant = get_own_variant(cooperative_id, None, act.variant_id)
    waits = _change(cooperative_id, variant, act, by, at, review_above)
    reason = held_back if waits else ""
    version = variant.version
    if not _write_down(cooperative_id, act, by, at, version=version, reason=reason, waits=waits):
        raise SettledBefore


def note_refusal(
    cooperative_id: int, act: Act, refusal: DomainError, *, by: int, at: datetime
) -> None:
    """Write down that an act was not done, and why; coming again it is refused again."""
    _write_down(cooperative_id, act, by, at, refused_as=refusal.code, reason=str(refusal)[:400])


def _change(
    cooperative_id: int, variant: Variant, act: Act, by: int, at: datetime, review_above: int
) -> bool:
    """Say whether it waits for the platform."""
    # One's own act before it may have come in with the same request, or its answer was lost.
    own = find_version_of(by, act.after, variant.id) if act.after else None
    seen = max(act.seen, own or 0)
    waits = None
    if act.kind is ActKind.PRICE:
        limit = {"review_above": review_above}
        edited = set_price(cooperative_id, variant.id, act.value, seen=seen, by=by, at=at, **limit)
        waits = edited.waits
    else:
        adjust(variant.id, act.value, seen=seen, by=by, at=at)
    db.session.refresh(variant)
    return waits is not None


def _write_down(
    cooperative_id: int,
    act: Act,
    by: int,
    at: datetime,
    *,
    version: int | None = None,
    refused_as: str | None = None,
    reason: str = "",
    waits: bool = False,
) -> bool:
    """Say whether nobody else did so meanwhile."""
    written = insert_once(
        DeskAct,
        "account_id",
        "key",
        account_id=by,
        key=act.key,
        cooperative_id=cooperative_id,
        kind=act.kind,
        variant_id=act.variant_id,
        value=act.value,
        seen=act.seen,
        made_at=act.made_at(at),
        at=at,
        version=version,
        refused_as=refused_as,
        reason=reason,
        waits=waits,
    )
    return written is not None

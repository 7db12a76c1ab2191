"""Make claims, answer them, decide them, and give the money back that they end with.

Whoever changes a claim locks its part first, as acceptance does: of the two one is first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from catalog.products.gateways import StoredPicture
from catalog.stock.services import take_back
from orders.claims import rules
from orders.claims.errors import (
    ClaimOpen,
    NoReturn,
    NothingClaimed,
    NotYourTurn,
    OwnClaim,
    TooLate,
    TooLittleForReturn,
    WrongAmount,
)
from orders.claims.events import ClaimMoved
from orders.claims.models import Claim, ClaimLine, ClaimPhoto, ClaimStep, Fault, StepKind
from orders.claims.queries import find_open_claim, get_claim, is_party, list_loose_photos
from orders.deliveries.queries import list_recalls_of
from orders.records.models import OrderLine
from orders.records.services import lock_part
from orders.refunds.models import Side
from orders.refunds.services.grants import Item, grant_items
from shop.accounts.audit.services import record
from shop.db import db
from shop.events import announce

REASON = "质量售后"


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """What a buyer says is wrong: units by the line's id."""

    units: dict[int, int]
    fault: Fault
    text: str
    photo_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to go back for the goods, in fen; 0 refuses. Freight follows by rule."""

    goods_fen: int
    text: str = ""
    # Pay only once the goods have come back.
    with_return: bool = False


def keep_photo(account_id: int, stored: StoredPicture, *, at: datetime) -> ClaimPhoto:
    """Note that a verified photo lies in the uploads, for a claim that is still being written."""
    photo = ClaimPhoto(
        uploaded_by_id=account_id,
        uploaded_at=at,
        sha256=stored.sha256,
        width=stored.width,
        height=stored.height,
    )
    db.session.add(photo)
    db.session.flush()
    return photo


def forget_loose_photos(*, before: datetime) -> None:
    """Forget the photos of forms that nobody sent off."""
    db.session.execute(
        delete(ClaimPhoto).where(ClaimPhoto.claim_id.is_(None), ClaimPhoto.uploaded_at < before)
    )


def open_claim(part_id: int, draft: ClaimDraft, *, by: int, at: datetime) -> Claim:
    """Say that something is wrong with units of a part; the cooperative has a day to answer.

    Raises TooLate, ClaimOpen or NothingClaimed.
    """
    part = lock_part(part_id)
    if find_open_claim(part_id) is not None:
        raise ClaimOpen
    if part is None:
        raise TooLate
    open_lines = rules.open_lines(part, at, list_recalls_of([part_id]))
    if not open_lines:
        raise TooLate
    lines = _claimed(open_lines, draft.units)
    claim = Claim(
        sub_order_id=part_id,
        opened_by_id=by,
        opened_at=at,
        fault=draft.fault,
        text=draft.text,
        goods_fen=sum(line.amount_fen for line in lines),
        freight_fen=rules.freight_of(part, draft.units),
        waits_for=Side.COOPERATIVE,
        due_at=at + rules.TIME_TO_ANSWER,
        lines=lines,
    )
    db.session.add(claim)
    db.session.flush()
    _take_photos(claim, draft.photo_ids, by)
    _step(claim, StepKind.MADE, by, at, amount_fen=claim.total_fen, text=draft.text)
    return claim


def answer(claim_id: int, given: Answer, *, by: int, at: datetime) -> None:
    """The cooperative offers money, or refuses with a reason; then the buyer chooses.

    Raises NotYourTurn, WrongAmount, NoReturn or TooLittleForReturn.
    """
    claim = _lock(claim_id, Side.COOPERATIVE, StepKind.MADE)
    if not 0 <= given.goods_fen <= claim.goods_fen:
        raise WrongAmount
    if given.with_return and not rules.can_go_back([line.line for line in claim.lines]):
        raise NoReturn
    if given.with_return and given.goods_fen and not rules.pays_for_return(claim, given.goods_fen):
        raise TooLittleForReturn
    _pass_to(claim, Side.BUYER, at, rules.TIME_TO_CHOOSE)
    if given.goods_fen:
        _step(
            claim,
            StepKind.OFFERED,
            by,
            at,
            amount_fen=rules.refund_fen(claim, given.goods_fen),
            with_return=given.with_return,
            text=given.text,
        )
    else:
        _step(claim, StepKind.REFUSED, by, at, text=given.text)


def agree(claim_id: int, *, by: int | None, at: datetime) -> None:
    """The buyer takes the offer: the money is granted, or first the goods go back.

    Raises NotYourTurn.
    """
    claim = _lock(claim_id, Side.BUYER, StepKind.OFFERED)
    offer = claim.steps[-1]
    if offer.with_return:
        _pass_to(claim, Side.COOPERATIVE, at, rules.TIME_TO_RETURN)
    else:
        _close(claim, offer.amount_fen or 0, by, at)
    _step(claim, StepKind.AGREED, by, at)


def confirm_return(claim_id: int, *, by: int, at: datetime) -> None:
    """The cooperative has the goods back: they are in stock again, and the money is granted.

    Raises NotYourTurn when that was said before.
    """
    claim = _lock(claim_id, Side.COOPERATIVE, StepKind.AGREED)
    offer = next(step for step in reversed(claim.steps) if step.kind is StepKind.OFFERED)
    for each in sorted(claim.lines, key=lambda each: each.line.variant_id):
        _take_back(each, claim.part.number, by, at)
    _close(claim, offer.amount_fen or 0, by, at, returned=True)
    _step(claim, StepKind.RETURNED, by, at)


def escalate(claim_id: int, text: str, *, by: int | None, at: datetime) -> None:
    """Have the platform decide: the buyer is not content, or a time ran out. Raises NotYourTurn."""
    claim = _lock(claim_id)
    if claim.waits_for is Side.PLATFORM or (by is not None and claim.waits_for is not Side.BUYER):
        raise NotYourTurn
    _pass_to(claim, Side.PLATFORM, at, rules.TIME_TO_DECIDE)
    _step(claim, StepKind.ESCALATED, by, at, text=text)


def decide(claim_id: int, given: Answer, *, by: int, at: datetime) -> None:
    """The platform grants money or none; that ends it.

    Raises NotYourTurn, WrongAmount, or OwnClaim when the one who decides is a party.
    """
    claim = _lock(claim_id, Side.PLATFORM)
    if is_party(claim, by):
        raise OwnClaim
    if not 0 <= given.goods_fen <= claim.goods_fen:
        raise WrongAmount
    total_fen = rules.refund_fen(claim, given.goods_fen)
    _close(claim, total_fen, by, at)
    _step(claim, StepKind.DECIDED, by, at, amount_fen=total_fen, text=given.text)
    record("decide_claim", "claim", claim.id, by=by, at=at, fen=total_fen)


def withdraw(claim_id: int, *, by: int, at: datetime) -> None:
    """The buyer gives a claim up, whoever's turn it is. Raises NotYourTurn when it is settled."""
    claim = _lock(claim_id)
    _close(claim, 0, by, at)
    _step(claim, StepKind.WITHDRAWN, by, at)


def let_run_out(claim_id: int, *, at: datetime) -> None:
    """What follows when nobody acted in time: silence of the cooperative brings the platform in,
    silence of the buyer takes an offer and lets a refusal, or a return, rest.

    Raises NotYourTurn when somebody acted a moment before.
    """
    claim = _lock(claim_id)
    if claim.due_at is None or claim.due_at >= at or claim.waits_for is Side.PLATFORM:
        raise NotYourTurn
    last = claim.steps[-1]
    if claim.waits_for is Side.COOPERATIVE:
        escalate(claim_id, "", by=None, at=at)
    elif last.kind is StepKind.OFFERED and not last.with_return:
        agree(claim_id, by=None, at=at)
    else:
        _close(claim, 0, None, at)
        _step(claim, StepKind.LAPSED, None, at)


def _lock(claim_id: int, side: Side | None = None, last: StepKind | None = None) -> Claim:
    """An open claim as it is now, and its part locked; it must wait for this side."""
    part_id = db.session.scalars(select(Claim.sub_order_id).where(Claim.id == claim_id)).one()
    lock_part(part_id)
    claim = get_claim(claim_id)
    if claim.closed_at is not None or (side is not None and claim.waits_for is not side):
        raise NotYourTurn
    if last is not None and claim.steps[-1].kind is not last:
        raise NotYourTurn
    return claim


def _claimed(open_lines: Sequence[OrderLine], units: dict[int, int]) -> list[ClaimLine]:
    """The claim's lines, each with what was paid for its units and not given back."""
    possible = {line.id: rules.claimable(line) for line in open_lines}
    for line_id, quantity in units.items():
        most = possible.get(line_id)
        if quantity < 0 or (quantity and (most is None or quantity > most.units)):
            raise NothingClaimed
    lines = [
        ClaimLine(
            order_line_id=line.id,
            quantity=units[line.id],
            amount_fen=rules.amount_of(line, units[line.id]),
        )
        for line in open_lines
        if units.get(line.id)
    ]
    if not lines:
        raise NothingClaimed
    return lines


def _take_photos(claim: Claim, photo_ids: Sequence[int], by: int) -> None:
    """Those that are still there: loose ones are thrown away after a while."""
    photos = list_loose_photos(by, photo_ids)[: rules.MOST_PHOTOS]
    db.session.execute(
        update(ClaimPhoto)
        .where(ClaimPhoto.id.in_([photo.id for photo in photos]), ClaimPhoto.claim_id.is_(None))
        .values(claim_id=claim.id)
    )


def _pass_to(claim: Claim, side: Side, at: datetime, within: timedelta) -> None:
    claim.waits_for = side
    claim.due_at = at + within


def _close(
    claim: Claim, total_fen: int, by: int | None, at: datetime, *, returned: bool = False
) -> None:
    """End a claim, and grant the money that it ends with."""
    if total_fen:
        shares, freight_fen = rules.shares_of(claim, total_fen, returned=returned)
        part = claim.part
        items = [Item(part.id, s.order_line_id, s.quantity, s.amount_fen) for s in shares]
        if freight_fen:
            items.append(Item(part.id, None, 0, freight_fen))
        claim.refund_id = grant_items(part.order_id, items, REASON, by=by, at=at).id
    claim.waits_for = None
    claim.due_at = None
    claim.closed_at = at
    db.session.flush()


def _take_back(claimed: ClaimLine, reference: str, by: int, at: datetime) -> None:
    """Put units into stock again, never more than were sent."""
    quantity = claimed.quantity
    statement = (
        update(OrderLine)
        .where(
            OrderLine.id == claimed.order_line_id,
            OrderLine.dispatched_quantity - OrderLine.returned_quantity >= quantity,
        )
        .values(returned_quantity=OrderLine.returned_quantity + quantity)
        .returning(OrderLine.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise NotYourTurn
    take_back(claimed.line.variant_id, quantity, by=by, at=at, reference=reference, reason=REASON)


def _step(
    claim: Claim,
    kind: StepKind,
    by: int | None,
    at: datetime,
    *,
    amount_fen: int | None = None,
    with_return: bool = False,
    text: str = "",
) -> None:
    step = ClaimStep(
        claim_id=claim.id,
        kind=kind,
        by_id=by,
        at=at,
        amount_fen=amount_fen,
        with_return=with_return,
        text=text,
    )
    db.session.add(step)
    db.session.flush()
    db.session.expire(claim, ["steps"])
    announce(ClaimMoved(step.id, at))

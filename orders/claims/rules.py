"""When a claim can be made, who answers by when, and how its money is split.

Moments are aware UTC, amounts integer fen. The rules in words: docs/refunds.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from orders.claims.models import Claim, ClaimStep, Fault, StepKind
from orders.records.models import OrderLine, SubOrder
from shop.money import allocate, yuan

TIME_TO_CLAIM = timedelta(hours=48)
# From a recall on, whenever the goods came: what was called back can be claimed once more.
TIME_TO_CLAIM_RECALLED = timedelta(days=30)
TIME_TO_ANSWER = timedelta(hours=24)
TIME_TO_CHOOSE = timedelta(hours=72)
TIME_TO_RETURN = timedelta(days=10)
TIME_TO_DECIDE = timedelta(hours=72)
MOST_PHOTOS = 4


class ClaimState(StrEnum):
    """The one word for a claim."""

    TO_ANSWER = "to_answer"
    OFFERED = "offered"
    REFUSED = "refused"
    TO_RETURN = "to_return"
    ESCALATED = "escalated"
    REFUNDED = "refunded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"

    @property
    def label(self) -> LazyString:
        return _STATES[self]

    @property
    def mood(self) -> str:
        """How the word is coloured: good, wait, bad or note."""
        return _MOODS.get(self, "wait")


_STATES = {
    ClaimState.TO_ANSWER: _l("等合作社答复"),
    ClaimState.OFFERED: _l("等买家选择"),
    ClaimState.REFUSED: _l("合作社没有同意"),
    ClaimState.TO_RETURN: _l("等货退回"),
    ClaimState.ESCALATED: _l("等平台处理"),
    ClaimState.REFUNDED: _l("已同意退款"),
    ClaimState.REJECTED: _l("平台没有支持"),
    ClaimState.WITHDRAWN: _l("已撤回"),
    ClaimState.LAPSED: _l("已结束"),
}
_MOODS = {
    ClaimState.REFUNDED: "good",
    ClaimState.REFUSED: "bad",
    ClaimState.REJECTED: "bad",
    ClaimState.WITHDRAWN: "note",
    ClaimState.LAPSED: "note",
}
_BY_LAST_STEP = {
    StepKind.MADE: ClaimState.TO_ANSWER,
    StepKind.OFFERED: ClaimState.OFFERED,
    StepKind.REFUSED: ClaimState.REFUSED,
    StepKind.AGREED: ClaimState.TO_RETURN,
    StepKind.ESCALATED: ClaimState.ESCALATED,
    StepKind.DECIDED: ClaimState.REJECTED,
    StepKind.WITHDRAWN: ClaimState.WITHDRAWN,
    StepKind.LAPSED: ClaimState.LAPSED,
}
FAULTS = {
    Fault.SPOILED: _l("不新鲜、坏了"),
    Fault.DAMAGED: _l("包装破损、压坏了"),
    Fault.WRONG: _l("发错了，或和说的不一样"),
    Fault.MISSING: _l("少了，或没有收到"),
}


@dataclass(frozen=True, slots=True)
class Claimable:
    """How many units of a line can be claimed, and the most that can go back for all of them."""

    units: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Share:
    """Money for units of one line."""

    order_line_id: int
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Told:
    """One step of a claim's story; ``state`` is done, now or failed."""

    title: str
    state: str
    at: datetime | None = None
    text: str = ""


def claim_state(claim: Claim) -> ClaimState:
    if claim.refund_id is not None:
        return ClaimState.REFUNDED
    return _BY_LAST_STEP[claim.steps[-1].kind]


def claim_until(part: SubOrder) -> datetime | None:
    """The last moment at which a claim can be made; None while the buyer doesn't have it yet."""
    return None if part.arrived_at is None else part.arrived_at + TIME_TO_CLAIM


def may_claim(part: SubOrder, at: datetime, recalled: Mapping[int, datetime]) -> bool:
    """Whether something of a part can be claimed at a moment; see `open_lines`."""
    return bool(open_lines(part, at, recalled))


def open_lines(part: SubOrder, at: datetime, recalled: Mapping[int, datetime]) -> list[OrderLine]:
    """The lines that can be claimed: all from the first dispatch until 48 hours after the buyer
    had it, and those of a recalled batch (``recalled`` says when, by line) for a month from then.

    The moments are aware, so that it makes no difference in which zone a clock stands.
    """
    until = claim_until(part)
    in_time = until is None or at <= until
    return [
        line
        for line in part.lines
        if claimable(line) and (in_time or _is_fresh_recall(recalled.get(line.id), at))
    ]


def _is_fresh_recall(recalled_at: datetime | None, at: datetime) -> bool:
    return recalled_at is not None and at <= recalled_at + TIME_TO_CLAIM_RECALLED


def claimable(line: OrderLine) -> Claimable | None:
    """What of a line can be claimed: units that were sent and kept, and money that was paid for
    units that do not wait any more and was not given back."""
    units = line.dispatched_quantity - line.returned_quantity
    waiting_fen = line.waiting_quantity * line.unit_price_fen
    amount_fen = line.amount_fen - waiting_fen - line.refunded_fen
    return Claimable(units, amount_fen) if units > 0 and amount_fen > 0 else None


def amount_of(line: OrderLine, units: int) -> int:
    """What a claim about so many units of a line is worth at most."""
    possible = claimable(line)
    return 0 if possible is None else min(units * line.unit_price_fen, possible.amount_fen)


def freight_of(part: SubOrder, units: dict[int, int]) -> int:
    """The freight that goes back with the goods: what is left of it if everything that was and
    will be sent of a part is concerned, else nothing."""
    whole = all(
        units.get(line.id, 0) == line.quantity - line.cancelled_quantity for line in part.lines
    )
    return part.freight_fen - part.freight_refunded_fen if whole else 0


def refund_fen(claim: Claim, goods_fen: int) -> int:
    """What goes back when so much of the goods does: with all of them, the freight."""
    return goods_fen + claim.freight_fen if goods_fen == claim.goods_fen else goods_fen


def pays_for_return(claim: Claim, goods_fen: int) -> bool:
    """Whether so much is enough to ask the goods back: a fen for each line at least, since what is
    paid for a line is also what says how many of its units came back."""
    return goods_fen >= len(claim.lines)


def shares_of(claim: Claim, total_fen: int, *, returned: bool) -> tuple[list[Share], int]:
    """What of a refund is for which line, and what for freight. They sum to it exactly, and no
    line gets more than was claimed for it. Of goods that came back each line gets something;
    see `pays_for_return`."""
    goods_fen = min(total_fen, claim.goods_fen)
    least = 1 if returned else 0
    rest_fen = goods_fen - least * len(claim.lines)
    amounts = allocate(rest_fen, [line.amount_fen - least for line in claim.lines])
    shares = [
        Share(line.order_line_id, line.quantity if returned else 0, least + amount)
        for line, amount in zip(claim.lines, amounts, strict=True)
        if least + amount
    ]
    return shares, total_fen - goods_fen


def can_go_back(lines: Sequence[OrderLine]) -> bool:
    """Whether goods can be sent back and sold again: sealed ones, never perishables."""
    return not any(line.perishable for line in lines)


def story(claim: Claim) -> list[Told]:
    """What was done about a claim, and what comes now."""
    told = [_told(step) for step in claim.steps]
    if claim.waits_for is not None:
        return [
            *told,
            Told(str(claim_state(claim).label), "now", claim.due_at, gettext("最迟到这个时间。")),
        ]
    return told


def _told(step: ClaimStep) -> Told:
    title = _TITLES[step.kind]
    if step.by_id is None:
        title = _UNASKED.get(step.kind, title)
    texts = [step.text]
    if step.amount_fen:
        texts.insert(0, gettext("%(amount)s 元", amount=yuan(step.amount_fen)))
    if step.with_return:
        texts.append(gettext("货退回后付款"))
    is_no = step.kind in (StepKind.REFUSED, StepKind.LAPSED, StepKind.WITHDRAWN)
    is_no = is_no or (step.kind is StepKind.DECIDED and not step.amount_fen)
    text = " · ".join(text for text in texts if text)
    return Told(str(title), "failed" if is_no else "done", step.at, text)


_TITLES = {
    StepKind.MADE: _l("买家申请售后"),
    StepKind.OFFERED: _l("合作社同意退款"),
    StepKind.REFUSED: _l("合作社没有同意"),
    StepKind.AGREED: _l("买家接受"),
    StepKind.RETURNED: _l("合作社收到退货"),
    StepKind.ESCALATED: _l("买家请平台处理"),
    StepKind.DECIDED: _l("平台作出决定"),
    StepKind.WITHDRAWN: _l("买家撤回"),
    StepKind.LAPSED: _l("买家没有再说什么，申请结束"),
}
# What is said when nobody did it, because a time ran out.
_UNASKED = {
    StepKind.AGREED: _l("买家没有回应，按合作社的答复退款"),
    StepKind.ESCALATED: _l("合作社没有按时处理，转到平台"),
}

"""What is said in a claim, in the answer to it, and in the decision about it."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, Field, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice

from orders.claims.errors import TooLittleForReturn
from orders.claims.models import Claim, Fault
from orders.claims.rules import FAULTS, claimable, pays_for_return
from orders.claims.services import Answer, ClaimDraft
from orders.records.models import OrderLine, SubOrder
from shop.web.fields import CarriedField, Filled, ParagraphField, WholeNumberField, YuanField

_PREFIX = "line_"
ALL, SOME, NONE = "all", "some", "none"


class ClaimForm(FlaskForm):
    """What is wrong with how many units of which line; lines are numbered by their place."""

    fault = RadioField(
        _l("出了什么问题"),
        [Filled()],
        choices=[SelectChoice(fault.value, label) for fault, label in FAULTS.items()],
        invalid_choice_message=_l("请选一项。"),
    )
    text = ParagraphField(_l("说说情况"), min_length=2, max_length=500)
    photos = MultipleFileField(_l("照片"))
    # The ids of photos that came with a form in which something else was missing.
    kept_photos = CarriedField()
    # The lines' ids in their order; set by `claim_form`.
    line_ids: tuple[int, ...] = ()

    @property
    def line_fields(self) -> dict[int, Field]:
        """The number field of each line that can be claimed, by the line's id."""
        named = {f"{_PREFIX}{place}": id_ for place, id_ in enumerate(self.line_ids, start=1)}
        return {named[field.short_name]: field for field in self if field.short_name in named}

    @property
    def kept_photo_ids(self) -> list[int]:
        numbers = str(self.kept_photos.data or "").split(",")
        return [int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) < 10][:10]

    def draft(self, photo_ids: list[int]) -> ClaimDraft:
        return ClaimDraft(
            units={id_: field.data or 0 for id_, field in self.line_fields.items()},
            fault=Fault(self.fault.data),
            text=self.text.data,
            photo_ids=photo_ids,
        )


def claim_form(part: SubOrder, open_lines: Sequence[OrderLine]) -> ClaimForm:
    """The form with a field for each line of which something was received and can be claimed."""
    possible = {line.id: claimable(line) for line in open_lines}
    fields: dict[str, Any] = {}
    for place, line in enumerate(part.lines, start=1):
        most = possible.get(line.id)
        if most is not None:
            fields[f"{_PREFIX}{place}"] = WholeNumberField(
                _l("有问题的数量"), minimum=0, maximum=most.units, default=0, required=False
            )
    fields["line_ids"] = tuple(line.id for line in part.lines)
    made: type[ClaimForm] = type("PartClaimForm", (ClaimForm,), fields)
    return made()


class AnswerForm(FlaskForm):
    """How much goes back, and why; filled in for the claim that it answers."""

    outcome = RadioField(
        _l("怎么处理"),
        [Filled()],
        choices=[
            SelectChoice(ALL, _l("全额退款")),
            SelectChoice(SOME, _l("退一部分")),
            SelectChoice(NONE, _l("不退款")),
        ],
        invalid_choice_message=_l("请选一项。"),
    )
    amount = YuanField(_l("退多少（元）"), minimum=1, maximum=10_000_000_00, required=False)
    text = ParagraphField(_l("说明"), max_length=500, required=False)
    claim: Claim

    def validate_amount(self, field: Any) -> None:
        if self.outcome.data == SOME and field.data and field.data > self.claim.goods_fen:
            raise ValidationError(gettext("不能超过申请的商品金额。"))

    def validate_text(self, field: Any) -> None:
        if self.outcome.data == NONE and len(field.data or "") < 2:
            raise ValidationError(gettext("不退款请写明原因。"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if self.outcome.data == SOME and self.amount.data is None and not self.amount.errors:
            self.amount.errors = [gettext("退一部分请填写金额。")]
            return False
        # An empty text ends the field's own checks before ours are asked.
        if self.outcome.data == NONE and not self.text.data and not self.text.errors:
            self.text.errors = [gettext("不退款请写明原因。")]
            return False
        return valid

    def answer(self) -> Answer:
        goods_fen = {ALL: self.claim.goods_fen, SOME: self.amount.data, NONE: 0}
        return Answer(goods_fen[self.outcome.data] or 0, self.text.data or "")


class CooperativeAnswerForm(AnswerForm):
    """A cooperative may ask sealed goods back first."""

    with_return = BooleanField(_l("先把货退回来，收到后再退款（只限没有开封、不易变质的商品）"))

    def validate_amount(self, field: Any) -> None:
        super().validate_amount(field)
        is_some = self.outcome.data == SOME and field.data
        if is_some and self.with_return.data and not pays_for_return(self.claim, field.data):
            raise ValidationError(TooLittleForReturn.message)

    def answer(self) -> Answer:
        given = super().answer()
        return Answer(given.goods_fen, given.text, bool(given.goods_fen and self.with_return.data))


class EscalationForm(FlaskForm):
    """Why the platform should look at it."""

    text = ParagraphField(_l("还想说什么"), max_length=500, required=False)

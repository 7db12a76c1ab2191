"""What officials fill in for programmes, awards and pledges."""

import secrets
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from orders.programmes.models import Verdict
from orders.targets.forms import WanField
from orders.targets.rules import FIRST_YEAR, LARGEST_FEN, LAST_YEAR
from shop.web.fields import (
    CarriedField,
    DayField,
    LineField,
    ParagraphField,
    WholeNumberField,
    YuanField,
)


class ChoiceForm(FlaskForm):
    """One of a list that is looked up for each page."""

    def _offer(self, field: SelectField, choices: Sequence[tuple[str, str]]) -> None:
        field.choices = [("", _l("请选择")), *choices]
        field.flags.required = True

    def _require(self, field: SelectField) -> None:
        if not field.data or field.data not in {str(value) for value, _ in field.choices}:
            raise ValidationError(gettext("请从列表中选择。"))


class ProgrammeForm(ChoiceForm):
    year = WholeNumberField(_l("年度"), minimum=FIRST_YEAR, maximum=LAST_YEAR)
    name = LineField(_l("项目名称"), max_length=80, min_length=2)
    place = SelectField(_l("适用范围"), validate_choice=False)
    budget = WanField(_l("预算（万元）"), minimum=1, maximum=LARGEST_FEN)
    rule = ParagraphField(_l("奖补规则（公布的原文）"), max_length=3000, min_length=2)

    def offer(self, places: Sequence[tuple[str, str]]) -> None:
        self._offer(self.place, places)

    def validate_place(self, field: SelectField) -> None:
        self._require(field)


class KeyForm(FlaskForm):
    """Proposes once, however often it is sent."""

    key = CarriedField()

    def give_key(self) -> None:
        self.key.data = secrets.token_urlsafe(24)

    def validate_key(self, field: CarriedField) -> None:
        if not 16 <= len(field.data or "") <= 64:
            field.data = secrets.token_urlsafe(24)


class AwardForm(KeyForm, ChoiceForm):
    cooperative = SelectField(_l("合作社"), validate_choice=False)
    amount = YuanField(_l("金额（元）"), minimum=1, maximum=LARGEST_FEN)
    awarded_on = DayField(_l("日期"))
    reason = LineField(_l("依据和理由"), max_length=200, min_length=2)

    def offer(self, cooperatives: Sequence[tuple[str, str]]) -> None:
        self._offer(self.cooperative, cooperatives)

    def validate_cooperative(self, field: SelectField) -> None:
        self._require(field)


class CorrectionForm(KeyForm):
    amount = YuanField(_l("冲减（元）"), minimum=1, maximum=LARGEST_FEN)
    reason = LineField(_l("原因"), max_length=200, min_length=2)


class DecisionForm(FlaskForm):
    verdict = SelectField(
        _l("意见"),
        choices=[SelectChoice(each.value, each.label) for each in Verdict],
        validate_choice=False,
    )
    note = LineField(_l("说明"), max_length=200, required=False)

    def validate_verdict(self, field: SelectField) -> None:
        if field.data not in set(Verdict):
            raise ValidationError(gettext("请从列表中选择。"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if valid and self.verdict.data == Verdict.DECLINED and not self.note.data:
            self.note.errors = [gettext("请写明为什么不通过。")]
            return False
        return valid


class PledgeForm(ChoiceForm):
    year = WholeNumberField(_l("年度"), minimum=FIRST_YEAR, maximum=LAST_YEAR)
    enterprise = LineField(_l("企业"), max_length=80)
    town = SelectField(_l("结对的镇"), validate_choice=False)
    amount = WanField(_l("承诺采购（万元）"), minimum=1, maximum=LARGEST_FEN)
    words = LineField(_l("承诺内容"), max_length=200, required=False)
    seen = CarriedField()

    def offer(self, towns: Sequence[tuple[str, str]]) -> None:
        self._offer(self.town, towns)

    def validate_town(self, field: SelectField) -> None:
        self._require(field)

    @property
    def version(self) -> int:
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0

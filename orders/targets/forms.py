"""The forms that set a town's target, and what an area says of itself."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, RadioField, SelectField, ValidationError

from orders.records.rules import BUYER_TYPES
from orders.targets.models import Spread
from orders.targets.rules import (
    FIRST_YEAR,
    LARGEST_FEN,
    LAST_YEAR,
    MONTHS_IN_YEAR,
    SPREADS,
    missing_fen,
)
from shop.money import wan
from shop.web.fields import CarriedField, LineField, WholeNumberField, YuanField, format_decimal
from shop.web.filters import month as month_name

_FEN_DECIMALS_OF_WAN = 6


class WanField(YuanField):
    """Money typed in 万元, or in 元 when the text says so, held in fen; bounds in fen."""

    decimals = _FEN_DECIMALS_OF_WAN

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        in_yuan = text.endswith("元") and not text.endswith("万元")
        self.decimals = YuanField.decimals if in_yuan else _FEN_DECIMALS_OF_WAN
        super().process_formdata(valuelist)

    def write(self, amount: int) -> str:
        return format_decimal(amount, _FEN_DECIMALS_OF_WAN)

    def show(self, amount: int) -> str:
        if amount < self.smallest_shown_as_wan:
            return gettext("%(yuan)s 元", yuan=super().show(amount))
        return gettext("%(wan)s 万元", wan=wan(amount))

    smallest_shown_as_wan = 1_000_000

    def _without_unit(self, text: str) -> str:
        plain = super()._without_unit(text)
        return plain.removesuffix("万")

    def _no_number(self) -> str:
        return gettext("请填写金额，例如 120.5（万元）或 1205000元。")


class TwelveMonths(FieldList):
    """A field for each month, also of those that were not sent: none slips into another's place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_entries=MONTHS_IN_YEAR, **kwargs)

    def _extract_indices(self, prefix: str, formdata: Any) -> range:
        return range(MONTHS_IN_YEAR)


class TargetForm(FlaskForm):
    """A town's target, or a part of it, and how it lies over the months."""

    town_code = CarriedField()
    year = WholeNumberField(_l("年度"), minimum=FIRST_YEAR, maximum=LAST_YEAR)
    category = SelectField(_l("产品类别"), default="", validate_choice=False)
    buyer_type = SelectField(_l("采购方类型"), default="", validate_choice=False)
    amount = WanField(_l("年度目标（万元）"), minimum=1, maximum=LARGEST_FEN, required=False)
    spread = RadioField(_l("分月方式"), default=Spread.EVEN, validate_choice=False)
    months = TwelveMonths(WanField("", minimum=0, maximum=LARGEST_FEN, required=False))
    reason = LineField(_l("理由"), max_length=200)

    def __init__(self, *args: Any, categories: Sequence[tuple[str, str]] = (), **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.category.choices = [("", _l("全部类别")), *categories]
        self.buyer_type.choices = [("", _l("全部采购方")), *BUYER_TYPES.items()]
        self.spread.choices = list(SPREADS.items())
        self.spread.flags.required = True
        for number, field in enumerate(self.months.entries, 1):
            field.label.text = month_name(number)

    def validate_category(self, field: SelectField) -> None:
        _require_one_of(field)

    def validate_buyer_type(self, field: SelectField) -> None:
        _require_one_of(field)

    def validate_spread(self, field: RadioField) -> None:
        _require_one_of(field)

    def validate(self, *args: Any, **kw: Any) -> bool:
        return super().validate(*args, **kw) and self._has_an_amount() and self._months_sum()

    @property
    def is_part(self) -> bool:
        return bool(self.category.data or self.buyer_type.data)

    @property
    def typed(self) -> list[int]:
        """What was typed for each month in fen, where the months are what counts."""
        if self.spread.data != Spread.TYPED:
            return []
        return [field.data or 0 for field in self.months.entries]

    def _has_an_amount(self) -> bool:
        """A part is taken back by leaving its amount empty; a town's target is not."""
        if self.amount.data is None and not self.is_part:
            self.amount.errors = [gettext("请填写这一项。")]
        return not self.amount.errors

    def _months_sum(self) -> bool:
        if self.amount.data is None or self.spread.data != Spread.TYPED:
            return True
        missing = missing_fen(self.amount.data, self.typed)
        if missing > 0:
            error = gettext("各月相加比年度目标少 %(amount)s。", amount=self.amount.show(missing))
        elif missing < 0:
            error = gettext("各月相加比年度目标多 %(amount)s。", amount=self.amount.show(-missing))
        else:
            return True
        self.spread.errors = [error]
        return False


class AreaTargetForm(FlaskForm):
    """The number that a county, a city or the whole says of itself; empty takes it back."""

    area_code = CarriedField()
    year = WholeNumberField(_l("年度"), minimum=FIRST_YEAR, maximum=LAST_YEAR)
    amount = WanField(_l("自定目标（万元）"), minimum=1, maximum=LARGEST_FEN, required=False)
    reason = LineField(_l("理由"), max_length=200)


def _require_one_of(field: SelectField | RadioField) -> None:
    if field.data not in {str(value) for value, _ in field.choices}:
        raise ValidationError(gettext("请从列表中选择。"))

"""The form that sets one town's target."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField

from orders.targets.rules import FIRST_YEAR, LARGEST_FEN, LAST_YEAR
from shop.money import wan
from shop.web.fields import LineField, WholeNumberField, YuanField, format_decimal

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


class TargetForm(FlaskForm):
    town_code = HiddenField()
    year = WholeNumberField(_l("年度"), minimum=FIRST_YEAR, maximum=LAST_YEAR)
    amount = WanField(_l("年度目标（万元）"), minimum=1, maximum=LARGEST_FEN)
    reason = LineField(_l("理由"), max_length=200)

"""What administrators say about a commission rate."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from orders.commissions.rules import MOST, percent
from shop.web.fields import DayField, LineField, YuanField


class PercentField(YuanField):
    """A percentage with two decimals, held in basis points; bounds in basis points."""

    def write(self, amount: int) -> str:
        return percent(amount)

    def show(self, amount: int) -> str:
        return percent(amount)

    def _without_unit(self, text: str) -> str:
        return text.removesuffix("%").removesuffix("％")

    def _no_number(self) -> str:
        return gettext("请填写百分数，例如 2.5。")

    def _too_fine(self) -> str:
        return gettext("最多两位小数。")


class RateForm(FlaskForm):
    """A rate of one cooperative's, or for all that have none of their own."""

    rate = PercentField(_l("佣金费率（百分之）"), minimum=0, maximum=MOST, required=False)
    effective_on = DayField(_l("从哪天的订单起"))
    reason = LineField(_l("理由"), max_length=200)

    def __init__(self, *args: Any, for_all: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.for_all = for_all

    def validate_on_submit(self, *args: Any, **kwargs: Any) -> bool:
        """An empty rate is not asked about by its own validators, so it is asked about here."""
        is_valid: bool = super().validate_on_submit(*args, **kwargs)
        if is_valid and self.for_all and self.rate.data is None:
            self.rate.errors = [gettext("统一费率不能空着；不收佣金请填 0。")]
            return False
        return is_valid

"""Why a cooperative leaves."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from shop.web.fields import LineField


class DepartureForm(FlaskForm):
    reason = LineField(_l("为什么退出"), max_length=300, min_length=2)
    understood = BooleanField(_l("我知道：商品马上停止销售，已付款的订单要照常发完"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if not self.understood.data:
            self.understood.errors = [gettext("请先确认这一条。")]
        return valid and not self.errors

"""What administrators say about pick-up points, and what keepers type."""

from datetime import time
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import TextInput

from orders.pickups.queries import list_holders
from orders.pickups.rules import is_code
from orders.pickups.services import PointDraft
from shop.places.forms import TownField
from shop.web.fields import Filled, LineField, WholeNumberField, YuanField, clean_line, half_width

_DEAREST_FEN = 1_000_00


class TimeField(Field):
    """A time of day, to the minute: ``20:00``."""

    widget = TextInput()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, [Filled()], **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return clean_line(str(self.raw_data[0]))
        return f"{self.data:%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = half_width(clean_line(str(valuelist[0]))) if valuelist else ""
        hour, _, minute = text.partition(":")
        if not text:
            return
        if not (len(text) <= 5 and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
            raise ValueError(gettext("请填写时间，例如 20:00。"))
        try:
            self.data = time(int(hour), int(minute))
        except ValueError as error:
            raise ValueError(gettext("请填写时间，例如 20:00。")) from error


class PointForm(FlaskForm):
    """A pick-up point."""

    name = LineField(_l("名称"), max_length=40)
    town_code = TownField(_l("镇街"))
    address = LineField(_l("详细地址"), max_length=120)
    opening_hours = LineField(_l("开放时间"), max_length=80)
    cut_off = TimeField(_l("截单时间"))
    lead_days = WholeNumberField(_l("次日之后再过几天到"), minimum=0, maximum=30)
    fee_fen = YuanField(_l("自提费（元）"), minimum=0, maximum=_DEAREST_FEN)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.town_code.offer_zhuhai()

    @property
    def draft(self) -> PointDraft:
        return PointDraft(**{field.short_name: field.data for field in self})


class KeeperForm(FlaskForm):
    """Who looks after a point: somebody who holds the office."""

    account = SelectField(_l("负责人"), [Filled()], choices=[], validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account.choices = [
            SelectChoice("", _l("请选择")),
            *(SelectChoice(str(each.id), each.name) for each in list_holders()),
        ]

    def validate_account(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(gettext("请选择负责人。"))

    @property
    def account_id(self) -> int:
        return int(self.account.data)


class CodeForm(FlaskForm):
    """Six digits, as the buyer says them."""

    code = LineField(_l("取货码"), max_length=20)

    def validate_code(self, field: Any) -> None:
        if not is_code(self.digits):
            raise ValidationError(gettext("取货码是六位数字。"))

    @property
    def digits(self) -> str:
        return half_width(self.code.data or "").replace(" ", "")

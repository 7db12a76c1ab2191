"""What somebody says about a sheet of tracking numbers, and what a scanner types."""

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from shop.web.fields import CarriedField, Filled, LineField
from suppliers.fulfilment.rules import CARRIERS

_KEY = re.compile(r"[A-Za-z0-9_-]{20,64}")


class SheetForm(FlaskForm):
    """A file to be looked at, and the carrier of rows that name none."""

    file = FileField(_l("表格文件"), [Filled(_l("请选择文件。"))])
    carrier = SelectField(
        _l("表里没写快递公司的，都是"),
        choices=[
            SelectChoice("", _l("不选，一行一行看表")),
            *(SelectChoice(name, name) for name in CARRIERS),
        ],
        validate_choice=False,
    )

    def validate_carrier(self, field: Any) -> None:
        if field.data and field.data not in CARRIERS:
            raise ValidationError(gettext("请选择快递公司。"))


class CodeForm(FlaskForm):
    """A slip's code, as it was scanned or typed."""

    code = LineField(_l("装箱单上的码"), max_length=60)


class ParcelForm(FlaskForm):
    """The tracking number of the parcel whose slip was scanned."""

    # Made once for each page: however often it comes back, it sends once.
    key = CarriedField()
    number = LineField(_l("快递单号"), max_length=60)
    carrier = SelectField(_l("快递公司"), [Filled()], validate_choice=False)

    def offer(self, last_carrier: str) -> None:
        """Offer the carriers, that of somebody's last parcel first."""
        names = dict.fromkeys([last_carrier, *CARRIERS] if last_carrier else CARRIERS)
        self.carrier.choices = [SelectChoice(name, name) for name in names]

    def show(self, fresh_key: str) -> None:
        """Put a one-time key and a carrier into the form; those that it came back with stay."""
        if not self.has_key:
            self.key.data = fresh_key
        self.carrier.data = self.carrier.data or self.carrier.choices[0].value

    @property
    def has_key(self) -> bool:
        return _KEY.fullmatch(self.key.data or "") is not None

    def validate_key(self, field: Any) -> None:
        if not self.has_key:
            raise ValidationError(gettext("这一页已经过期，请重新扫装箱单。"))

    def validate_carrier(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(gettext("请选择快递公司。"))

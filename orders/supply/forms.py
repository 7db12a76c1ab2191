"""What an official asks of supply, read from the address."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, ValidationError
from wtforms.widgets import TextInput

from catalog.expectations.rules import Week, read_week, week_of
from orders.statistics.forms import PlaceForm
from orders.supply.rules.tables import WEEKS_BEFORE


class WeekField(Field):
    """An ISO week as 2026-W48; may be left out."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.code if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip().upper() if valuelist else ""
        self.data = None
        if not text:
            return
        self.data = read_week(text)
        if self.data is None:
            raise ValueError(gettext("请按 2026-W48 的样子填写周。"))


class SupplyForm(PlaceForm):
    """The first week of the table, and where what it shows comes from."""

    week = WeekField(_l("从哪一周起"))

    def __init__(self, asked: Mapping[str, str], today: date) -> None:
        super().__init__(asked, today)
        if self.begins_by_itself and self.week.data is None and not self.week.process_errors:
            self.week.data = self.first_of_all
            self.week.raw_data = None

    # Nobody need say where it begins.
    begins_by_itself = True

    def validate_week(self, field: Field) -> None:
        if field.data is None and not field.process_errors:
            raise ValidationError(gettext("请按 2026-W48 的样子填写周。"))
        if field.data and field.data > week_of(self.today):
            raise ValidationError(gettext("最晚从本周看起。"))

    @property
    def first_of_all(self) -> Week:
        """Where a table begins of which nobody said where."""
        return week_of(self.today).after(-WEEKS_BEFORE)


class SupplyFileForm(SupplyForm):
    """The same for a file, which has to name its weeks."""

    begins_by_itself = False

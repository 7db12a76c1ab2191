"""What an official asks for, read from the address of a page or a file."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import starmap
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import MonthInput, TextInput

from orders.rollups.rules import Dimension
from orders.statistics.rules.labels import BUYER_TYPES, CHANNEL_FILTERS, MODES
from orders.statistics.rules.periods import (
    FIRST_YEAR,
    Period,
    end_of_month,
    of_months,
    of_year,
)
from orders.statistics.rules.pivot import DIMENSIONS
from orders.statistics.rules.summary import By
from shop.clock import month_of
from shop.web.filters import month as month_name

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]", re.ASCII)
ALL = SelectChoice("", _l("全部"))
NONE = SelectChoice("", _l("不再分"))


class MonthField(Field):
    """A month as 2026-11, held as its first day."""

    widget = MonthInput()

    def __init__(self, *args: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.required = required
        self.flags.required = required

    def __call__(self, **kwargs: Any) -> Any:
        # A month control shows nothing at all of a text that is no month.
        return super().__call__(**({"type": "text"} if self.errors else {}), **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return month_of(self.data) if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text and not self.required:
            return
        found = _MONTH.fullmatch(text)
        self.data = date(int(found[1]), int(found[2]), 1) if found else None
        if not text:
            raise ValueError(gettext("请填写月份。"))
        if not found or int(found[1]) < FIRST_YEAR:
            raise ValueError(gettext("请按 2026-11 的样子填写月份。"))


class DayField(Field):
    """A day as 2026-11-23; may be left out."""

    widget = TextInput()

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(gettext("请按 2026-11-23 的样子填写日期。"))


class ChoiceField(SelectField):
    """One of a few; anything else is refused in the person's language."""

    def pre_validate(self, form: Any) -> None:
        if self.data not in {choice.value for choice in self.choices}:
            raise StopValidation(gettext("请从列表中选择。"))


class PlaceField(SelectField):
    """A code or number that is looked up later: what the official may not see is not found."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, choices=[ALL], default="", validate_choice=False, **kwargs)

    def offer(self, choices: Iterable[tuple[str, Any]]) -> None:
        self.choices = [ALL, *starmap(SelectChoice, choices)]


class PlaceForm(FlaskForm):
    """Where it comes from, and what it is."""

    county = PlaceField(_l("县(市、区)"))
    town = PlaceField(_l("镇"))
    category = PlaceField(_l("产品类别"))
    cooperative = PlaceField(_l("供货主体"))

    def __init__(self, asked: Mapping[str, str], today: date) -> None:
        self.today = today
        super().__init__(asked)

    def filters(self) -> dict[str, str]:
        """What was chosen, as it stands in an address."""
        return {name: self[name].data for name in FILTERS if name in self and self[name].data}


class FilterForm(PlaceForm):
    """What of the ledger is asked for."""

    buyer_type = ChoiceField(
        _l("采购方类型"), choices=[ALL, *starmap(SelectChoice, BUYER_TYPES.items())], default=""
    )
    channel = ChoiceField(
        _l("渠道"), choices=[ALL, *starmap(SelectChoice, CHANNEL_FILTERS.items())], default=""
    )
    mode = ChoiceField(
        _l("帮扶方式"), choices=[ALL, *starmap(SelectChoice, MODES.items())], default=""
    )


def _levels() -> list[SelectChoice]:
    return [SelectChoice(level.value, label) for level, label in DIMENSIONS.items()]


FILTERS = ("county", "town", "category", "cooperative", "buyer_type", "channel", "mode")


class OverviewForm(FilterForm):
    """A year, or a year up to a month, and what the rows of its table are."""

    year = ChoiceField(_l("年度"))
    month = ChoiceField(
        _l("截至"),
        choices=[
            SelectChoice("", _l("最新")),
            *(SelectChoice(str(m), LazyString(month_name, m)) for m in range(1, 13)),
        ],
        default="",
    )
    by = ChoiceField(
        _l("汇总方式"), choices=[SelectChoice(by, by.label) for by in By], default=By.TOWN
    )

    def __init__(self, asked: Mapping[str, str], today: date) -> None:
        super().__init__(asked, today)
        self.year.choices = [
            SelectChoice(str(y), str(y)) for y in range(today.year, FIRST_YEAR - 1, -1)
        ]
        if self.year.data is None:
            self.year.data = str(today.year)

    def validate_month(self, field: Field) -> None:
        known = self.year.data in {choice.value for choice in self.year.choices}
        if field.data and known and self._first_day() > self.today:
            raise ValidationError(gettext("这个月还没有到。"))

    @property
    def period(self) -> Period:
        return of_year(int(self.year.data), int(self.month.data or 12), self.today)

    def _first_day(self) -> date:
        return date(int(self.year.data), int(self.month.data), 1)


class PeriodForm(FilterForm):
    """From one month to another; both count. It may stop at a day within the last one."""

    from_ = MonthField(_l("起始月份"), name="from")
    to = MonthField(_l("截止月份"))
    until = DayField(_l("截至日期"))

    def validate_from_(self, field: Field) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(gettext("起始月份还没有到。"))

    def validate_to(self, field: Field) -> None:
        if not field.data:
            return
        if field.data > self.today:
            raise ValidationError(gettext("截止月份还没有到。"))
        if self.from_.data and field.data < self.from_.data:
            raise ValidationError(gettext("截止月份不能早于起始月份。"))

    def validate_until(self, field: Field) -> None:
        month = self.to.data
        if field.data and month and not month <= field.data <= end_of_month(month):
            raise ValidationError(gettext("截至日期要在截止月份之内。"))

    @property
    def period(self) -> Period:
        period = of_months(self.from_.data, self.to.data, self.today)
        return Period(period.since, min(self.until.data or period.until, period.until))


class ThisYearForm(PeriodForm):
    """The same with this year for a default."""

    from_ = MonthField(_l("起始月份"), name="from", required=False)
    to = MonthField(_l("截止月份"), required=False)

    def __init__(self, asked: Mapping[str, str], today: date) -> None:
        super().__init__(asked, today)
        if self.from_.data is None and not self.from_.process_errors:
            self.from_.data = (self.to.data or today).replace(month=1, day=1)
        if self.to.data is None and not self.to.process_errors:
            self.to.data = today.replace(day=1)


class LedgerForm(ThisYearForm):
    """It may begin at a day within the first month too, as weeks do."""

    since = DayField(_l("起始日期"))

    def validate_since(self, field: Field) -> None:
        month = self.from_.data
        if not field.data or not month:
            return
        if not month <= field.data <= end_of_month(month):
            raise ValidationError(gettext("起始日期要在起始月份之内。"))
        last = self.until.data or (self.to.data and end_of_month(self.to.data))
        if last and field.data > min(last, self.today):
            raise ValidationError(gettext("起始日期不能晚于截止的那一天。"))

    @property
    def period(self) -> Period:
        period = super().period
        return Period(self.since.data or period.since, period.until)


class PivotForm(ThisYearForm):
    """The ledger's period and filters, and what rows are, level by level."""

    first = ChoiceField(_l("行"), choices=_levels(), default=Dimension.TOWN)
    second = ChoiceField(_l("再分"), choices=[NONE, *_levels()], default="")
    third = ChoiceField(_l("再细分"), choices=[NONE, *_levels()], default="")
    orders = ChoiceField(
        _l("并列"),
        choices=[SelectChoice("", _l("只看验收")), SelectChoice("1", _l("下单、付款、验收"))],
        default="",
    )

    def validate_second(self, field: Field) -> None:
        if field.data and field.data == self.first.data:
            raise ValidationError(gettext("这一项上面已经选过了。"))

    def validate_third(self, field: Field) -> None:
        if field.data and field.data in (self.first.data, self.second.data):
            raise ValidationError(gettext("这一项上面已经选过了。"))

    @property
    def levels(self) -> list[Dimension]:
        chosen = (self.first.data, self.second.data, self.third.data)
        return [Dimension(value) for value in chosen if value]

    def turned(self) -> dict[str, str]:
        """How the table is turned, as it stands in an address."""
        names = ("first", "second", "third", "orders")
        return {name: self[name].data for name in names if self[name].data}


class PivotFileForm(PivotForm):
    """The same for a file, which has to name its months."""

    from_ = MonthField(_l("起始月份"), name="from")
    to = MonthField(_l("截止月份"))


class ExportForm(PeriodForm):
    """A period, and what the rows of the summary are."""

    by = ChoiceField(
        _l("汇总方式"), choices=[SelectChoice(by, by.label) for by in By], default=By.TOWN
    )

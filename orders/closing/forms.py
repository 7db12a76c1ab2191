"""What officials send with a step of a month file, and what they look for in the history."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import starmap
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from orders.closing.models import ActKind
from orders.closing.rules import read_month
from shop.places.models import Town
from shop.web.fields import CarriedField, LineField, ManyBoxes

_SEEN = re.compile(r"([0-9]{9}):([1-9][0-9]{0,6})", re.ASCII)
ALL = SelectChoice("", _l("全部"))


class SeenForm(FlaskForm):
    """Says which version of a file somebody has looked at."""

    version = CarriedField()

    @property
    def seen(self) -> int:
        """The version that was on the page; 0, which there never is, for anything else."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


class FilingForm(SeenForm):
    note = LineField(_l("说明"), max_length=300, required=False)


class ReturnForm(SeenForm):
    reason = LineField(_l("退回原因"), max_length=300, min_length=2)


class ManyForm(FlaskForm):
    """Towns to take a step for at once, each with the version that was looked at."""

    town = ManyBoxes(_l("镇"), validate_choice=False)
    note = LineField(_l("意见"), max_length=300, required=False)

    def validate_town(self, field: Field) -> None:
        if not field.data:
            field.errors = [gettext("请先勾选要办的镇。")]
        elif not all(_SEEN.fullmatch(text) for text in field.data):
            field.errors = [gettext("请从列表中选择。")]

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators)) and not self.errors

    @property
    def seen(self) -> dict[str, int]:
        """The versions by the towns' codes."""
        found = (_SEEN.fullmatch(text) for text in self.town.data or ())
        return {match[1]: int(match[2]) for match in found if match}


class MonthChoice(SelectField):
    """One of the months offered, or all."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, choices=[ALL], default="", validate_choice=False, **kwargs)

    def offer(self, months: Iterable[str]) -> None:
        self.choices = [ALL, *(SelectChoice(month, month) for month in months)]

    def pre_validate(self, form: Any) -> None:
        if self.data and read_month(self.data) is None:
            raise ValidationError(gettext("请按 2026-11 的样子填写月份。"))


class AdjustmentsForm(FlaskForm):
    month = MonthChoice(_l("调整的月份"))


class HistoryForm(FlaskForm):
    """Which steps to list."""

    month = MonthChoice(_l("月份"))
    town = SelectField(_l("镇"), choices=[ALL], default="", validate_choice=False)
    kind = SelectField(
        _l("办理"),
        choices=[ALL, *(SelectChoice(kind.value, kind.label) for kind in ActKind)],
        default="",
        validate_choice=False,
    )
    person = LineField(_l("经办人"), max_length=40, required=False)

    def __init__(self, asked: Mapping[str, str], towns: Iterable[Town], months: list[str]) -> None:
        super().__init__(asked)
        self.month.offer(months)
        named = ((town.code, town.county.name + town.name) for town in towns)
        self.town.choices = [ALL, *starmap(SelectChoice, named)]

    def validate_kind(self, field: Field) -> None:
        if field.data and field.data not in set(ActKind):
            field.errors = [gettext("请从列表中选择。")]

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators)) and not self.errors


def months_to_offer(today: date, years: int = 3) -> list[str]:
    """The months of the last years, the latest first."""
    return [
        f"{year}-{month:02}"
        for year in range(today.year, today.year - years, -1)
        for month in range(12, 0, -1)
        if (year, month) <= (today.year, today.month)
    ]

"""What the coming weeks are expected to bring, in the unit of whoever says it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import FieldList
from wtforms.widgets import NumberInput

from catalog.expectations.models import HarvestExpectation
from catalog.expectations.rules import MOST_GRAMS, WEEKS_AHEAD, Week, read_week, weeks_from
from catalog.expectations.services import Said
from shop.web.fields import CarriedField, ThousandthsField
from shop.web.filters import near_day
from suppliers.expectations.rules import JIN, UNITS, in_unit, of_unit, said_in


class AmountField(ThousandthsField):
    """A weight in some unit, held in thousandths of it; − and + go by ten."""

    widget = NumberInput(step=10)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flags.min = self.minimum

    def __call__(self, **kwargs: Any) -> Any:
        # A number control shows nothing at all of a text that is no number.
        return super().__call__(**({"type": "text"} if self.errors else {}), **kwargs)


class EachWeek(FieldList):
    """A field for each week, also of those that were not sent: none slips into another's place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_entries=WEEKS_AHEAD, **kwargs)

    def _extract_indices(self, prefix: str, formdata: Any) -> range:
        return range(WEEKS_AHEAD)


class ExpectationForm(FlaskForm):
    """A product's weeks from the first one on, each with the version that its page showed."""

    first = CarriedField()
    unit = CarriedField()
    seen = EachWeek(CarriedField())
    # Twice the grams: 斤 are half kilograms.
    amounts = EachWeek(AmountField("", minimum=0, maximum=MOST_GRAMS * 2, required=False))

    def begin(self, unit: str, weeks: Sequence[Week]) -> None:
        """Say which weeks a page shows, and in what. Call it before the form is shown."""
        self.first.data, self.unit.data = weeks[0].code, unit

    def show(
        self,
        weeks: Sequence[Week],
        newest: Mapping[Week, HarvestExpectation],
        instead: Mapping[Week, int],
    ) -> None:
        """Fill in what holds, or what is proposed instead of it, in grams."""
        for week, amount, seen in zip(weeks, self.amounts, self.seen, strict=True):
            now = newest.get(week)
            grams = instead.get(week, now.quantity_g if now else None)
            amount.data = None if grams is None else in_unit(grams, self.unit.data)
            seen.data = str(now.version if now else 0)

    def name_weeks(self, weeks: Sequence[Week]) -> None:
        """Say which week each amount is of, for whoever reads a list of errors."""
        for week, amount in zip(weeks, self.amounts, strict=True):
            amount.label.text = f"{near_day(week.since)}–{near_day(week.until)}"

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for amount in self.amounts:
            if not amount.errors and (fault := self._fault_of(amount.data)):
                amount.errors = [fault]
        self.amounts.errors = [each.errors for each in self.amounts if each.errors]
        return valid and not self.amounts.errors

    @property
    def unit_chosen(self) -> str:
        return self.unit.data if self.unit.data in UNITS else JIN

    def weeks(self) -> list[Week]:
        """The weeks of the page that this came from; none where it doesn't say."""
        first = read_week(self.first.data or "")
        return weeks_from(first, WEEKS_AHEAD) if first else []

    def said(self) -> list[Said]:
        return [
            Said(week, self._grams(amount.data), _version(seen.data))
            for week, amount, seen in zip(self.weeks(), self.amounts, self.seen, strict=True)
        ]

    def answer(self, weeks: Sequence[Week], newer: Mapping[Week, HarvestExpectation]) -> None:
        """Say beside each week what somebody else wrote meanwhile; saving again overrides that."""
        for week, amount, seen in zip(weeks, self.amounts, self.seen, strict=True):
            if week in newer:
                amount.errors = [_words_of(newer[week], self.unit_chosen)]
                seen.data = str(newer[week].version)
        self.amounts.errors = [each.errors for each in self.amounts if each.errors]

    def _fault_of(self, thousandths: int | None) -> str | None:
        if thousandths is None:
            return None
        if self.unit_chosen == JIN and thousandths % 2:
            return gettext("请精确到 1 克，也就是 0.002 斤。")
        if of_unit(thousandths, self.unit_chosen) > MOST_GRAMS:
            return gettext("一周最多 1000 吨。")
        return None

    def _grams(self, thousandths: int | None) -> int | None:
        return None if thousandths is None else of_unit(thousandths, self.unit_chosen)


def _words_of(now: HarvestExpectation, unit: str) -> str:
    who = now.said_by.name if now.said_by else gettext("系统")
    if now.quantity_g is None:
        return gettext("%(who)s刚刚清空了这一周。再保存一次，就以您填的为准。", who=who)
    return gettext(
        "%(who)s刚刚改成 %(amount)s %(unit)s。再保存一次，就以您填的为准。",
        who=who,
        amount=said_in(now.quantity_g, unit),
        unit=UNITS[unit],
    )


def _version(carried: str | None) -> int:
    text = carried or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

"""Form fields that read what people really type, and say beside the field what can't be read.

Amounts are read as decimals without ever becoming a float: full-width digits, the thousands mark
and a Chinese full stop for the point are understood, more decimals than the unit has are refused.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from wtforms import (
    DateField,
    Field,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import Choice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, Input, NumberInput, Select, TextInput
from wtforms.widgets.core import clean_key

from shop.money import yuan

# As typed on a Chinese keyboard. Other scripts' digits and ² are not numbers to us.
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．。，－＋￥", "0123456789..,-+¥")
_NUMBER = re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]*))?")
_LONGEST_NUMBER = 24
# Control characters, invisible marks (among them those that turn the reading direction) and halves
# of characters: none of them is text, and PostgreSQL refuses some.
_NO_TEXT = {"Cc", "Cf", "Cs"}
# It makes several pictures one emoji, so it stays inside a text.
_JOINER = "\u200d"


def attributes(**given: Any) -> Markup:
    """The attributes of a control, as WTForms writes them itself, in a small part of the time:
    most of what a form took to be drawn."""
    written = [
        clean_key(name) if value is True else f'{clean_key(name)}="{escape(value)}"'
        for name, value in sorted(given.items())
        if value is not False
    ]
    return Markup(" ".join(written))  # noqa: S704 -- each value is escaped above


def option(choice: Choice, **given: Any) -> Markup:
    """One choice of a list, likewise; a table's filters have hundreds."""
    given = {"value": choice.value, **(choice.render_kw or {}), **given}
    if choice.selected:
        given["selected"] = True
    label = str(choice.label) or choice.value
    return Markup(f"<option {attributes(**given)}>{escape(label)}</option>")  # noqa: S704


# Widgets look up on their class who writes their attributes and choices.
Input.html_params = staticmethod(attributes)
Select.render_option = staticmethod(option)


class NotANumber(ValueError):
    """The text is no decimal number."""


class TooManyDecimals(ValueError):
    """The number is finer than its unit allows."""


def parse_decimal(text: str, decimals: int) -> int:
    """Read a decimal number as a whole number of its smallest unit: ``("12.5", 2)`` is 1250.

    Raises NotANumber or TooManyDecimals. Trailing zeros beyond the unit do no harm.
    """
    plain = clean_line(text).translate(_HALF_WIDTH).replace(" ", "")
    found = _NUMBER.fullmatch(plain) if len(plain) <= _LONGEST_NUMBER else None
    if found is None:
        raise NotANumber
    sign, whole, fraction = found.groups()
    fraction = (fraction or "").rstrip("0")
    if len(fraction) > decimals:
        raise TooManyDecimals
    amount = int(whole.replace(",", "") + fraction.ljust(decimals, "0"))
    return -amount if sign == "-" else amount


def half_width(text: str) -> str:
    """Digits and their punctuation as typed on a Chinese keyboard, the way others type them."""
    return text.translate(_HALF_WIDTH).replace("：", ":")


def format_decimal(amount: int, decimals: int) -> str:
    """The shortest text that `parse_decimal` reads as this amount."""
    whole, part = divmod(abs(amount), 10**decimals)
    fraction = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{'-' if amount < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"


def clean_line(text: str) -> str:
    """Text on one line: no invisible characters, single spaces, none at the ends."""
    return " ".join(_visible(" ".join(text.split())).split()).strip(_JOINER)


def clean_paragraphs(text: str) -> str:
    """Text on several lines, with at most one empty line between two."""
    lines = "\n".join(clean_line(line) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _visible(text: str) -> str:
    # Nothing of what is left out can be printed, and most texts have none of it.
    if not text.isprintable():
        kept = (c for c in text if c == _JOINER or unicodedata.category(c) not in _NO_TEXT)
        text = "".join(kept)
    return unicodedata.normalize("NFC", text)


class Filled:
    """Something must be there; whitespace is nothing."""

    field_flags = {"required": True}

    def __init__(self, message: Any = None) -> None:
        self.message = message or _l("请填写这一项。")

    def __call__(self, form: Any, field: Field) -> None:
        if field.errors:
            raise StopValidation
        if field.data in (None, "", []):
            raise StopValidation(self.message)


class MayBeBlank:
    """Nothing need be there; whatever follows is asked only if something is."""

    def __call__(self, form: Any, field: Field) -> None:
        if field.errors or field.data is None or field.data == "":
            raise StopValidation


def _presence(required: bool) -> Filled | MayBeBlank:
    return Filled() if required else MayBeBlank()


class _TextBase(StringField):
    """Cleaned text of limited length; never None."""

    def __init__(
        self,
        label: Any = None,
        validators: Any = (),
        *,
        max_length: int,
        min_length: int = 0,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        self.min_length, self.max_length = min_length, max_length
        super().__init__(label, [_presence(required), self._fits, *validators], **kwargs)
        self.flags.maxlength = max_length

    def _fits(self, form: Any, field: Field) -> None:
        length = len(self.data or "")
        if length > self.max_length:
            raise ValidationError(
                gettext(
                    "最多 %(max)s 个字，现在有 %(length)s 个。", max=self.max_length, length=length
                )
            )
        if length < self.min_length:
            raise ValidationError(gettext("至少 %(min)s 个字。", min=self.min_length))


class LineField(_TextBase):
    """One line of text: ``LineField("姓名", max_length=40)``."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = clean_line(str(valuelist[0])) if valuelist else ""


class ParagraphField(_TextBase):
    """Several lines of text."""

    widget = TextAreaField.widget

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = clean_paragraphs(str(valuelist[0])) if valuelist else ""


class CarriedField(HiddenField):
    """What a page carries along unseen. What no page wrote and no database keeps fits nothing."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = "".join(c if c.isprintable() else "\ufffd" for c in str(valuelist[0]))


class _NumberBase(Field):
    """A number between two bounds, held as a whole number of its smallest unit."""

    widget = TextInput()
    decimals = 0
    inputmode = "decimal"

    def __init__(
        self,
        label: Any = None,
        validators: Any = (),
        *,
        minimum: int,
        maximum: int,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        self.minimum, self.maximum = minimum, maximum
        render = {"inputmode": self.inputmode, "autocomplete": "off", **kwargs.pop("render_kw", {})}
        super().__init__(
            label, [_presence(required), self._in_bounds, *validators], render_kw=render, **kwargs
        )

    def _value(self) -> str:
        if self.raw_data:
            return clean_line(str(self.raw_data[0]))
        return "" if self.data is None else self.write(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = clean_line(str(valuelist[0])) if valuelist else ""
        if not text:
            return
        try:
            self.data = parse_decimal(self._without_unit(text), self.decimals)
        except TooManyDecimals as error:
            raise ValueError(self._too_fine()) from error
        except NotANumber as error:
            raise ValueError(self._no_number()) from error

    def _in_bounds(self, form: Any, field: Field) -> None:
        if not self.minimum <= self.data <= self.maximum:
            low, high = self.show(self.minimum), self.show(self.maximum)
            raise ValidationError(
                gettext("请填写 %(low)s 到 %(high)s 之间的数。", low=low, high=high)
            )

    def write(self, amount: int) -> str:
        """An amount as it stands in the control."""
        return format_decimal(amount, self.decimals)

    def show(self, amount: int) -> str:
        """An amount as it stands in a message."""
        return f"{amount:,}"

    def _without_unit(self, text: str) -> str:
        return text

    def _no_number(self) -> str:
        return gettext("请填写数字，例如 12.5。")

    def _too_fine(self) -> str:
        return gettext("最多 %(decimals)s 位小数。", decimals=self.decimals)


class WholeNumberField(_NumberBase):
    """A count: ``WholeNumberField("库存", minimum=0, maximum=99_999)``."""

    widget = NumberInput(step=1)
    inputmode = "numeric"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The − and + of the stepper keep to them.
        self.flags.min, self.flags.max = self.minimum, self.maximum

    def _no_number(self) -> str:
        return gettext("请填写整数，例如 12。")

    def _too_fine(self) -> str:
        return self._no_number()


class YuanField(_NumberBase):
    """Money typed in yuan, held in fen; bounds in fen."""

    decimals = 2

    def write(self, amount: int) -> str:
        return yuan(amount).replace(",", "")

    def show(self, amount: int) -> str:
        return yuan(amount)

    def _without_unit(self, text: str) -> str:
        return text.translate(_HALF_WIDTH).removeprefix("¥").removesuffix("元")

    def _no_number(self) -> str:
        return gettext("请填写金额，例如 39.90。")

    def _too_fine(self) -> str:
        return gettext("金额最多两位小数，精确到分。")


class ThousandthsField(_NumberBase):
    """A number with three decimals, held in thousandths: kilograms in grams, litres in millilitres.

    Bounds in thousandths.
    """

    decimals = 3

    def show(self, amount: int) -> str:
        return format_decimal(amount, self.decimals)

    def _too_fine(self) -> str:
        return gettext("最多三位小数。")


class KilogramField(ThousandthsField):
    """A weight typed in kilograms, held in grams; bounds in grams."""

    def _no_number(self) -> str:
        return gettext("请填写公斤数，例如 2.5。")


class DayField(DateField):
    """A day; both bounds can be chosen."""

    def __init__(
        self,
        label: Any = None,
        validators: Any = (),
        *,
        minimum: date = date(2021, 1, 1),
        maximum: date = date(2099, 12, 31),
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(label, [_presence(required), self._in_bounds, *validators], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = clean_line(str(valuelist[0])) if valuelist else ""
        if not text:
            return
        try:
            self.data = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError as error:
            raise ValueError(gettext("请填写日期，例如 2026-11-23。")) from error

    def _in_bounds(self, form: Any, field: Field) -> None:
        if not self.minimum <= self.data <= self.maximum:
            low, high = self.minimum.isoformat(), self.maximum.isoformat()
            raise ValidationError(
                gettext("请填写 %(low)s 到 %(high)s 之间的日期。", low=low, high=high)
            )


class BoxToTick(CheckboxInput):
    """One of several boxes: that one of them is required doesn't make each so."""

    validation_attrs = ["disabled"]


class ManyBoxes(SelectMultipleField):
    """Several choices as boxes to tick."""

    option_widget = BoxToTick()

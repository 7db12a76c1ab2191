"""How a cooperative says what it has sent."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from orders.deliveries.rules import tracking_number_of
from shop.web.fields import Filled, LineField, ParagraphField
from suppliers.fulfilment.rules import CARRIERS, MOST_PARCELS, is_tracking_number

OTHER = "other"


class DispatchForm(FlaskForm):
    """One carrier, and the number of each parcel on a line of its own."""

    carrier = SelectField(
        _l("快递公司"),
        [Filled()],
        choices=[
            *(SelectChoice(name, name) for name in CARRIERS),
            SelectChoice(OTHER, _l("其他")),
        ],
        validate_choice=False,
    )
    other = LineField(_l("其他快递的名称"), max_length=20, required=False)
    numbers = ParagraphField(_l("快递单号"), max_length=1000)

    def validate_carrier(self, field: Any) -> None:
        if field.data not in {*CARRIERS, OTHER}:
            raise ValidationError(gettext("请选择快递公司。"))
        if field.data == OTHER and not self.other.data:
            raise ValidationError(gettext("选了“其他”，请在下面写上快递公司的名称。"))

    def validate_numbers(self, field: Any) -> None:
        numbers = self._numbers
        wrong = [number for number in numbers if not is_tracking_number(number)]
        if wrong:
            raise ValidationError(
                gettext("“%(number)s”不像快递单号，请核对字母和数字。", number=wrong[0][:40])
            )
        if not 1 <= len(numbers) <= MOST_PARCELS:
            raise ValidationError(gettext("一次最多填 %(most)s 个单号。", most=MOST_PARCELS))

    @property
    def parcels(self) -> list[tuple[str, str]]:
        """Carrier and tracking number of each parcel."""
        carrier = self.other.data if self.carrier.data == OTHER else self.carrier.data
        return [(carrier, number) for number in self._numbers]

    @property
    def _numbers(self) -> list[str]:
        typed = (self.numbers.data or "").replace("，", "\n").replace(",", "\n")
        return [number for line in typed.splitlines() if (number := tracking_number_of(line))]

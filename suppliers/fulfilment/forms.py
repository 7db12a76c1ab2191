"""How a cooperative says what it has sent."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from catalog.batches.models import Batch
from orders.deliveries.rules import tracking_number_of
from orders.records.models import OrderLine
from shop.web.fields import CarriedField, Filled, LineField, ParagraphField, WholeNumberField
from shop.web.filters import near_day, weight
from suppliers.fulfilment.rules import CARRIERS, MOST_PARCELS, is_tracking_number

OTHER = "other"
_KEY = re.compile(r"[A-Za-z0-9_-]{20,64}")


class DispatchForm(FlaskForm):
    """One carrier, the number of each parcel on a line of its own, and how many units of each
    line go with it: ``dispatch_form`` adds a field for each."""

    # The field's name by order line; a part of which nothing waits has none.
    unit_fields: dict[int, str] = {}
    # The same for the field in which one of several batches can be chosen.
    batch_fields: dict[int, str] = {}

    # Made once for each page: however often it comes back, it sends once.
    key = CarriedField()
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

    def show(self, fresh_key: str) -> None:
        """Put a one-time key into the form; the one that it came back with stays."""
        if not self.has_key:
            self.key.data = fresh_key

    def validate_key(self, field: Any) -> None:
        if not self.has_key:
            raise ValidationError(gettext("这一页已经过期，请核对后再按一次。"))

    def validate(self, extra_validators: Any = None) -> bool:
        sound = bool(super().validate(extra_validators))
        if sound and not any(self.quantities.values()):
            self.form_errors.append(gettext("每样都是 0，没有要发的货。"))
        return sound and not self.form_errors

    @property
    def quantities(self) -> dict[int, int]:
        """How many units of each order line are sent."""
        return {line_id: self[name].data for line_id, name in self.unit_fields.items()}

    @property
    def allocations(self) -> dict[int, dict[int, int]]:
        """Units by batch for each order line of which somebody chose the batch."""
        quantities = self.quantities
        return {
            line_id: {int(self[name].data): quantities[line_id]}
            for line_id, name in self.batch_fields.items()
            if self[name].data and quantities[line_id]
        }

    @property
    def has_key(self) -> bool:
        return _KEY.fullmatch(self.key.data or "") is not None

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


def dispatch_form(
    lines: Iterable[OrderLine], today: date, batches: Sequence[Batch] = ()
) -> DispatchForm:
    """The form for what waits of these lines: all of it, unless another number is typed, and none
    of what was sold in advance before its day. Where a product has several batches to send from,
    one of them can be chosen."""
    names = {f"units_{place}": line for place, line in enumerate(lines, start=1)}
    waiting = {name: line for name, line in names.items() if line.waiting_quantity}
    fields: dict[str, Any] = {
        name: WholeNumberField(
            f"{line.product_name} {line.spec}",
            minimum=0,
            maximum=line.waiting_quantity,
            default=0 if line.ships_on and line.ships_on > today else line.waiting_quantity,
        )
        for name, line in waiting.items()
    }
    fields["unit_fields"] = {line.id: name for name, line in waiting.items()}
    chosen = {}
    for name, line in waiting.items():
        choices = _batch_choices([b for b in batches if b.product_id == line.product_id])
        if len(choices) > 2:
            chosen[line.id] = name.replace("units", "batch")
            label = _l("从哪一批发：%(name)s", name=f"{line.product_name} {line.spec}")
            fields[chosen[line.id]] = SelectField(label, choices=choices, default="")
    fields["batch_fields"] = chosen
    form: DispatchForm = type("DispatchFormOfPart", (DispatchForm,), fields)()
    return form


def _batch_choices(batches: Sequence[Batch]) -> list[SelectChoice]:
    return [
        SelectChoice("", _l("自动（先收先发）")),
        *(
            SelectChoice(
                str(batch.id),
                _l(
                    "%(day)s采收，还剩 %(left)s",
                    day=LazyString(near_day, batch.harvested_on),
                    left=LazyString(weight, batch.left_g),
                ),
            )
            for batch in batches
        ),
    ]

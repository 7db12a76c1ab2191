"""What is said to call units off before they are sent."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field

from orders.records.models import SubOrder
from orders.refunds.rules import waiting_units
from shop.web.fields import LineField, WholeNumberField

_PREFIX = "line_"


class CancellationForm(FlaskForm):
    """How many units of which line, or with ``whole`` everything that waits.

    Lines are numbered by their place in the part, so that their fields are the same on every order.
    """

    whole = BooleanField()
    # The lines' ids in their order; set by `cancellation_form`.
    line_ids: tuple[int, ...] = ()

    @property
    def units(self) -> dict[int, int] | None:
        """Units by the line's id; None for everything."""
        if self.whole.data:
            return None
        return {id_: field.data or 0 for id_, field in self.line_fields.items()}

    @property
    def line_fields(self) -> dict[int, Field]:
        """The number field of each line of which something waits, by the line's id."""
        named = {f"{_PREFIX}{place}": id_ for place, id_ in enumerate(self.line_ids, start=1)}
        return {named[field.short_name]: field for field in self if field.short_name in named}

    def refuse(self, message: str) -> None:
        """Say above the form what was wrong with it as a whole."""
        self.form_errors.append(message)


class CooperativeCancellationForm(CancellationForm):
    """A cooperative that cannot deliver says why; the buyer reads it."""

    reason = LineField(_l("为什么不能发货（买家会看到）"), min_length=2, max_length=100)


def cancellation_form(
    part: SubOrder, kind: type[CancellationForm] = CancellationForm
) -> CancellationForm:
    """The form with a field for each line of which something waits."""
    waiting = waiting_units(part.lines)
    fields = {
        f"{_PREFIX}{place}": WholeNumberField(
            _l("取消几件"), minimum=0, maximum=waiting[line.id], default=0, required=False
        )
        for place, line in enumerate(part.lines, start=1)
        if line.id in waiting
    }
    given = {"line_ids": tuple(line.id for line in part.lines)}
    made: type[CancellationForm] = type("PartCancellationForm", (kind,), fields | given)
    return made()

"""What a cooperative says about goods that are missing."""

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, ValidationError
from wtforms.fields.choices import SelectChoice

from orders.shortages.models import Cause
from shop.web.fields import CarriedField, Filled, LineField, WholeNumberField

_KEY = re.compile(r"[A-Za-z0-9_-]{20,64}")


class ShortageForm(FlaskForm):
    """How many, and why. Its answer says whom that concerns, and does nothing."""

    # Of which harvest, or of which order; see `views.Subject`.
    day = CarriedField()
    order = CarriedField()
    units = WholeNumberField(_l("缺多少"), minimum=1, maximum=1)
    cause = RadioField(
        _l("为什么缺"),
        [Filled(_l("请选一个原因。"))],
        choices=[SelectChoice(cause.value, cause.label) for cause in Cause],
        invalid_choice_message=_l("请选一个原因。"),
    )
    note = LineField(_l("补充说明（买家会看到）"), max_length=100, required=False)

    def begin(self, waiting: int) -> None:
        """Say how many can be missing at most. Call it before the form is validated or shown."""
        self.units.maximum = max(1, waiting)

    @property
    def chosen(self) -> Cause:
        return Cause(self.cause.data)

    def validate_cause(self, field: Any) -> None:
        if field.data == Cause.OTHER and not self.note.data:
            raise ValidationError(gettext("选了“其他原因”，请在下面写明，买家会看到。"))


class ConfirmedForm(ShortageForm):
    """The same, after somebody has seen whom it concerns."""

    # Made once for each page: however often it is sent, it is one report.
    key = CarriedField()
    # The fingerprint of what was shown.
    plan = CarriedField()

    def validate_key(self, field: Any) -> None:
        if _KEY.fullmatch(field.data or "") is None:
            raise ValidationError(gettext("这一页已经过期，请核对后再按一次。"))

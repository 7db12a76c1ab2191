"""Whom a cooperative lets act for it, and how long."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from shop.accounts.mandates.errors import BadPeriod
from shop.accounts.mandates.rules import is_fit
from shop.accounts.people.models import Account, Appointment
from shop.web.fields import DayField, Filled


class MandateForm(FlaskForm):
    appointment = RadioField(
        _l("请哪位干部代办"),
        [Filled(_l("请选择一位干部。"))],
        coerce=str,
        invalid_choice_message=_l("请选择一位干部。"),
    )
    from_on = DayField(_l("从哪天起"))
    until_on = DayField(_l("到哪天为止（含当天）"))

    def __init__(
        self, team: Sequence[tuple[Appointment, Account]], today: date, **given: Any
    ) -> None:
        super().__init__(**given)
        self.today = today
        self.appointment.choices = [
            SelectChoice(str(appointment.id), account.name) for appointment, account in team
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.from_on.errors or self.until_on.errors:
            return False
        if not is_fit(self.from_on.data, self.until_on.data, self.today):
            backwards = self.from_on.data > self.until_on.data
            fault = gettext("最后一天不能早于第一天。") if backwards else str(BadPeriod())
            field = self.from_on if self.from_on.data < self.today else self.until_on
            field.errors = [fault]
            return False
        return valid

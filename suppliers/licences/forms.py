"""A licence as the office writes it down."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import enum_choices

from shop import clock
from shop.web.fields import CarriedField, DayField, Filled, LineField
from suppliers.licences.services import LicenceEntry
from suppliers.verification.models import DocumentKind


class LicenceForm(FlaskForm):
    kind = RadioField(
        _l("哪一种证照"),
        [Filled(_l("请选择哪一种证照。"))],
        choices=enum_choices(DocumentKind, label=lambda each: each.label),
        invalid_choice_message=_l("请选择哪一种证照。"),
    )
    number = LineField(_l("证照号码"), max_length=60)
    expires_on = DayField(_l("有效期至"), required=False)
    open_ended = BooleanField(_l("长期有效"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if not self.expires_on.errors:
            fault = self._fault_of_expiry()
            self.expires_on.errors = [fault] if fault else []
        return valid and not self.expires_on.errors

    def _fault_of_expiry(self) -> str:
        expires_on = self.expires_on.data
        if expires_on is None:
            missing = gettext("请填写有效期，没有期限的请勾选“长期有效”。")
            return "" if self.open_ended.data else missing
        if self.open_ended.data:
            return gettext("写了日期就不要勾选“长期有效”。")
        expired = expires_on < clock.day_of(clock.now())
        return gettext("这个证照已经过期，请先换新证。") if expired else ""

    @property
    def entry(self) -> LicenceEntry:
        return LicenceEntry(
            kind=DocumentKind(self.kind.data),
            number=self.number.data,
            expires_on=self.expires_on.data,
        )


class RenewalForm(LicenceForm):
    """A licence as its cooperative brings it; a photo that came once need not come again."""

    photo = FileField(_l("照片"))
    photo_id = CarriedField()

    @property
    def kept_photo(self) -> int | None:
        """The photo that came with the form before; whose it is, the service asks."""
        text = str(self.photo_id.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

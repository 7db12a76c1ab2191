"""Typing a code, and taking a factor away with a reason."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.accounts.factors.errors import WrongCode
from shop.web.fields import CarriedField, LineField


class CodeForm(FlaskForm):
    code = LineField(_l("验证码"), max_length=40)
    next = CarriedField()

    def refuse(self, refusal: WrongCode) -> None:
        self.code.errors = [str(refusal)]


class ResetForm(FlaskForm):
    reason = LineField(_l("原因"), max_length=200, min_length=2)

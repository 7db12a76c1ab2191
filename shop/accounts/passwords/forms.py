"""Who forgot a password, and what it is to be."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.accounts.people.forms import NewPasswordField
from shop.web.fields import LineField


class ForgottenForm(FlaskForm):
    identifier = LineField(_l("手机号或邮箱"), max_length=254)


class AnewForm(FlaskForm):
    password = NewPasswordField(_l("新密码"))

    def __init__(self, signs_in_with: str | None, **kwargs: Any) -> None:
        self.signs_in_with = signs_in_with
        super().__init__(**kwargs)

"""Signing in."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField

from shop.web.fields import CarriedField, Filled, LineField


class SignInForm(FlaskForm):
    identifier = LineField(_l("手机号或邮箱"), max_length=254)
    password = PasswordField(_l("密码"), [Filled(_l("请输入密码。"))])
    next = CarriedField()

    def refuse(self) -> None:
        """The one answer to whatever was wrong: nobody learns whether there is an account."""
        self.password.errors = [_l("手机号、邮箱或密码不对。")]

"""Joining, passwords and addresses."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, PasswordField, RadioField, ValidationError
from wtforms.fields.choices import enum_choices

from shop.accounts.people.rules import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    canonical_identifier,
    contact_phone,
    password_is_strong,
)
from shop.accounts.people.services import Delivery, Employer, Newcomer, hash_password
from shop.organisations.models import EnterpriseType
from shop.organisations.rules import canonical_credit_code, is_credit_code
from shop.places.forms import TownField
from shop.web.fields import CarriedField, Filled, LineField

PASSWORD_HINT = _l("至少 %(count)s 个字符，不能和手机号、邮箱相同。", count=SHORTEST_PASSWORD)


def readable(read: Callable[[str], object], message: Any) -> Callable[[Any, Field], None]:
    """A validator: what was typed must be something that a rule can read."""

    def check(form: Any, field: Field) -> None:
        if not read(field.data or ""):
            raise ValidationError(message)

    return check


class NewPasswordField(PasswordField):
    """A password to be; its hint says the rule."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, [Filled(_l("请输入密码。")), self._is_strong], **kwargs)
        self.flags.minlength, self.flags.maxlength = SHORTEST_PASSWORD, LONGEST_PASSWORD

    def _is_strong(self, form: Any, field: Field) -> None:
        if not password_is_strong(field.data, form.signs_in_with):
            raise ValidationError(PASSWORD_HINT)


def _ticked(form: Any, field: Field) -> None:
    if not field.data:
        raise ValidationError(_l("请先阅读，再勾选同意。"))


class ConsentForm(FlaskForm):
    """Two boxes, each ticked by the person."""

    agreement = BooleanField(_l("我已阅读并同意"), [_ticked])
    privacy = BooleanField(_l("我已阅读并同意"), [_ticked])


class JoinForm(ConsentForm):
    """What a resident fills in."""

    next = CarriedField()
    name = LineField(_l("称呼"), max_length=40)
    identifier = LineField(
        _l("手机号或邮箱"),
        [readable(canonical_identifier, _l("请填写 11 位手机号，或完整的邮箱地址。"))],
        max_length=254,
    )
    password = NewPasswordField(_l("密码"))

    @property
    def signs_in_with(self) -> str | None:
        return canonical_identifier(self.identifier.data or "")

    @property
    def newcomer(self) -> Newcomer:
        return Newcomer(
            name=self.name.data,
            identifier=self.signs_in_with or "",
            password_hash=hash_password(self.password.data),
        )

    @property
    def employer(self) -> Employer | None:
        return None


class JoinForEnterpriseForm(JoinForm):
    """What somebody fills in who buys for an enterprise."""

    organisation = LineField(_l("单位全称"), max_length=80)
    enterprise_type = RadioField(
        _l("单位类型"),
        [Filled(_l("请选择单位类型。"))],
        choices=enum_choices(EnterpriseType, label=lambda each: each.label),
        invalid_choice_message=_l("请选择单位类型。"),
    )
    credit_code = LineField(
        _l("统一社会信用代码"),
        [
            readable(
                lambda typed: is_credit_code(canonical_credit_code(typed)),
                _l("这不是有效的统一社会信用代码：应为 18 位，请核对每一位。"),
            )
        ],
        max_length=40,
    )
    phone = LineField(
        _l("单位电话"),
        [readable(contact_phone, _l("请填写手机号，或带区号的座机号。"))],
        max_length=30,
    )

    @property
    def employer(self) -> Employer:
        return Employer(
            name=self.organisation.data,
            credit_code=canonical_credit_code(self.credit_code.data),
            enterprise_type=EnterpriseType(self.enterprise_type.data),
            phone=contact_phone(self.phone.data) or "",
        )


class ChangePasswordForm(FlaskForm):
    current = PasswordField(_l("现在的密码"), [Filled(_l("请输入现在的密码。"))])
    password = NewPasswordField(_l("新密码"))

    def __init__(self, signs_in_with: str | None, **kwargs: Any) -> None:
        self.signs_in_with = signs_in_with
        super().__init__(**kwargs)


class AddressForm(FlaskForm):
    """An address in Zhuhai."""

    recipient = LineField(_l("收货人"), max_length=40)
    phone = LineField(
        _l("电话"),
        [readable(contact_phone, _l("请填写手机号，或带区号的座机号。"))],
        max_length=30,
    )
    town_code = TownField(_l("镇街"))
    street = LineField(_l("详细地址"), max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.town_code.offer_zhuhai()

    @property
    def delivery(self) -> Delivery:
        return Delivery(
            recipient=self.recipient.data,
            phone=contact_phone(self.phone.data) or "",
            town_code=self.town_code.data,
            street=self.street.data,
        )

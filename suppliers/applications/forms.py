"""The steps of an application, each on a screen of its own, and what the officials answer."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, SelectField
from wtforms.fields.choices import SelectChoice

from catalog.wording.forms import refuse_claims
from shop.accounts.people.forms import readable
from shop.accounts.people.rules import contact_phone
from shop.organisations.rules import canonical_credit_code, is_credit_code
from shop.places.forms import TownField
from shop.places.models import Town
from shop.places.queries import CountyTowns
from shop.web.fields import CarriedField, DayField, Filled, LineField, ParagraphField
from suppliers.applications.rules import canonical_account_number
from suppliers.applications.services import AccountEntry
from suppliers.verification.models import DocumentKind, Step

FOUNDED_AFTER = date(1990, 1, 1)


class StepForm(FlaskForm):
    """A step of which what is right can be kept while the rest is still wrong."""

    @property
    def good(self) -> dict[str, Any]:
        """The fields that were filled in rightly, in the form in which they are kept."""
        return {
            field.short_name: self.canonical(field)
            for field in self
            if not field.errors and not isinstance(field, FileField | CarriedField)
        }

    def canonical(self, field: Field) -> Any:
        return field.data


class CooperativeStep(StepForm):
    name = LineField(_l("合作社全称"), max_length=80, min_length=4)
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

    def canonical(self, field: Field) -> Any:
        return canonical_credit_code(field.data) if field is self.credit_code else field.data


class ContactStep(StepForm):
    town_code = TownField(_l("所在镇"))
    village = LineField(_l("村"), [refuse_claims], max_length=40, required=False)
    contact = LineField(_l("联系人"), max_length=40)
    phone = LineField(
        _l("电话"),
        [readable(contact_phone, _l("请填写手机号，或带区号的座机号。"))],
        max_length=30,
    )
    introduction = ParagraphField(_l("介绍"), [refuse_claims], max_length=1000, required=False)

    def __init__(self, towns: Iterable[Town], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        by_county = groupby(towns, key=lambda town: town.county)
        self.town_code.offer([CountyTowns(county, list(group)) for county, group in by_county])

    def canonical(self, field: Field) -> Any:
        return contact_phone(field.data) if field is self.phone else field.data


class DocumentForm(StepForm):
    kind = SelectField(
        _l("哪一种证照"),
        [Filled()],
        choices=[SelectChoice(kind.value, kind.label) for kind in DocumentKind],
        coerce=str,
    )
    photo = FileField(_l("照片"))
    number = LineField(_l("证照号码"), max_length=60)
    issued_on = DayField(_l("发证日期"), minimum=FOUNDED_AFTER, required=False)
    expires_on = DayField(_l("有效期至"), minimum=FOUNDED_AFTER, required=False)
    open_ended = BooleanField(_l("长期有效"))

    def __init__(self, *, has_photo: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.photo.flags.required = not has_photo

    def check(self, today: date) -> bool:
        """Whether it is filled in rightly and whole: each paper expires one day or never."""
        valid = self.validate_on_submit()
        if not self.expires_on.errors:
            self.expires_on.errors = [*self._faults_of_expiry(today)]
        if self.photo.flags.required and not self.photo.data:
            self.photo.errors = [gettext("请拍一张看得清全部字的照片。")]
        return valid and not self.errors

    @property
    def good(self) -> dict[str, Any]:
        """Days are kept together or not at all: they must agree with each other."""
        good = super().good
        if self.expires_on.errors or self.issued_on.errors:
            good |= {"issued_on": None, "expires_on": None, "open_ended": False}
        return good

    def canonical(self, field: Field) -> Any:
        return DocumentKind(field.data) if field is self.kind else field.data

    def _faults_of_expiry(self, today: date) -> Iterable[str]:
        expires_on = self.expires_on.data
        if expires_on is None and not self.open_ended.data:
            yield gettext("请填写有效期，没有期限的请勾选“长期有效”。")
        elif expires_on is not None and self.open_ended.data:
            yield gettext("写了日期就不要勾选“长期有效”。")
        elif expires_on is not None and expires_on < today:
            yield gettext("这个证照已经过期，请先换新证。")
        elif expires_on and self.issued_on.data and expires_on < self.issued_on.data:
            yield gettext("有效期不能早于发证日期。")


class ProductForm(StepForm):
    photo = FileField(_l("照片"))
    name = LineField(_l("样品名称"), max_length=60, min_length=2)
    description = ParagraphField(_l("怎么种、怎么卖"), max_length=300, required=False)


class BankAccountForm(FlaskForm):
    """The number is never shown again: leaving it blank keeps the one that is there."""

    holder = LineField(_l("户名"), max_length=80, min_length=2)
    bank = LineField(_l("开户银行"), max_length=80, min_length=4)
    number = LineField(
        _l("银行账号"),
        [readable(canonical_account_number, _l("请填写 8 到 28 位数字的银行账号。"))],
        max_length=40,
        required=False,
    )
    consent = BooleanField(_l("我同意菜篮子为结算货款保存这个银行账号"))

    def __init__(self, *, has_number: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.number.flags.required = not has_number

    def check(self) -> bool:
        """Whether it is filled in rightly: a number needs the consent to keep it."""
        valid = self.validate_on_submit()
        if not self.number.data and self.number.flags.required and not self.number.errors:
            self.number.errors = [gettext("请填写这一项。")]
        if self.number.data and not self.consent.data:
            self.consent.errors = [gettext("银行账号是敏感信息，同意以后我们才能保存。")]
        return valid and not self.errors

    @property
    def entry(self) -> AccountEntry:
        number = canonical_account_number(self.number.data) if self.number.data else None
        return AccountEntry(holder=self.holder.data, bank=self.bank.data, number=number)


class VersionForm(FlaskForm):
    """Says which version somebody has looked at."""

    version = CarriedField()

    @property
    def seen(self) -> int:
        """The version that was on the page; 0, which there never is, for anything else."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


class SignForm(VersionForm):
    note = LineField(_l("意见"), max_length=300, min_length=2)


class ReturnForm(VersionForm):
    """A reason beside each step that is to be mended; one at least."""

    cooperative = LineField(Step.COOPERATIVE.label, max_length=200, required=False)
    contact = LineField(Step.CONTACT.label, max_length=200, required=False)
    documents = LineField(Step.DOCUMENTS.label, max_length=200, required=False)
    bank_account = LineField(Step.BANK_ACCOUNT.label, max_length=200, required=False)
    products = LineField(Step.PRODUCTS.label, max_length=200, required=False)

    @property
    def reasons(self) -> dict[Step, str]:
        return {step: self[step.value].data for step in Step if self[step.value].data}

    def check(self) -> bool:
        valid: bool = self.validate_on_submit()
        if valid and not self.reasons:
            self.form_errors = [gettext("请至少在一处写明要修改什么。")]
            return False
        return valid

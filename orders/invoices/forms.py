"""Asking for invoices, and writing down what was issued."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice, enum_choices

from orders.invoices.models import InvoiceDocument, InvoiceTitle, TaxRate, TitleKind
from orders.invoices.rules import Item, Title, is_invoice_number, is_tax_code
from orders.records.models import SubOrder
from shop.accounts.people.rules import canonical_identifier, contact_phone
from shop.organisations.rules import canonical_credit_code
from shop.web.fields import DayField, Filled, LineField, ManyBoxes, ParagraphField

WHOLE, GOOD_ROWS = "whole", "good"


class RequestForm(FlaskForm):
    """Whom the invoice is made out to, and for which parts of an order."""

    parts = ManyBoxes(_l("给哪几份开票"), validate_choice=False)
    kind = RadioField(
        _l("抬头类型"),
        [Filled(_l("请选择抬头类型。"))],
        choices=enum_choices(TitleKind, label=lambda each: each.label),
        validate_choice=False,
    )
    name = LineField(_l("抬头名称"), max_length=100, min_length=2)
    tax_code = LineField(_l("税号"), max_length=40, required=False)
    email = LineField(_l("接收邮箱"), max_length=254, required=False)
    phone = LineField(_l("接收手机"), max_length=20, required=False)

    def __init__(
        self, parts: Iterable[SubOrder], title: InvoiceTitle | None = None, **kwargs: Any
    ) -> None:
        given = {} if title is None else _fields_of(title)
        numbers = [(part.number, f"{part.cooperative_name} · {part.number}") for part in parts]
        super().__init__(**given, parts=[number for number, _ in numbers], **kwargs)
        self.parts.choices = [SelectChoice(number, label) for number, label in numbers]

    def validate_parts(self, field: Any) -> None:
        offered = {choice.value for choice in field.choices}
        if not field.data or not set(field.data) <= offered:
            raise ValidationError(gettext("请至少选一份能开票的。"))

    def validate_kind(self, field: Any) -> None:
        if field.data not in set(TitleKind):
            raise ValidationError(gettext("请选择抬头类型。"))

    def validate_email(self, field: Any) -> None:
        if field.data and self._email is None:
            raise ValidationError(gettext("请填写完整的邮箱地址。"))

    def validate_phone(self, field: Any) -> None:
        if field.data and contact_phone(field.data) is None:
            raise ValidationError(gettext("请填写 11 位手机号。"))

    def validate(self, extra_validators: Any = None) -> bool:
        """What one field asks of another is asked even where that one is empty."""
        is_valid = super().validate(extra_validators)
        if self._is_enterprise and not is_tax_code(self._tax_code):
            words = gettext("单位必须填税号：18 位统一社会信用代码，或旧的 15、20 位税号。")
            self.tax_code.errors = [words]
            is_valid = False
        if not self.email.data and not self.phone.data:
            self.email.errors = [gettext("邮箱和手机请至少填一个，发票发到那里。")]
            is_valid = False
        return is_valid

    @property
    def title(self) -> Title:
        return Title(
            kind=TitleKind(self.kind.data),
            name=self.name.data,
            tax_code=self._tax_code if self._is_enterprise else "",
            email=self._email or "",
            phone=contact_phone(self.phone.data or "") or "",
        )

    @property
    def _is_enterprise(self) -> bool:
        return self.kind.data == TitleKind.ENTERPRISE

    @property
    def _tax_code(self) -> str:
        return canonical_credit_code(self.tax_code.data or "")

    @property
    def _email(self) -> str | None:
        found = canonical_identifier(self.email.data or "")
        return found if found and "@" in found else None


class DocumentForm(FlaskForm):
    """An invoice that the tax system issued, or the red one that takes it back."""

    number = LineField(_l("发票号码"), max_length=40)
    issued_on = DayField(_l("开票日期"))

    def validate_number(self, field: Any) -> None:
        field.data = "".join((field.data or "").split())
        if not is_invoice_number(field.data):
            raise ValidationError(gettext("数电发票号码是 20 位数字。"))

    @property
    def rates(self) -> dict[int, TaxRate]:
        """The rates that were chosen, by order line."""
        names = {name: field for name, field in self._fields.items() if name.startswith("rate_")}
        return {int(name[5:]): TaxRate(field.data) for name, field in names.items()}


def issue_form(items: Iterable[Item], **kwargs: Any) -> DocumentForm:
    """A DocumentForm that asks for the rate of each line too; freight has that of the first."""
    fields = {
        f"rate_{item.order_line_id}": SelectField(
            item.name,
            [Filled(), _known_rate],
            choices=enum_choices(TaxRate, label=lambda each: each.label),
            default=item.rate.value,
            validate_choice=False,
        )
        for item in items
        if item.order_line_id is not None
    }
    return type("IssueForm", (DocumentForm,), fields)(**kwargs)


class FileForm(FlaskForm):
    """The file of an issued invoice; ``document`` is asked only where there is a red one too."""

    document = SelectField(_l("哪一张"), coerce=int, validate_choice=False)
    file = FileField(_l("发票文件"), [Filled(_l("请选择文件。"))])

    def __init__(self, documents: Sequence[InvoiceDocument], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.document.choices = [SelectChoice(each.id, each.number) for each in documents]
        if len(documents) == 1 or not self.document.raw_data:
            self.document.data = documents[-1].id if documents else None

    def validate_document(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(gettext("请选择是哪一张。"))


class RejectionForm(FlaskForm):
    reason = LineField(_l("为什么不能开"), max_length=200)


class ImportForm(FlaskForm):
    """Numbers from a sheet, or pasted from one."""

    file = FileField(_l("表格文件"))
    pasted = ParagraphField(_l("或者粘贴在这里"), max_length=40_000, required=False)
    mode = RadioField(
        _l("有几行不对时"),
        choices=[
            SelectChoice(WHOLE, _l("整份都不登记")),
            SelectChoice(GOOD_ROWS, _l("登记其余的")),
        ],
        default=WHOLE,
        validate_choice=False,
    )

    def validate_mode(self, field: Any) -> None:
        if field.data not in (WHOLE, GOOD_ROWS):
            raise ValidationError(gettext("请选一种。"))


def _known_rate(form: Any, field: Any) -> None:
    if field.data not in set(TaxRate):
        raise ValidationError(gettext("请选择税率。"))


def _fields_of(title: InvoiceTitle) -> dict[str, str]:
    return {
        "kind": title.kind.value,
        "name": title.name,
        "tax_code": title.tax_code,
        "email": title.email,
        "phone": title.phone,
    }

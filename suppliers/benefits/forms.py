"""A household, a tie of it in a quarter, the evidence, and handing in."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice, enum_choices

from catalog.products.models import Product
from orders.benefits.models import DraftLine, Standing, Tie
from orders.benefits.rules import Quarter, is_identity
from orders.benefits.services import HouseholdEntry, Identity, LineEntry
from shop import clock
from shop.accounts.people.forms import readable
from shop.accounts.people.rules import contact_phone
from shop.web.fields import (
    CarriedField,
    DayField,
    Filled,
    LineField,
    ManyBoxes,
    WholeNumberField,
    YuanField,
    half_width,
)
from shop.web.filters import month as month_name

MOST_FEN = 10_000_000_00
MOST_WORKERS = 30


def canonical_identity(typed: str) -> str:
    """A citizen's number without spaces, its X large."""
    return half_width(typed).replace(" ", "").upper()


class HouseholdForm(FlaskForm):
    """Code and standing suffice; who it is may be said with the head's separate consent."""

    code = LineField(_l("户编号"), max_length=20)
    standing = RadioField(
        _l("哪一类农户"),
        [Filled(_l("请选择哪一类农户。"))],
        choices=enum_choices(Standing, label=lambda each: each.label),
        invalid_choice_message=_l("请选择哪一类农户。"),
        default=Standing.ORDINARY.value,
    )
    name = LineField(_l("户主姓名"), max_length=40, required=False)
    identity = LineField(
        _l("身份证号"),
        [
            readable(
                lambda typed: is_identity(canonical_identity(typed)),
                _l("这不是有效的身份证号：应为 18 位，请核对每一位。"),
            )
        ],
        max_length=40,
        required=False,
    )
    phone = LineField(
        _l("电话"),
        [readable(contact_phone, _l("请填写手机号，或带区号的座机号。"))],
        max_length=30,
        required=False,
    )
    consent = BooleanField(_l("户主本人已经单独签字同意：合作社为联农带农报告保存上面的身份信息"))
    consented_on = DayField(_l("签字日期"), required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.is_named:
            for field, fault in self._faults_of_identity():
                if not field.errors:
                    field.errors = [fault]
        return valid and not self.errors

    @property
    def is_named(self) -> bool:
        """Whether anything was typed that tells who it is."""
        return bool(self.name.data or self.identity.data or self.phone.data or self.consent.data)

    @property
    def entry(self) -> HouseholdEntry:
        identity = None
        if self.is_named:
            identity = Identity(
                name=self.name.data,
                identity=canonical_identity(self.identity.data),
                phone=contact_phone(self.phone.data) or "" if self.phone.data else "",
                consented_on=self.consented_on.data,
            )
        return HouseholdEntry(self.code.data, Standing(self.standing.data), identity)

    def _faults_of_identity(self) -> list[tuple[Any, str]]:
        faults = []
        if not self.name.data:
            faults.append((self.name, gettext("请填写户主姓名。")))
        if not self.identity.data and not self.phone.data:
            faults.append((self.identity, gettext("身份证号和电话至少填一个，用来避免重复登记。")))
        if not self.consent.data:
            fault = gettext("没有户主的单独同意，不能保存身份信息；请清空这几项，只按户编号计数。")
            faults.append((self.consent, fault))
        signed_on = self.consented_on.data
        if signed_on is None:
            faults.append((self.consented_on, gettext("请填写签字日期。")))
        elif signed_on > clock.day_of(clock.now()):
            faults.append((self.consented_on, gettext("签字日期不能晚于今天。")))
        return faults


class LineForm(FlaskForm):
    """What a household had from the cooperative in a quarter; the draft may leave it open."""

    tie = RadioField(
        _l("怎么带动"),
        [Filled(_l("请选择怎么带动。"))],
        choices=enum_choices(Tie, label=lambda each: each.label),
        invalid_choice_message=_l("请选择怎么带动。"),
    )
    product = SelectField(_l("产品"), coerce=str, default="")
    months = ManyBoxes(_l("哪几个月"), coerce=str)
    amount = YuanField(_l("本季度金额（元）"), minimum=1, maximum=MOST_FEN, required=False)
    workers = WholeNumberField(
        _l("这一户几个人务工"), minimum=1, maximum=MOST_WORKERS, required=False, default=1
    )

    def __init__(
        self, quarter: Quarter, products: Sequence[Product], line: DraftLine | None = None
    ) -> None:
        super().__init__(data=_typed(line) if line else None)
        self.product.choices = [
            SelectChoice("", _l("不分产品")),
            *(SelectChoice(str(product.id), product.name) for product in products),
        ]
        self.months.choices = [
            SelectChoice(str(place), month_name(month))
            for place, month in enumerate(quarter.months)
        ]

    def entry(self, household_id: int) -> LineEntry:
        return LineEntry(
            household_id=household_id,
            tie=Tie(self.tie.data),
            product_id=int(self.product.data) if self.product.data else None,
            months=sum(1 << int(place) for place in set(self.months.data or [])),
            amount_fen=self.amount.data,
            workers=self.workers.data or 1,
        )


class EvidenceForm(FlaskForm):
    evidence = FileField(_l("佐证材料"), [FileRequired(_l("请选择照片或 PDF。"))])


class SubmissionForm(FlaskForm):
    """The draft that was read; a correction says why."""

    seen = CarriedField()
    reason = LineField(_l("更正原因"), max_length=200, required=False)

    @property
    def seen_number(self) -> int:
        text = str(self.seen.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _typed(line: DraftLine) -> dict[str, Any]:
    return {
        "tie": line.tie.value,
        "product": str(line.product_id or ""),
        "months": [str(place) for place in range(3) if line.months >> place & 1],
        "amount": line.amount_fen,
        "workers": line.workers or 1,
    }

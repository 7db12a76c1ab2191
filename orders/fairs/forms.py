"""What officials say about activities, and what staff type at a till."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from orders.fairs.models import ActivityKind, Allotment, PaidBy, Verdict
from orders.fairs.rules import LONGEST, LONGEST_UNIT, MOST_UNITS, Sale, SoldLine
from orders.fairs.services.activities import Plan
from orders.records.models import BuyerType
from orders.targets.forms import WanField
from orders.targets.rules import LARGEST_FEN
from shop import queued
from shop.organisations.models import EnterpriseType, Organisation
from shop.places.models import Town
from shop.web.fields import (
    CarriedField,
    DayField,
    Filled,
    LineField,
    ManyBoxes,
    ParagraphField,
    ThousandthsField,
    WholeNumberField,
)

# A hundred thousand tonnes in kilograms; more is a slip of the finger.
_LARGEST_KG = 100_000_000
_G_PER_KG = 1000
BUYERS = {
    BuyerType.RESIDENT: _l("市民"),
    **{BuyerType(each.value): each.label for each in EnterpriseType},
}


class ActivityForm(FlaskForm):
    """An activity or a fair, with the towns of one's scope and their cooperatives to choose."""

    kind = RadioField(
        _l("种类"),
        [Filled(_l("请选择种类。"))],
        choices=[
            SelectChoice(each.value, each.label)
            for each in (ActivityKind.FAIR, ActivityKind.ACTIVITY)
        ],
        default=ActivityKind.FAIR.value,
        invalid_choice_message=_l("请选择种类。"),
    )
    name = LineField(_l("名称"), max_length=80)
    place = LineField(_l("地点"), max_length=120)
    from_on = DayField(_l("开始日期"))
    until_on = DayField(_l("结束日期（含当天）"))
    hosts = LineField(_l("主办、承办单位"), max_length=200)
    towns = ManyBoxes(_l("参加的镇"), [Filled(_l("请至少选一个镇。"))], validate_choice=False)
    cooperatives = ManyBoxes(_l("参加的合作社"), validate_choice=False)
    plan = WanField(_l("计划销售额（万元）"), minimum=1, maximum=LARGEST_FEN, required=False)
    plan_tonnes = ThousandthsField(
        _l("计划销量（吨）"), minimum=1, maximum=_LARGEST_KG, required=False
    )
    text = ParagraphField(_l("介绍"), max_length=2000, required=False)

    def __init__(
        self, towns: Sequence[Town], cooperatives: Sequence[Organisation], **given: Any
    ) -> None:
        super().__init__(**given)
        self.known = {str(each.id): each for each in cooperatives}
        self.town_names = {town.code: town.name for town in towns}
        self.towns.choices = [SelectChoice(town.code, town.name) for town in towns]
        self.cooperatives.choices = [
            SelectChoice(str(each.id), f"{self.town_names[each.town_code]} · {each.name}")
            for each in cooperatives
            if each.town_code in self.town_names
        ]

    def validate_until_on(self, field: DayField) -> None:
        first = self.from_on.data
        if not isinstance(first, date) or not isinstance(field.data, date):
            return
        if field.data < first:
            raise ValidationError(gettext("结束日期不能早于开始日期。"))
        if field.data - first > LONGEST:
            raise ValidationError(gettext("一个活动最长 92 天，更长的请分开登记。"))

    def validate_towns(self, field: ManyBoxes) -> None:
        if not set(field.data) <= set(self.town_names):
            raise ValidationError(gettext("请选择您范围内的镇。"))

    def validate_cooperatives(self, field: ManyBoxes) -> None:
        chosen = [self.known.get(each) for each in field.data or []]
        if any(each is None or each.town_code not in self.towns.data for each in chosen):
            raise ValidationError(gettext("合作社要属于上面选中的镇。"))

    @property
    def plan_of(self) -> Plan:
        """What was filled in, once it is valid."""
        kilograms = self.plan_tonnes.data
        return Plan(
            kind=ActivityKind(self.kind.data),
            name=self.name.data,
            place=self.place.data,
            from_on=self.from_on.data,
            until_on=self.until_on.data,
            hosts=self.hosts.data,
            town_codes=tuple(sorted(set(self.towns.data))),
            cooperative_ids=tuple(sorted({int(each) for each in self.cooperatives.data or []})),
            plan_fen=self.plan.data or None,
            plan_g=kilograms * _G_PER_KG if kilograms else None,
            text=self.text.data or "",
        )


class CancelForm(FlaskForm):
    reason = LineField(_l("取消的原因（会公布）"), max_length=200)


class StaffForm(FlaskForm):
    """Who stands at the till, and whose goods they sell."""

    identifier = LineField(_l("手机号或邮箱"), max_length=254)
    cooperative = SelectField(
        _l("卖谁的货"), coerce=str, invalid_choice_message=_l("请从列表里选。")
    )

    def __init__(self, cooperatives: Sequence[Organisation], **given: Any) -> None:
        super().__init__(**given)
        self.cooperative.choices = [
            SelectChoice("", _l("所有参加的合作社")),
            *(SelectChoice(str(each.id), each.name) for each in cooperatives),
        ]

    @property
    def cooperative_id(self) -> int | None:
        return int(self.cooperative.data) if self.cooperative.data else None


class JudgeForm(FlaskForm):
    """What is to become of a doubtful line of the till."""

    verdict = RadioField(
        _l("怎么处理"),
        [Filled(_l("请选择怎么处理。"))],
        choices=[
            SelectChoice(Verdict.COUNTED.value, _l("确实卖了，计入台账")),
            SelectChoice(Verdict.DROPPED.value, _l("记错了，不计入")),
        ],
        invalid_choice_message=_l("请选择怎么处理。"),
    )
    note = LineField(_l("说明"), max_length=200)


class TillForm(FlaskForm):
    """One sale as a plain form; ``till_form`` adds a field for each of the goods."""

    # Made up with the page, so that a form that is sent twice sells something once.
    key = CarriedField()
    buyer = SelectField(
        _l("买的人"),
        choices=[SelectChoice(each.value, label) for each, label in BUYERS.items()],
        default=BuyerType.RESIDENT.value,
        invalid_choice_message=_l("请从列表里选。"),
    )
    unit = LineField(_l("单位名称"), max_length=LONGEST_UNIT, required=False)
    paid = RadioField(
        _l("怎么付的（只做记号）"),
        [Filled(_l("请从列表里选。"))],
        choices=[SelectChoice(each.value, each.label) for each in PaidBy],
        default=PaidBy.CASH.value,
        invalid_choice_message=_l("请从列表里选。"),
    )

    def validate_key(self, field: CarriedField) -> None:
        if not queued.is_key(field.data):
            raise ValidationError(str(queued.Unreadable()))

    def sale(self, activity_id: int, allotments: Sequence[Allotment]) -> Sale:
        """What was filled in; nothing chosen has no lines."""
        return Sale(
            key=self.key.data,
            activity_id=activity_id,
            lines=tuple(
                SoldLine(each.id, units, each.price_fen)
                for each in allotments
                if (units := self.units_of(each).data)
            ),
            buyer_type=BuyerType(self.buyer.data),
            buyer_unit=self.unit.data or "",
            paid_by=PaidBy(self.paid.data),
        )

    def units_of(self, allotment: Allotment) -> WholeNumberField:
        return self[f"units_{allotment.id}"]


def till_form(allotments: Sequence[Allotment]) -> TillForm:
    """The form of one till, with what was sent to it."""
    fields = {
        f"units_{each.id}": WholeNumberField(
            _l("数量"), minimum=0, maximum=MOST_UNITS, required=False
        )
        for each in allotments
    }
    form: TillForm = type("TillFormOfGoods", (TillForm,), fields)()
    if not form.is_submitted():
        form.key.data = str(uuid4())
    return form

"""What an official says of a sale, of what proves it, and of a sheet of sales."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import starmap
from typing import Any
from uuid import uuid4

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from catalog.categories.models import Category
from catalog.products.models import Variant
from orders.offline.models import EvidenceKind, OfflineSale
from orders.offline.queries.sales import Show
from orders.offline.rules.amounts import agree, amount_of, price_of, weight_of
from orders.offline.services.sales import Beside
from orders.records.models import BuyerType
from orders.records.rules import BUYER_TYPES
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.rules import CHANNELS, MODES, mode_of
from orders.sales.services import SaleFacts
from shop.money import yuan
from shop.web.fields import (
    CarriedField,
    DayField,
    Filled,
    KilogramField,
    LineField,
    ThousandthsField,
    YuanField,
)

OTHER = "other"
MOST_QUANTITY = 10**10
MOST_FEN = 10**11
MOST_GRAMS = 10**11
_OFFLINE = (Channel.FAIR, Channel.AGREEMENT, Channel.OFFLINE)
_EVIDENCE = [SelectChoice(kind.value, kind.label) for kind in EvidenceKind]


class EvidenceForm(FlaskForm):
    """Files that prove a sale, all of one kind."""

    evidence_kind = RadioField(
        _l("佐证材料是"), [Filled()], choices=_EVIDENCE, default=EvidenceKind.PHOTO.value
    )
    files = MultipleFileField(_l("佐证材料"))
    # The ids of files that came with a form in which something else was missing.
    kept_files = CarriedField()

    @property
    def kept_ids(self) -> list[int]:
        numbers = str(self.kept_files.data or "").split(",")
        return [int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) < 10][:20]


class SaleForm(EvidenceForm):
    """A sale in a minute: what was sold, to whom, and what proves it."""

    sold_on = DayField(_l("哪天卖的"))
    product = SelectField(_l("产品"), validate_choice=False)
    product_name = LineField(_l("产品名称"), max_length=60, required=False)
    category = SelectField(_l("产品类别"), validate_choice=False)
    spec = LineField(_l("规格"), max_length=40, required=False)
    unit = LineField(_l("单位"), max_length=8, required=False)
    quantity = ThousandthsField(_l("数量"), minimum=1, maximum=MOST_QUANTITY)
    unit_price = YuanField(_l("单价（元）"), minimum=1, maximum=MOST_FEN, required=False)
    amount = YuanField(_l("金额（元）"), minimum=1, maximum=MOST_FEN, required=False)
    weight = KilogramField(_l("净重（公斤）"), minimum=1, maximum=MOST_GRAMS, required=False)
    channel = RadioField(
        _l("渠道"),
        [Filled()],
        choices=[SelectChoice(each.value, CHANNELS[each]) for each in _OFFLINE],
        default=Channel.FAIR.value,
    )
    activity_name = LineField(_l("活动名称"), max_length=80, required=False)
    buyer_type = RadioField(
        _l("采购方类型"),
        [Filled()],
        choices=[*starmap(SelectChoice, BUYER_TYPES.items())],
        default=BuyerType.RESIDENT.value,
    )
    buyer_unit = LineField(_l("采购单位"), max_length=80, required=False)
    buyer_district = LineField(_l("采购方区域"), max_length=20)
    mode = RadioField(
        _l("帮扶方式"),
        choices=[
            SelectChoice("", _l("按采购方类型")),
            *starmap(SelectChoice, MODES.items()),
        ],
        default="",
        validate_choice=True,
    )
    invoice_number = LineField(_l("发票号码"), max_length=40, required=False)
    batch_code = LineField(_l("批次/合格证号"), max_length=60, required=False)
    note = LineField(_l("备注"), max_length=100, required=False)
    late_reason = LineField(_l("为什么迟报"), max_length=90, required=False)
    duplicate_note = LineField(_l("为什么不是同一笔"), max_length=200, required=False)
    # What was shown as looking like the same sale.
    seen = CarriedField()
    key = CarriedField()

    variants: Mapping[str, Variant]
    today: date

    def offer(
        self, variants: Sequence[Variant], categories: Iterable[Category], today: date
    ) -> None:
        """Fill the lists; the form of a new page gets its key and the day of today."""
        self.today = self.sold_on.maximum = today
        self.variants = {str(variant.id): variant for variant in variants}
        self.product.choices = [
            SelectChoice("", _l("请选择")),
            *(SelectChoice(key, _named(variant)) for key, variant in self.variants.items()),
            SelectChoice(OTHER, _l("其他产品（自己填）")),
        ]
        self.product.flags.required = True
        self.category.choices = [
            SelectChoice("", _l("请选择")),
            *(SelectChoice(str(each.id), each.name) for each in categories),
        ]
        if not self.is_submitted():
            self.key.data = uuid4().hex
            self.sold_on.data = self.sold_on.data or today

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        return all([valid, self._names_goods(), self._names_money(), self._names_buyer()])

    def facts(self, cooperative_id: int) -> SaleFacts:
        """What a valid form says."""
        variant = self.variants.get(self.product.data)
        price, amount = self._money()
        unit = self.unit.data or (variant.unit if variant else "")
        buyer_type = BuyerType(self.buyer_type.data)
        fits = variant is not None and unit == variant.unit
        return SaleFacts(
            sold_on=self.sold_on.data,
            cooperative_id=cooperative_id,
            category_id=variant.product.category_id if variant else int(self.category.data),
            product_id=variant.product_id if variant else None,
            product_name=variant.product.name if variant else self.product_name.data,
            spec=self.spec.data or (variant.spec if variant else ""),
            unit=unit,
            quantity_milli=self.quantity.data,
            unit_price_fen=price,
            amount_fen=amount,
            net_weight_g=self.weight.data
            or weight_of(
                self.quantity.data, unit, variant.net_weight_g if variant and fits else None
            ),
            channel=Channel(self.channel.data),
            mode=Mode(self.mode.data) if self.mode.data else mode_of(buyer_type),
            buyer_type=buyer_type,
            buyer_unit="" if buyer_type is BuyerType.RESIDENT else self.buyer_unit.data,
            buyer_district=self.buyer_district.data,
            activity_name=self.activity_name.data,
            note=self.note.data,
        )

    def beside(self, evidence_ids: Iterable[int]) -> Beside:
        return Beside(
            key=self.key.data,
            evidence_ids=tuple(evidence_ids),
            invoice_number=self.invoice_number.data,
            batch_code=self.batch_code.data,
            duplicate_note=self.duplicate_note.data,
            late_reason=self.late_reason.data,
        )

    def fill_from(self, entry: SalesEntry, sale: OfflineSale | None) -> None:
        """What another sale said. With its ``sale`` it is corrected; without, a new one is like it
        in all but the goods."""
        self.sold_on.data = entry.sold_on
        self.channel.data, self.activity_name.data = entry.channel.value, entry.activity_name
        self.buyer_type.data, self.buyer_unit.data = entry.buyer_type.value, entry.buyer_unit
        self.buyer_district.data = entry.buyer_district
        is_usual = entry.mode is mode_of(entry.buyer_type)
        self.mode.data = "" if is_usual else entry.mode.value
        if sale is None:
            return
        found = [
            key
            for key, variant in self.variants.items()
            if variant.product_id == entry.product_id and variant.spec == entry.spec
        ]
        self.product.data = found[0] if found else OTHER
        self.product_name.data, self.category.data = entry.product_name, str(entry.category_id)
        self.spec.data, self.unit.data = entry.spec, entry.unit
        self.quantity.data, self.unit_price.data = entry.quantity_milli, entry.unit_price_fen
        self.amount.data, self.weight.data = entry.amount_fen, entry.net_weight_g
        self.invoice_number.data, self.batch_code.data = sale.invoice_number, sale.batch_code

    def _names_goods(self) -> bool:
        if self.product.data in self.variants:
            return True
        if self.product.data != OTHER:
            return _say(self.product, gettext("请从列表中选择。"))
        fine = True
        if not self.product_name.data and not self.product_name.errors:
            fine = _say(self.product_name, gettext("请填写产品名称。"))
        if self.category.data not in {choice.value for choice in self.category.choices[1:]}:
            fine = _say(self.category, gettext("请从列表中选择。"))
        if not self.unit.data and not self.unit.errors:
            fine = _say(self.unit, gettext("请填写单位，例如斤、箱。"))
        return fine

    def _names_money(self) -> bool:
        if self.quantity.errors or self.unit_price.errors or self.amount.errors:
            return False
        if self.unit_price.data is None and self.amount.data is None:
            return _say(self.amount, gettext("单价和金额至少填一个，另一个会算出来。"))
        price, amount = self._money()
        if not 1 <= amount <= MOST_FEN or not 1 <= price <= MOST_FEN:
            most = yuan(MOST_FEN)
            return _say(
                self.amount, gettext("金额和单价都要在 0.01 到 %(most)s 元之间。", most=most)
            )
        if not agree(self.quantity.data, price, amount):
            right = yuan(amount_of(self.quantity.data, price))
            return _say(
                self.amount,
                gettext(
                    "数量乘单价是 %(right)s 元，和金额对不上。请改一处，或只填一个。", right=right
                ),
            )
        return True

    def _names_buyer(self) -> bool:
        fine = True
        if self.buyer_type.data not in (BuyerType.RESIDENT, None) and not self.buyer_unit.data:
            fine = not self.buyer_unit.errors and _say(
                self.buyer_unit, gettext("请填写采购单位的名称。")
            )
        if self.channel.data == Channel.FAIR and not self.activity_name.data:
            fine = not self.activity_name.errors and _say(
                self.activity_name, gettext("展销会请填写活动名称。")
            )
        if not 8 <= len(self.key.data or "") <= 64 or not str(self.key.data).isalnum():
            self.form_errors.append(gettext("这一页已经过期，请刷新后再填。"))
            fine = False
        return fine

    def _money(self) -> tuple[int, int]:
        """Unit price and amount, each from the other where it was left out."""
        price, amount = self.unit_price.data, self.amount.data
        if amount is None:
            return price, amount_of(self.quantity.data, price)
        return price or price_of(self.quantity.data, amount), amount


class ReversalForm(FlaskForm):
    """Why a sale is taken back."""

    reason = LineField(_l("为什么冲销"), min_length=2, max_length=150)


class CorrectionForm(SaleForm):
    """What a sale should have said, and why it did not."""

    reason = LineField(_l("为什么更正"), min_length=2, max_length=90)


class ListForm(FlaskForm):
    """Which sales are listed."""

    show = SelectField(
        _l("显示"),
        choices=[
            SelectChoice(Show.ALL.value, _l("全部")),
            SelectChoice(Show.UNPROVEN.value, _l("待补佐证")),
            SelectChoice(Show.REVERSED.value, _l("已冲销")),
            SelectChoice(Show.LATE.value, _l("迟报")),
        ],
        default=Show.ALL.value,
    )
    channel = SelectField(
        _l("渠道"),
        choices=[
            SelectChoice("", _l("全部")),
            *(SelectChoice(each.value, CHANNELS[each]) for each in _OFFLINE),
        ],
        default="",
    )


class ConfirmationForm(FlaskForm):
    """That a sheet is taken over; with a note also what looks like another sale."""

    duplicate_note = LineField(
        _l("疑似重复的也导入：为什么不是同一笔"), max_length=200, required=False
    )


class BundleForm(EvidenceForm):
    """What proves the sales of a sheet: all of them, or the rows that name the files."""

    covers = RadioField(
        _l("这些材料证明"),
        [Filled()],
        choices=[
            SelectChoice("all", _l("整份表格")),
            SelectChoice("named", _l("“佐证材料”一栏写了这个文件名的行")),
        ],
        default="all",
    )


def _named(variant: Variant) -> str:
    return f"{variant.product.name} {variant.spec}（{variant.unit}）"


def _say(field: Any, message: str) -> bool:
    field.errors = [*field.errors, message]
    return False

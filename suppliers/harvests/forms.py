"""What a cooperative says about a harvest, in a few taps."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from catalog.batches.errors import NotHarvestedYet
from catalog.batches.models import Batch
from catalog.batches.rules import BASES
from catalog.batches.services import BatchDraft
from catalog.products.models import Product, Variant
from shop.web.fields import (
    CarriedField,
    DayField,
    Filled,
    LineField,
    ThousandthsField,
    WholeNumberField,
)

JIN, KILOGRAM = "jin", "kg"
MOST_GRAMS = 1_000_000_000
MOST_UNITS = 99_999
# Further back nothing of a harvest is sold any more.
OLDEST = timedelta(days=730)
_KEY = re.compile(r"[A-Za-z0-9_-]{20,64}")


class BatchFields(FlaskForm):
    """The harvest itself."""

    harvested_on = DayField(_l("采收日期"))
    quantity = ThousandthsField(_l("这一批有多重"), minimum=1, maximum=MOST_GRAMS * 2)
    weight_unit = RadioField(
        _l("重量的单位"),
        [Filled()],
        choices=[SelectChoice(JIN, _l("斤")), SelectChoice(KILOGRAM, _l("公斤"))],
        default=JIN,
    )
    plot = LineField(_l("哪块地、哪口塘"), max_length=60, required=False)
    inputs = LineField(_l("用过的肥、药、饲料"), max_length=300, required=False)

    def begin(self, today: date) -> None:
        """Say which day it is. Call it before the form is validated or shown."""
        self.today = today
        self.harvested_on.minimum = today - OLDEST
        if self.harvested_on.data is None and not self.harvested_on.raw_data:
            self.harvested_on.data = today

    def show(self, batch: Batch) -> None:
        """Fill the fields with what was written down."""
        self.harvested_on.data = batch.harvested_on
        self.quantity.data = batch.quantity_g
        self.weight_unit.data = KILOGRAM
        self.plot.data = batch.plot
        self.inputs.data = batch.inputs

    def validate_harvested_on(self, field: DayField) -> None:
        if field.data > self.today:
            raise ValidationError(str(NotHarvestedYet()))

    def validate_quantity(self, field: ThousandthsField) -> None:
        if self.weight_unit.data == JIN and field.data % 2:
            raise ValidationError(gettext("请精确到 1 克，也就是 0.002 斤。"))
        if not 1 <= self._grams() <= MOST_GRAMS:
            raise ValidationError(gettext("重量要在 1 克到 1000 吨之间。"))

    def draft(self) -> BatchDraft:
        return BatchDraft(
            harvested_on=self.harvested_on.data,
            quantity_g=self._grams(),
            plot=self.plot.data or "",
            inputs=self.inputs.data or "",
        )

    def _grams(self) -> int:
        thousandths: int = self.quantity.data
        return thousandths // 2 if self.weight_unit.data == JIN else thousandths


class _Promise(FlaskForm):
    basis = RadioField(
        _l("凭什么承诺"),
        [Filled(_l("请选一项：法律要求合格证写明依据。"))],
        choices=[SelectChoice(basis.value, text) for basis, text in BASES.items()],
        invalid_choice_message=_l("请选一项：法律要求合格证写明依据。"),
    )


class NewBatchForm(BatchFields, _Promise):
    """A harvest and its certificate, in one go."""

    # Made once for each page: however often it comes back, it makes one batch.
    key = CarriedField()
    product = SelectField(_l("商品"), [Filled()], coerce=int)

    def offer(self, products: Sequence[Product], fresh_key: str) -> None:
        self.product.choices = [SelectChoice(each.id, each.name) for each in products]
        if not _KEY.fullmatch(self.key.data or ""):
            self.key.data = fresh_key


class BatchForm(BatchFields):
    """A harvest that was written down before."""


class CertificateForm(_Promise):
    """Promise anew, with what is written down now."""


class ReceiptForm(FlaskForm):
    """Units of a batch that are packed and ready to be sold."""

    variant = SelectField(_l("规格"), [Filled()], coerce=int)
    quantity = WholeNumberField(_l("入库数量"), minimum=1, maximum=MOST_UNITS)

    def offer(self, variants: Sequence[Variant]) -> None:
        self.variant.choices = [
            SelectChoice(each.id, f"{each.spec}（{each.unit}）") for each in variants
        ]


class ReportForm(FlaskForm):
    """A test report, and who may read it."""

    report = FileField(_l("检测报告"))
    public = BooleanField(_l("让扫码的人看到报告全文"))

    def validate_report(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(gettext("请选择照片或 PDF。"))

"""What a cooperative fills in to sell something, on a phone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice

from catalog.categories.models import Category
from catalog.products.models import MOST_TIERS, Measure, Product, Tier, Variant
from catalog.products.rules import months_of, season_mask
from catalog.products.services.drafts import ProductDraft, VariantDraft
from catalog.reviews.models import LONGEST_REASON
from catalog.wording.forms import refuse_claims
from orders.cart.models import MOST_PER_LINE
from shop.money import yuan
from shop.web.addresses import LARGEST_ID
from shop.web.fields import (
    CarriedField,
    DayField,
    Filled,
    LineField,
    ManyBoxes,
    ParagraphField,
    ThousandthsField,
    WholeNumberField,
    YuanField,
)
from shop.web.filters import month as month_name

MOST_STOCK = 99_999
MOST_FEN = 9_999_999
MOST_GRAMS = 1_000_000
MOST_PIECES = 10_000
# Further ahead nobody knows the harvest.
LONGEST_PRESALE = timedelta(days=365)
# A 斤 is 500 g; a weight in it is typed to the thousandth.
JIN, KILOGRAM = "jin", "kg"


class ProductFields(FlaskForm):
    """The product itself."""

    photo = FileField(_l("照片"))
    # The photo that came with a form in which something else was missing.
    kept_picture = CarriedField()
    name = LineField(_l("商品名称"), [refuse_claims], max_length=60, min_length=2)
    category = SelectField(_l("类别"), [Filled()], coerce=int)
    description = ParagraphField(_l("介绍"), [refuse_claims], max_length=2000, required=False)
    village = LineField(_l("哪个村种的、养的"), [refuse_claims], max_length=40, required=False)
    months = ManyBoxes(
        _l("哪几个月有货"),
        [Filled(_l("请至少选一个月；全年都有就全部选上。"))],
        coerce=int,
        choices=[SelectChoice(month, LazyString(month_name, month)) for month in range(1, 13)],
    )

    def offer(self, categories: list[Category], product: Product | None = None) -> None:
        """Offer the open categories, and the one that a product is in already."""
        offered = {category.id: category.name for category in categories}
        if product is not None:
            offered.setdefault(product.category_id, product.category.name)
        self.category.choices = [SelectChoice(*each) for each in offered.items()]

    def show(self, product: Product) -> None:
        """Fill the fields with what a product is now."""
        self.name.data = product.name
        self.category.data = product.category_id
        self.description.data = product.description
        self.village.data = product.village
        self.months.data = months_of(product.season_mask)

    @property
    def kept_picture_id(self) -> int | None:
        text = str(self.kept_picture.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def draft(self) -> ProductDraft:
        return ProductDraft(
            name=self.name.data,
            category_id=self.category.data,
            season_mask=season_mask(self.months.data),
            description=self.description.data,
            village=self.village.data,
            picture_id=self.kept_picture_id,
        )


class TierFields(FlaskForm):
    """What each of more units costs: pairs of controls, of which any may stay empty."""

    @property
    def tier_rows(self) -> list[tuple[WholeNumberField, YuanField]]:
        """The controls by two: from how many units on, and what each costs then."""
        return [
            (self[f"tier_from_{place}"], self[f"tier_price_{place}"])
            for place in range(1, MOST_TIERS + 1)
        ]

    @property
    def has_tiers(self) -> bool:
        """Whether anything was typed there."""
        fields = [field for row in self.tier_rows for field in row]
        return any(field.data is not None or field.errors for field in fields)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        return tuple(
            Tier(quantity.data, price.data)
            for quantity, price in self.tier_rows
            if quantity.data is not None and price.data is not None
        )

    def show_tiers(self, tiers: Sequence[Tier]) -> None:
        for (quantity, price), tier in zip(self.tier_rows, tiers, strict=False):
            quantity.data, price.data = tier

    def check_tiers(self, price_fen: int | None) -> bool:
        """Whether each costs less than the one before it and begins above it; what doesn't says so
        beside itself. Call it once the single controls are validated."""
        from_quantity, before_fen = 1, price_fen
        for quantity, price in self.tier_rows:
            for missing, given in ((quantity, price), (price, quantity)):
                if missing.data is None and given.data is not None and not missing.errors:
                    missing.errors = [_l("数量和价格两项都要填；不要这一档，就都空着。")]
            if quantity.errors or price.errors or quantity.data is None:
                continue
            if quantity.data <= from_quantity:
                quantity.errors = [_l("要比上一档的 %(count)s 多。", count=from_quantity)]
            if before_fen is not None and price.data >= before_fen:
                before = yuan(before_fen)
                price.errors = [_l("要比买得少时的 %(price)s 元低。", price=before)]
            from_quantity, before_fen = quantity.data, price.data
        return not any(quantity.errors or price.errors for quantity, price in self.tier_rows)


for _place in range(1, MOST_TIERS + 1):
    _from = WholeNumberField(
        _l("第 %(place)s 档：满多少", place=_place),
        minimum=2,
        maximum=MOST_PER_LINE,
        required=False,
    )
    _price = YuanField(
        _l("第 %(place)s 档：单价", place=_place),
        minimum=1,
        maximum=MOST_FEN,
        required=False,
    )
    setattr(TierFields, f"tier_from_{_place}", _from)
    setattr(TierFields, f"tier_price_{_place}", _price)


class VariantFields(TierFields):
    """One way to sell it."""

    spec = LineField(_l("规格"), [refuse_claims], max_length=40)
    unit = LineField(_l("按什么卖"), [refuse_claims], max_length=8)
    net_weight = ThousandthsField(_l("净重"), minimum=1, maximum=MOST_GRAMS * 2)
    weight_unit = RadioField(
        _l("净重的单位"),
        [Filled()],
        choices=[SelectChoice(JIN, _l("斤")), SelectChoice(KILOGRAM, _l("公斤"))],
        default=JIN,
    )
    price = YuanField(_l("价格（元）"), minimum=1, maximum=MOST_FEN)
    measure = RadioField(
        _l("买家怎么比价"),
        [Filled()],
        choices=[
            SelectChoice(Measure.WEIGHT.value, _l("看每斤多少钱")),
            SelectChoice(Measure.VOLUME.value, _l("看每升多少钱（油、酒、蜜）")),
            SelectChoice(Measure.PIECE.value, _l("看每只、每个多少钱")),
        ],
        default=Measure.WEIGHT.value,
    )
    measure_amount = ThousandthsField(
        _l("里面有几升，或几只"), minimum=1, maximum=MOST_PIECES * 1000, required=False
    )
    perishable = BooleanField(_l("生鲜或容易变质，不支持七天无理由退货"))

    def validate_net_weight(self, field: ThousandthsField) -> None:
        if self.weight_unit.data == JIN and field.data % 2:
            raise ValidationError(_l("请精确到 1 克，也就是 0.002 斤。"))
        if not 1 <= self._grams() <= MOST_GRAMS:
            raise ValidationError(_l("净重要在 1 克到 1000 公斤之间。"))

    def validate_measure_amount(self, field: ThousandthsField) -> None:
        if self.measure.data == Measure.PIECE and field.data % 1000:
            raise ValidationError(_l("只数要填整数。"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        amount = self.measure_amount
        if self.measure.data in _COUNTED and amount.data is None and not amount.errors:
            amount.errors = [_l("按升或按只比价时，请填写里面有多少。")]
            valid = False
        return self.check_tiers(None if self.price.errors else self.price.data) and valid

    def show(self, variant: Variant) -> None:
        """Fill the fields with what a variant is now."""
        self.spec.data = variant.spec
        self.unit.data = variant.unit
        self.net_weight.data = variant.net_weight_g * 2
        self.price.data = variant.price_fen
        self.show_tiers(variant.tiers)
        self.measure.data = variant.measure.value
        self.perishable.data = variant.perishable
        if variant.measure is not Measure.WEIGHT:
            thousandths = 1 if variant.measure is Measure.VOLUME else 1000
            self.measure_amount.data = variant.measure_amount * thousandths

    def variant_draft(self) -> VariantDraft:
        measure = Measure(self.measure.data)
        amounts = {
            Measure.WEIGHT: self._grams(),
            Measure.VOLUME: self.measure_amount.data,
            Measure.PIECE: (self.measure_amount.data or 0) // 1000,
        }
        return VariantDraft(
            spec=self.spec.data,
            unit=self.unit.data,
            net_weight_g=self._grams(),
            measure=measure,
            measure_amount=amounts[measure],
            price_fen=self.price.data,
            perishable=self.perishable.data,
            tiers=self.tiers,
        )

    def _grams(self) -> int:
        thousandths: int = self.net_weight.data
        return thousandths // 2 if self.weight_unit.data == JIN else thousandths


_COUNTED = {Measure.VOLUME.value, Measure.PIECE.value}


class ListingForm(ProductFields):
    """A product that is there already."""

    reason = LineField(_l("为什么改"), max_length=LONGEST_REASON, required=False)


class PresaleVariantFields(VariantFields):
    """A way to sell what is there already, and what is still to be harvested."""

    presale_ships_on = DayField(_l("从哪天起发货"), required=False)
    presale_cap = WholeNumberField(
        _l("最多预售多少"), minimum=1, maximum=MOST_STOCK, required=False
    )

    def begin(self, today: date) -> None:
        """Say which day it is. Call it before the form is validated or shown."""
        self.presale_ships_on.minimum = today + timedelta(days=1)
        self.presale_ships_on.maximum = today + LONGEST_PRESALE

    def show(self, variant: Variant) -> None:
        super().show(variant)
        day = variant.presale_ships_on
        if day is not None and day >= self.presale_ships_on.minimum:
            self.presale_ships_on.data, self.presale_cap.data = day, variant.presale_cap

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        day, cap = self.presale_ships_on, self.presale_cap
        for missing, given in ((day, cap), (cap, day)):
            if missing.data is None and given.data is not None and not missing.errors:
                missing.errors = [_l("预售要同时填写发货日期和数量；不预售就两项都空着。")]
                valid = False
        return valid

    def variant_draft(self) -> VariantDraft:
        return replace(
            super().variant_draft(),
            presale_ships_on=self.presale_ships_on.data,
            presale_cap=self.presale_cap.data,
        )


class NewVariantForm(PresaleVariantFields):
    stock = WholeNumberField(_l("现在有多少可以卖"), minimum=0, maximum=MOST_STOCK)


class VariantForm(PresaleVariantFields):
    """A variant that is there already."""

    # The version that the page showed.
    seen = WholeNumberField(minimum=1, maximum=LARGEST_ID, required=False)
    reason = LineField(_l("为什么改"), max_length=LONGEST_REASON, required=False)


class StockForm(FlaskForm):
    """How many can be sold now."""

    available = WholeNumberField(_l("可以卖"), minimum=0, maximum=MOST_STOCK)
    seen = WholeNumberField(minimum=1, maximum=LARGEST_ID, required=False)

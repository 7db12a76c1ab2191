"""A new listing on one form: the product, the first way to sell it, how many there are."""

import re
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from catalog.categories.models import Category
from catalog.categories.rules import Suggestion
from catalog.products.models import Product, Tier, Variant
from catalog.products.rules import months_of
from shop.web.fields import (
    CarriedField,
    Filled,
    WholeNumberField,
    clean_line,
    clean_paragraphs,
    format_decimal,
)
from suppliers.drafts.models import Typed
from suppliers.drafts.services import Listing
from suppliers.listings.forms import MOST_STOCK, ProductFields, VariantFields

# What is kept of each control, and of each group of boxes.
MOST_CHARACTERS = 4000
MOST_VALUES = 12
_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")
_NOT_TYPED = {"key", "photo", "album", "kept_picture"}


def _category_id(text: object) -> int | None:
    """Nothing chosen is no mistake yet: the name may tell."""
    return int(str(text)) if text not in (None, "") else None


class DraftForm(ProductFields, VariantFields):
    """Whatever is filled in can be kept; listing it needs the whole."""

    key = CarriedField()
    # Beside the camera: a photo that was taken before.
    album = FileField(_l("从相册选一张"))
    category = SelectField(_l("类别"), [Filled()], coerce=_category_id)
    stock = WholeNumberField(_l("现在有多少可以卖"), minimum=0, maximum=MOST_STOCK)

    def offer(self, categories: Sequence[Category], product: Product | None = None) -> None:
        super().offer(list(categories), product)
        # Fresh goods are those with a certificate for each batch; 鲜活易腐 is ticked with them.
        fresh = {category.id for category in categories if category.certificate_covered}
        for choice in self.category.choices:
            choice.render_kw = {"data-fresh": ""} if choice.value in fresh else {}
        self.category.choices.insert(0, SelectChoice("", _l("看名称自动选")))

    def begin(self, fresh_key: str) -> None:
        """Put a key of its own into the form; the one that it came back with stays."""
        if not _KEY.fullmatch(self.key.data or ""):
            self.key.data = fresh_key

    def take(self, suggestion: Suggestion | None, categories: Sequence[Category]) -> None:
        """Fill in what the name tells, where nothing was chosen. Call it before validating."""
        if suggestion is None:
            return
        by_slug = {category.slug: category.id for category in categories}
        if self.category.data is None and not self.category.process_errors:
            self._choose(self.category, by_slug.get(suggestion.slug))
        if not self.months.data and not self.months.process_errors:
            self.months.data = list(suggestion.months)
            self.months.raw_data = [str(month) for month in suggestion.months]

    def typed(self) -> Typed:
        """What stands in each control, without what is no text."""
        return {
            field.short_name: [
                (clean_paragraphs if field.short_name == "description" else clean_line)(
                    str(value)[:MOST_CHARACTERS]
                )
                for value in (field.raw_data or [])[:MOST_VALUES]
            ]
            for field in self
            if field.short_name not in _NOT_TYPED
        }

    def listing(self) -> Listing:
        return Listing(self.draft(), self.variant_draft(), self.stock.data)

    @staticmethod
    def _choose(field: SelectField, category_id: int | None) -> None:
        if category_id is not None:
            field.data, field.raw_data = category_id, [str(category_id)]


def form_of(typed: Typed, picture_id: int | None) -> DraftForm:
    """The form as it was left."""
    filled = MultiDict((name, value) for name, values in typed.items() for value in values)
    if picture_id is not None:
        filled["kept_picture"] = str(picture_id)
    return DraftForm(formdata=filled)


def typed_of(product: Product, variant: Variant) -> Typed:
    """What somebody would type who wants to list the same again; how many there are is new."""
    volume_or_pieces = {"volume": 3, "piece": 0}.get(variant.measure.value)
    amount = (
        "" if volume_or_pieces is None else format_decimal(variant.measure_amount, volume_or_pieces)
    )
    return {
        "name": [product.name],
        "category": [str(product.category_id)],
        "description": [product.description],
        "village": [product.village],
        "months": [str(month) for month in months_of(product.season_mask)],
        "spec": [variant.spec],
        "unit": [variant.unit],
        "net_weight": [format_decimal(variant.net_weight_g * 2, 3)],
        "weight_unit": ["jin"],
        "price": [format_decimal(variant.price_fen, 2)],
        "measure": [variant.measure.value],
        "measure_amount": [amount],
        "perishable": ["y"] if variant.perishable else [],
        **_typed_tiers(variant.tiers),
    }


def _typed_tiers(tiers: Sequence[Tier]) -> Typed:
    typed = {}
    for place, tier in enumerate(tiers, start=1):
        typed[f"tier_from_{place}"] = [str(tier.from_quantity)]
        typed[f"tier_price_{place}"] = [format_decimal(tier.unit_price_fen, 2)]
    return typed

"""What administrators say about freight and zones."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput

from orders.deliveries.services import ZoneDraft
from shop.places.queries import zhuhai_districts
from shop.web.fields import Filled, KilogramField, LineField, WholeNumberField, YuanField

_HEAVIEST_G = 1_000_000
_DEAREST_FEN = 1_000_00
_MOST_GOODS_FEN = 1_000_000_00


class FreightForm(FlaskForm):
    """A tariff, in kilograms and yuan on the screen."""

    first_g = KilogramField(_l("首重（千克）"), minimum=1, maximum=_HEAVIEST_G)
    first_fen = YuanField(_l("首重运费（元）"), minimum=0, maximum=_DEAREST_FEN)
    step_g = KilogramField(_l("续重每（千克）"), minimum=1, maximum=_HEAVIEST_G)
    step_fen = YuanField(_l("续重运费（元）"), minimum=0, maximum=_DEAREST_FEN)
    free_from_fen = YuanField(
        _l("满多少元免运费"), minimum=1, maximum=_MOST_GOODS_FEN, required=False
    )
    lead_days = WholeNumberField(_l("几天内送到"), minimum=1, maximum=30)

    @property
    def values(self) -> dict[str, int | None]:
        return {field.short_name: field.data for field in self}


class ZoneForm(FlaskForm):
    """A zone: its towns, and what they add to every cooperative's tariff."""

    name = LineField(_l("名称"), max_length=20)
    surcharge_fen = YuanField(_l("每家合作社加收（元）"), minimum=0, maximum=_DEAREST_FEN)
    extra_days = WholeNumberField(_l("多几天送到"), minimum=0, maximum=30)
    free_from_fen = YuanField(
        _l("满多少元免运费"), minimum=1, maximum=_MOST_GOODS_FEN, required=False
    )
    town_codes = SelectMultipleField(
        _l("镇街"),
        [Filled(_l("请至少选择一个镇街。"))],
        choices=[],
        option_widget=CheckboxInput(),
        validate_choice=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.town_codes.choices = [
            SelectChoice(town.code, f"{county.name}{town.name}")
            for county, towns in zhuhai_districts()
            for town in towns
        ]

    def validate_town_codes(self, field: Any) -> None:
        if not set(field.data) <= {choice.value for choice in field.choices}:
            raise ValidationError(gettext("请选择珠海的镇或街道。"))

    @property
    def draft(self) -> ZoneDraft:
        return ZoneDraft(
            name=self.name.data,
            surcharge_fen=self.surcharge_fen.data,
            extra_days=self.extra_days.data,
            free_from_fen=self.free_from_fen.data,
            town_codes=self.town_codes.data,
        )

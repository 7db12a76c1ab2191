"""What administrators say about freight."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import KilogramField, WholeNumberField, YuanField

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

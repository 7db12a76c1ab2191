"""What finance writes down about money that was settled past the shop."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import CarriedField, LineField


class SettlementForm(FlaskForm):
    note = LineField(_l("怎样处理的"), max_length=200)
    # How far the page said that a dispute is; empty for other money.
    seen = CarriedField()

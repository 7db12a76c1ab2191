"""The two numbers that change every day."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import ValidationError

from shop import queued
from shop.web.fields import CarriedField, WholeNumberField, YuanField
from suppliers.today.models import ActKind
from suppliers.today.rules import MOST_FEN, MOST_UNITS, Act


class ChangeForm(FlaskForm):
    """What the page showed, so that the change is the difference to it."""

    # Made up with the page, so that a form that is sent twice changes something once.
    key = CarriedField()
    seen = WholeNumberField(minimum=1, maximum=queued.LARGEST)

    def validate_key(self, field: CarriedField) -> None:
        if not queued.is_key(field.data):
            raise ValidationError(str(queued.Unreadable()))


class StockForm(ChangeForm):
    shown = WholeNumberField(minimum=-MOST_UNITS, maximum=queued.LARGEST)
    stock = WholeNumberField(_l("可售"), minimum=0, maximum=MOST_UNITS)

    def act(self, variant_id: int) -> Act | None:
        """So many more or fewer; None if nothing was changed."""
        difference = self.stock.data - self.shown.data
        if not -MOST_UNITS <= difference <= MOST_UNITS:
            raise queued.Unreadable
        return (
            difference and Act(self.key.data, ActKind.STOCK, variant_id, difference, self.seen.data)
        ) or None


class PriceForm(ChangeForm):
    shown = WholeNumberField(minimum=1, maximum=MOST_FEN)
    price = YuanField(_l("价格（元）"), minimum=1, maximum=MOST_FEN)

    def act(self, variant_id: int) -> Act | None:
        if self.price.data == self.shown.data:
            return None
        return Act(self.key.data, ActKind.PRICE, variant_id, self.price.data, self.seen.data)

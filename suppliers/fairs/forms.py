"""What a cooperative puts aside for a fair."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from orders.fairs.rules import MOST_FEN, MOST_UNITS
from shop import queued
from shop.web.fields import WholeNumberField, YuanField


class AllotmentForm(FlaskForm):
    """What the page showed, so that the change is the difference to it."""

    seen = WholeNumberField(minimum=0, maximum=queued.LARGEST)
    shown = WholeNumberField(minimum=0, maximum=queued.LARGEST)
    units = WholeNumberField(_l("留给展销会"), minimum=0, maximum=MOST_UNITS)
    price = YuanField(_l("展销会价（元）"), minimum=1, maximum=MOST_FEN, required=False)

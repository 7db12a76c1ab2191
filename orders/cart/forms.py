"""What a basket is told."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from orders.cart.models import MOST_PER_LINE
from shop.web.fields import WholeNumberField

# The largest id that a column of both engines holds.
LARGEST_ID = 2**31 - 1


class QuantityForm(FlaskForm):
    quantity = WholeNumberField(_l("数量"), minimum=1, maximum=MOST_PER_LINE)


class AddForm(QuantityForm):
    variant_id = WholeNumberField(_l("规格"), minimum=1, maximum=LARGEST_ID)

"""What a basket is told."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from orders.cart.models import MOST_PER_LINE
from shop.web.addresses import LARGEST_ID
from shop.web.fields import WholeNumberField


class QuantityForm(FlaskForm):
    quantity = WholeNumberField(_l("数量"), minimum=1, maximum=MOST_PER_LINE)


class AddForm(QuantityForm):
    variant_id = WholeNumberField(_l("规格"), minimum=1, maximum=LARGEST_ID)

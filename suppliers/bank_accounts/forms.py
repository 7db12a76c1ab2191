"""What finance says to another account."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import LineField


class RefusalForm(FlaskForm):
    reason = LineField(_l("原因"), max_length=200, min_length=2)

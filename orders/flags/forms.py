"""What an official found out about a flag."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import LineField


class ClearanceForm(FlaskForm):
    note = LineField(_l("核实情况"), max_length=300, min_length=2)

"""The form that has a sheet of targets taken over."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import LineField


class ConfirmationForm(FlaskForm):
    """Why targets change, where a row of the sheet doesn't say so itself."""

    reason = LineField(_l("理由"), max_length=200, required=False)

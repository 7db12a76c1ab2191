"""Putting a message aside."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import LineField


class DiscardForm(FlaskForm):
    note = LineField(_l("为什么不再发"), max_length=200)


class KindForm(FlaskForm):
    """Which messages are tried again."""

    kind = LineField(_l("种类"), max_length=40)

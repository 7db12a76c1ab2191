"""Why a batch is called back."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import ParagraphField


class RecallForm(FlaskForm):
    reason = ParagraphField(_l("为什么召回"), min_length=4, max_length=300)

"""Publishing a text."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import DayField, ParagraphField


class PolicyForm(FlaskForm):
    body = ParagraphField(_l("全文"), max_length=50_000, min_length=20)
    effective_on = DayField(_l("生效日期"))

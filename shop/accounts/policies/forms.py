"""Publishing a text."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField

from shop.web.fields import Filled, ParagraphField


class PolicyForm(FlaskForm):
    body = ParagraphField(_l("全文"), max_length=50_000, min_length=20)
    effective_on = DateField(_l("生效日期"), [Filled(_l("请填写日期，例如 2026-11-23。"))])

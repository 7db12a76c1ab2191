"""What people of finance say about payouts."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from shop.web.fields import LineField


class RejectionForm(FlaskForm):
    note = LineField(_l("退回原因"), max_length=200)


class ReturnForm(FlaskForm):
    reason = LineField(_l("银行退票原因"), max_length=200)

"""What an administrator says to a change of a listing."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from catalog.reviews.models import LONGEST_REASON
from shop.web.fields import CarriedField, ParagraphField


class ApprovalForm(FlaskForm):
    # The listing as the page showed it.
    seen = CarriedField()


class ReturnForm(FlaskForm):
    reason = ParagraphField(
        _l("为什么退回（合作社会看到）"), min_length=2, max_length=LONGEST_REASON
    )

"""What a buyer says of a line, and why an administrator hides it."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from orders.reviews.models import LONGEST_REASON, MOST_WORDS
from shop.web.fields import Filled, ParagraphField

_WORDS = {
    5: _l("很满意"),
    4: _l("满意"),
    3: _l("一般"),
    2: _l("不满意"),
    1: _l("很不满意"),
}


class ReviewForm(FlaskForm):
    stars = RadioField(
        _l("几颗星"),
        [Filled()],
        choices=[
            SelectChoice(str(stars), _l("%(stars)s 星 · %(words)s", stars=stars, words=words))
            for stars, words in _WORDS.items()
        ],
        invalid_choice_message=_l("请选几颗星。"),
    )
    words = ParagraphField(_l("想说什么"), max_length=MOST_WORDS, required=False)


class HidingForm(FlaskForm):
    reason = ParagraphField(
        _l("为什么隐藏（所有人会看到）"), min_length=2, max_length=LONGEST_REASON
    )

"""An administrator hides words that break the law."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.reviews.errors import NoWords
from orders.reviews.forms import HidingForm
from orders.reviews.models import Review
from orders.reviews.queries import get_review
from orders.reviews.services import hide_words
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow, shows

blueprint = Blueprint("review_hidings", __name__)

ADDRESS = "/platform/reviews/<int:review_id>/hiding"


@blueprint.get(ADDRESS)
@allow(Role.ADMINISTRATOR)
@shows("review", "review", "review_id")
def show(review_id: int) -> str:
    return _page(get_review(review_id), HidingForm())


@blueprint.post(ADDRESS)
@allow(Role.ADMINISTRATOR)
def create(review_id: int) -> Response | tuple[str, int]:
    form, by, review = HidingForm(), current_user.id, get_review(review_id)
    if not form.validate_on_submit():
        return _page(review, form), 422
    try:
        with transaction():
            hide_words(review_id, form.reason.data, by=by, at=clock.now())
    except NoWords as error:
        form.form_errors.append(str(error))
        return _page(get_review(review_id), form), error.status
    flash(gettext("文字已经隐藏，星级照样计算。"), "success")
    return redirect(url_for("product_reviews.index", product_id=review.product_id), 303)


def _page(review: Review, form: HidingForm) -> str:
    return render_template("orders/reviews/hiding.html", review=review, form=form)

"""A buyer says what they think of what they accepted, and reads it again."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.records.models import OrderLine
from orders.reviews.errors import NotReviewable
from orders.reviews.forms import ReviewForm
from orders.reviews.queries import find_review, get_own_line
from orders.reviews.rules import may_review
from orders.reviews.services import review_line
from shop import clock
from shop.db import transaction
from shop.masking import mask_name
from shop.web.audience import Role, allow

blueprint = Blueprint("reviews", __name__)

ADDRESS = "/orders/<number>/lines/<int:order_line_id>/review"

Answer = str | Response | tuple[str, int]


@blueprint.get(ADDRESS)
@allow(Role.BUYER)
def show(number: str, order_line_id: int) -> str:
    return _page(get_own_line(current_user.id, number, order_line_id), ReviewForm())


@blueprint.post(ADDRESS)
@allow(Role.BUYER)
def create(number: str, order_line_id: int) -> Answer:
    account_id, form = current_user.id, ReviewForm()
    line = get_own_line(account_id, number, order_line_id)
    if not form.validate_on_submit():
        return _page(line, form), 422
    stars, words = int(form.stars.data), form.words.data or ""
    try:
        with transaction():
            is_first = review_line(line.id, stars, words, by=account_id, at=clock.now())
    except NotReviewable as error:
        return _page(get_own_line(account_id, number, order_line_id), form), error.status
    if is_first:
        flash(gettext("谢谢您的评价。"), "success")
    else:
        flash(gettext("这件商品您已经评价过了。"), "info")
    return redirect(url_for("reviews.show", number=number, order_line_id=order_line_id), 303)


def _page(line: OrderLine, form: ReviewForm) -> str:
    return render_template(
        "orders/reviews/show.html",
        line=line,
        order=line.sub_order.order,
        form=form,
        review=find_review(line.id),
        signature=mask_name(current_user.name),
        refusal=None if may_review(line.sub_order, line, clock.now()) else NotReviewable(),
    )

"""What buyers said of a cooperative's products."""

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.reviews.queries import list_of_cooperative
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("cooperative_reviews", __name__, url_prefix="/cooperative/reviews")


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> str:
    number = page_number(request.args.get("page"))
    page = list_of_cooperative(current_user.cooperative.id, number)
    return render_template("suppliers/ratings/index.html", page=page)

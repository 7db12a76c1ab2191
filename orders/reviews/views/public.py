"""What buyers said of a product, for everybody."""

from flask import Blueprint, render_template, request

from catalog.products.queries import get_product
from orders.reviews.queries import list_of_product
from shop.web.audience import public
from shop.web.paging import page_number

blueprint = Blueprint("product_reviews", __name__)


@blueprint.get("/products/<int:product_id>/reviews")
@public
def index(product_id: int) -> str:
    return render_template(
        "orders/reviews/index.html",
        product=get_product(product_id),
        page=list_of_product(product_id, page_number(request.args.get("page"))),
    )

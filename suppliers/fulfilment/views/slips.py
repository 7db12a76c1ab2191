"""What lies in a parcel and what sticks on it, one page for each part, to print."""

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.pickups.queries import find_pickups
from orders.records.models import SubOrder
from shop import clock
from shop.errors import NotFound
from shop.masking import mask_name
from shop.web.audience import Role, allow, shows
from shop.web.paging import Page, page_number
from suppliers.fulfilment.gateways import code_picture
from suppliers.fulfilment.queries import get_own_part, list_parts, suggest_batches
from suppliers.fulfilment.rules import Run, Stage, run_of

blueprint = Blueprint("packing_slips", __name__)


@blueprint.get("/cooperative/packing-slips")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
@shows("names, phones, addresses", "sub_order")
def index() -> str:
    run = run_of(request.args.get("day"), request.args.get("point"))
    number = page_number(request.args.get("page"))
    return _pages(list_parts(current_user.cooperative.id, Stage.OPEN, number, run), run)


@blueprint.get("/cooperative/orders/<sub_number>/packing-slip")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
@shows("name, phone, address", "sub_order", "sub_number")
def show(sub_number: str) -> str:
    part = get_own_part(current_user.cooperative.id, sub_number)
    if part.dispatched_at or part.cancelled_at:
        raise NotFound  # Nothing of it waits to be packed.
    return _pages(Page([part], 1, 1, 1))


def _pages(page: Page[SubOrder], run: Run | None = None) -> str:
    products = {line.product_id for part in page.items for line in part.lines}
    today = clock.day_of(clock.now())
    suggested = suggest_batches(current_user.cooperative.id, products, today=today)
    return render_template(
        "suppliers/fulfilment/slips.html",
        page=page,
        run=run,
        on_label=request.args.get("paper") == "label",
        pickups=find_pickups([part.id for part in page.items]),
        batches={line.line_id: found for line, found in suggested},
        mask_name=mask_name,
        code_of=code_picture,
    )

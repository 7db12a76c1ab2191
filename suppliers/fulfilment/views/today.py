"""What a cooperative has to do today."""

from flask import Blueprint, render_template
from flask_login import current_user

from orders.claims.queries import count_waiting_for_cooperative
from orders.pickups.queries import list_to_points
from shop import clock
from shop.web.audience import Role, allow
from suppliers.fulfilment.queries import get_figures, list_picks, list_running_low

blueprint = Blueprint("coop_today", __name__)


@blueprint.get("/cooperative")
@allow(Role.COOPERATIVE)
def show() -> str:
    cooperative_id = current_user.cooperative.id
    today = clock.day_of(clock.now())
    return render_template(
        "suppliers/fulfilment/today.html",
        today=today,
        figures=get_figures(
            cooperative_id, today=today, month_start=clock.start_of(today.replace(day=1))
        ),
        picks=list_picks(cooperative_id),
        to_points=list_to_points(cooperative_id),
        claims=count_waiting_for_cooperative(cooperative_id),
        running_low=list_running_low(cooperative_id),
    )

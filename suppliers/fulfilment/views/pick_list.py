"""What to bring in from the field, to read on the phone or on paper."""

from collections import Counter

from flask import Blueprint, render_template, request
from flask_login import current_user

from catalog.batches.models import Batch
from shop import clock
from shop.web.audience import Role, allow
from shop.web.offline import kept_offline
from suppliers.fulfilment.queries import list_picks, list_runs, suggest_batches
from suppliers.fulfilment.rules import run_of

blueprint = Blueprint("pick_list", __name__)


@blueprint.get("/cooperative/pick-list")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
@kept_offline
def show() -> str:
    cooperative_id, now = current_user.cooperative.id, clock.now()
    run = run_of(request.args.get("day"), request.args.get("point"))
    picks = list_picks(cooperative_id, run)
    suggested: dict[tuple[int, str, str], Counter[Batch]] = {}
    product_ids = {pick.product_id for pick in picks}
    for line, found in suggest_batches(cooperative_id, product_ids, today=clock.day_of(now)):
        if run in (None, line.run):
            key = (line.product_id, line.product_name, line.spec)
            units = suggested.setdefault(key, Counter())
            units.update({each.batch: each.units for each in found})
    return render_template(
        "suppliers/fulfilment/pick_list.html",
        run=run,
        runs=list_runs(cooperative_id),
        picks=picks,
        suggested=suggested,
        now=now,
    )

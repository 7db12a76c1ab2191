"""A cooperative puts goods aside for the fairs it takes part in, and sees what was sold there."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog.products.queries import get_own_variant
from catalog.stock.errors import OutOfStock, StockMismatch
from orders.fairs.errors import ActivityOver, AllottedMeanwhile, JudgedAlready
from orders.fairs.forms import JudgeForm
from orders.fairs.models import Verdict
from orders.fairs.queries.activities import get_of_cooperative, list_of_cooperative
from orders.fairs.queries.tills import get_line, list_called_back, list_doubts, list_offers
from orders.fairs.rules import may_allot, standing_of
from orders.fairs.services.allotments import allot
from orders.fairs.services.tills import judge
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from suppliers.fairs.forms import AllotmentForm

blueprint = Blueprint("cooperative_fairs", __name__, url_prefix="/cooperative/fairs")


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> str:
    today = clock.day_of(clock.now())
    return render_template(
        "suppliers/fairs/index.html",
        page=list_of_cooperative(
            current_user.cooperative.id, page_number(request.args.get("page"))
        ),
        standing_of=lambda activity: standing_of(activity, today),
    )


@blueprint.get("/<int(max=2147483647):activity_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def show(activity_id: int) -> str:
    return _page(activity_id)


@blueprint.post("/<int(max=2147483647):activity_id>/variants/<int(max=2147483647):variant_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def put_aside(activity_id: int, variant_id: int) -> Response | tuple[str, int]:
    cooperative_id, by = current_user.cooperative.id, current_user.id
    get_of_cooperative(cooperative_id, activity_id)
    get_own_variant(cooperative_id, None, variant_id)
    form = AllotmentForm()
    if not form.validate_on_submit():
        return _page(activity_id, variant_id, form), 422
    try:
        with transaction():
            allot(
                cooperative_id,
                activity_id,
                variant_id,
                form.units.data - form.shown.data,
                form.price.data,
                seen=form.seen.data,
                by=by,
                at=clock.now(),
            )
    except (OutOfStock, StockMismatch) as refusal:
        form.units.errors = [str(refusal)]
        return _page(activity_id, variant_id, form), refusal.status
    except (AllottedMeanwhile, ActivityOver) as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已经保存。"), "success")
    here = {"activity_id": activity_id, "page": page_number(request.args.get("page"))}
    return redirect(url_for("cooperative_fairs.show", **here, _anchor=f"variant-{variant_id}"), 303)


@blueprint.post("/<int(max=2147483647):activity_id>/doubts/<int(max=2147483647):till_line_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def decide(activity_id: int, till_line_id: int) -> Response | tuple[str, int]:
    cooperative_id, by = current_user.cooperative.id, current_user.id
    get_of_cooperative(cooperative_id, activity_id)
    get_line(activity_id, till_line_id, cooperative_id=cooperative_id)
    form = JudgeForm()
    if not form.validate_on_submit():
        return _page(activity_id, judged=(till_line_id, form)), 422
    try:
        with transaction():
            judge(till_line_id, Verdict(form.verdict.data), form.note.data, by=by, at=clock.now())
    except JudgedAlready as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已处理。"), "success")
    return redirect(
        url_for("cooperative_fairs.show", activity_id=activity_id, _anchor="doubts"), 303
    )


def _page(
    activity_id: int,
    variant_id: int | None = None,
    form: AllotmentForm | None = None,
    judged: tuple[int, JudgeForm] | None = None,
) -> str:
    cooperative_id = current_user.cooperative.id
    activity = get_of_cooperative(cooperative_id, activity_id)
    today = clock.day_of(clock.now())
    number = page_number(request.args.get("page"))
    return render_template(
        "suppliers/fairs/show.html",
        activity=activity,
        standing=standing_of(activity, today),
        is_open=may_allot(activity, today),
        page=list_offers(cooperative_id, activity_id, number),
        doubts=list_doubts(activity_id, cooperative_id=cooperative_id),
        recalls=list_called_back(activity_id, [cooperative_id]),
        refused_id=variant_id,
        refused=form,
        judged=judged,
    )

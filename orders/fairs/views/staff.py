"""Officials say who stands at an activity's till, and look into what its phones sent in doubt."""

from flask import Blueprint, flash, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.fairs.errors import JudgedAlready, NamedAlready, NobodyHere
from orders.fairs.forms import JudgeForm, StaffForm
from orders.fairs.models import Verdict
from orders.fairs.queries.activities import get_in_scope, get_to_change
from orders.fairs.queries.tills import get_line
from orders.fairs.services.activities import dismiss_staff, name_staff
from orders.fairs.services.tills import judge
from orders.fairs.views.activities import changing_scope, page
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint(
    "fair_staff", __name__, url_prefix="/official/activities/<int(max=2147483647):activity_id>"
)


@blueprint.post("/staff")
@allow(Role.OFFICIAL)
def create(activity_id: int) -> Response | tuple[str, int]:
    scope, by = changing_scope(), current_user.id
    activity = get_to_change(activity_id, scope)
    form = StaffForm(activity.cooperatives)
    if not form.validate_on_submit():
        return page(activity, staff=form), 422
    try:
        with transaction():
            name_staff(
                activity_id,
                form.identifier.data,
                form.cooperative_id,
                scope,
                by=by,
                at=clock.now(),
            )
    except (NobodyHere, NamedAlready) as refusal:
        form.identifier.errors = [str(refusal)]
        return page(get_to_change(activity_id, scope), staff=form), refusal.status
    flash(gettext("已安排，对方会收到通知。"), "success")
    return _back(activity_id, "staff")


@blueprint.post("/staff/<int(max=2147483647):staff_id>/ending")
@allow(Role.OFFICIAL)
def end(activity_id: int, staff_id: int) -> Response:
    scope, by = changing_scope(), current_user.id
    with transaction():
        dismiss_staff(activity_id, staff_id, scope, by=by, at=clock.now())
    flash(gettext("这个人不再收银。"), "success")
    return _back(activity_id, "staff")


@blueprint.post("/doubts/<int(max=2147483647):till_line_id>")
@allow(Role.OFFICIAL)
def decide(activity_id: int, till_line_id: int) -> Response | tuple[str, int]:
    scope, by = scope_of(current_user), current_user.id
    activity = get_in_scope(activity_id, scope)
    get_line(activity_id, till_line_id, scope=scope)
    form = JudgeForm()
    if not form.validate_on_submit():
        return page(activity, judged=(till_line_id, form)), 422
    try:
        with transaction():
            judge(till_line_id, Verdict(form.verdict.data), form.note.data, by=by, at=clock.now())
    except JudgedAlready as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已处理。"), "success")
    return _back(activity_id, "doubts")


def _back(activity_id: int, anchor: str) -> Response:
    return redirect(url_for("activities.show", activity_id=activity_id, _anchor=anchor), 303)

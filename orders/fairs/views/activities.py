"""Officials make activities and fairs, and see what was sold against the plan."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.fairs.errors import ActivityOver, SoldOnOtherDays, TakesPartAlready
from orders.fairs.forms import BUYERS, ActivityForm, CancelForm, StaffForm
from orders.fairs.models import Activity
from orders.fairs.queries.activities import (
    NOTHING,
    doubts_in,
    get_in_scope,
    get_to_change,
    is_wholly_in,
    list_cooperatives_in,
    list_entries,
    list_in_scope,
    list_staff,
    results_of,
)
from orders.fairs.queries.tills import (
    list_allotments,
    list_called_back,
    list_doubts,
    list_sales_in,
)
from orders.fairs.rules import Standing, permille, standing_of, tonnes
from orders.fairs.services import activities as services
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope, scope_of
from shop.db import transaction
from shop.errors import NotAllowed
from shop.places.queries import list_assisted_towns
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("activities", __name__, url_prefix="/official/activities")


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    scope, today = scope_of(current_user), clock.day_of(clock.now())
    chosen = next((s for s in Standing if s.value == request.args.get("show")), None)
    page = list_in_scope(scope, page_number(request.args.get("page")), chosen, today)
    ids = [activity.id for activity in page.items]
    return render_template(
        "orders/fairs/activities/index.html",
        page=page,
        chosen=chosen,
        standings=list(Standing),
        standing_of=lambda activity: standing_of(activity, today),
        results=results_of(ids, scope),
        nothing=NOTHING,
        doubts=doubts_in(ids, scope),
        permille=permille,
        tonnes=tonnes,
        may_make=scope.level is not ScopeLevel.TOWN,
    )


@blueprint.get("/new")
@allow(Role.OFFICIAL)
def new() -> str:
    return _form_page(_form(changing_scope()), None)


@blueprint.post("")
@allow(Role.OFFICIAL)
def create() -> Response | tuple[str, int]:
    scope, by = changing_scope(), current_user.id
    form = _form(scope)
    if not form.validate_on_submit():
        return _form_page(form, None), 422
    with transaction():
        activity_id = services.make_activity(form.plan_of, scope, by=by, at=clock.now()).id
    flash(gettext("已保存。公布以后，大家和合作社才看得到。"), "success")
    return _back(activity_id)


@blueprint.get("/<int(max=2147483647):activity_id>")
@allow(Role.OFFICIAL)
@shows("staff", "activity", "activity_id")
def show(activity_id: int) -> str:
    return page(get_in_scope(activity_id, scope_of(current_user)))


@blueprint.get("/<int(max=2147483647):activity_id>/edit")
@allow(Role.OFFICIAL)
def edit(activity_id: int) -> str:
    scope = changing_scope()
    activity = get_to_change(activity_id, scope)
    return _form_page(_form(scope, activity), activity)


@blueprint.post("/<int(max=2147483647):activity_id>")
@allow(Role.OFFICIAL)
def update(activity_id: int) -> Response | tuple[str, int]:
    scope, by = changing_scope(), current_user.id
    activity = get_to_change(activity_id, scope)
    form = _form(scope, activity)
    if not form.validate_on_submit():
        return _form_page(form, activity), 422
    try:
        with transaction():
            services.change_activity(activity_id, form.plan_of, scope, by=by, at=clock.now())
    except (TakesPartAlready, SoldOnOtherDays, ActivityOver) as refusal:
        activity = get_to_change(activity_id, scope)
        field = {TakesPartAlready: form.cooperatives, SoldOnOtherDays: form.until_on}.get(
            type(refusal)
        )
        if field is None:
            form.form_errors.append(str(refusal))
        else:
            field.errors = [str(refusal)]
        return _form_page(form, activity), refusal.status
    flash(gettext("已保存。"), "success")
    return _back(activity_id)


@blueprint.post("/<int(max=2147483647):activity_id>/announcement")
@allow(Role.OFFICIAL)
def announce(activity_id: int) -> Response:
    scope, by = changing_scope(), current_user.id
    with transaction():
        services.announce_activity(activity_id, scope, by=by, at=clock.now())
    flash(gettext("已公布。参加的合作社现在可以留货。"), "success")
    return _back(activity_id)


@blueprint.post("/<int(max=2147483647):activity_id>/cancellation")
@allow(Role.OFFICIAL)
def cancel(activity_id: int) -> Response | tuple[str, int]:
    scope, by = changing_scope(), current_user.id
    form = CancelForm()
    if not form.validate_on_submit():
        return page(get_to_change(activity_id, scope), cancel=form), 422
    with transaction():
        services.cancel_activity(activity_id, form.reason.data, scope, by=by, at=clock.now())
    flash(gettext("已取消，留的货已放回库存。"), "success")
    return _back(activity_id)


@blueprint.post("/<int(max=2147483647):activity_id>/closing")
@allow(Role.OFFICIAL)
def close(activity_id: int) -> Response:
    scope, by = changing_scope(), current_user.id
    with transaction():
        services.close_activity(activity_id, scope, by=by, at=clock.now())
    flash(gettext("剩下的货已放回库存。"), "success")
    return _back(activity_id)


@blueprint.get("/<int(max=2147483647):activity_id>/sales")
@allow(Role.OFFICIAL)
@shows("buyers, staff", "activity", "activity_id")
def list_sales(activity_id: int) -> str:
    """The till's own list: it is the evidence of what was sold there. A ledger line leads to the
    sale that it comes from."""
    scope = scope_of(current_user)
    activity = get_in_scope(activity_id, scope)
    sale = request.args.get("sale", "")
    sale_id = int(sale) if sale.isascii() and sale.isdigit() and len(sale) < 10 else None
    return render_template(
        "orders/fairs/activities/sales.html",
        activity=activity,
        page=list_sales_in(activity_id, scope, page_number(request.args.get("page")), sale_id),
        sale_id=sale_id,
        buyers=BUYERS,
    )


@blueprint.get("/<int(max=2147483647):activity_id>/lines")
@allow(Role.OFFICIAL)
@shows("buyers", "activity", "activity_id")
def list_lines(activity_id: int) -> str:
    """The ledger lines that the result is the sum of."""
    scope = scope_of(current_user)
    activity = get_in_scope(activity_id, scope)
    return render_template(
        "orders/fairs/activities/lines.html",
        activity=activity,
        page=list_entries(activity_id, scope, page_number(request.args.get("page"))),
        result=results_of([activity_id], scope).get(activity_id, NOTHING),
        buyers=BUYERS,
    )


def page(
    activity: Activity,
    *,
    cancel: CancelForm | None = None,
    staff: StaffForm | None = None,
    judged: tuple[int, object] | None = None,
) -> str:
    """An activity with all that happened; a form that came back keeps what was typed."""
    scope, today = scope_of(current_user), clock.day_of(clock.now())
    is_open = activity.cancelled_at is None and activity.closed_at is None
    own = [each.id for each in activity.cooperatives if scope.covers(each.town_code or "")]
    return render_template(
        "orders/fairs/activities/show.html",
        activity=activity,
        standing=standing_of(activity, today),
        is_whole=is_wholly_in(activity, scope),
        may_change=is_open and scope.level is not ScopeLevel.TOWN and is_wholly_in(activity, scope),
        result=results_of([activity.id], scope).get(activity.id, NOTHING),
        permille=permille,
        tonnes=tonnes,
        allotments=list_allotments(activity.id, own),
        recalls=list_called_back(activity.id, own),
        staff=list_staff(activity.id),
        doubts=list_doubts(activity.id, scope=scope),
        judged=judged,
        cancel_form=cancel or CancelForm(formdata=None),
        staff_form=staff or StaffForm(activity.cooperatives, formdata=None),
    )


def changing_scope() -> Scope:
    """Towns take part; bureau, city and county arrange."""
    scope = scope_of(current_user)
    if scope.level is ScopeLevel.TOWN:
        raise NotAllowed
    return scope


def _form(scope: Scope, activity: Activity | None = None) -> ActivityForm:
    today = clock.day_of(clock.now())
    towns = {town.code: town for town in list_assisted_towns(today) if scope.covers(town.code)}
    towns |= {town.code: town for town in (activity.towns if activity else [])}
    cooperatives = {each.id: each for each in list_cooperatives_in(towns)}
    cooperatives |= {each.id: each for each in (activity.cooperatives if activity else [])}
    given = {} if activity is None else {"data": _data_of(activity)}
    in_order = [towns[code] for code in sorted(towns)]
    return ActivityForm(in_order, list(cooperatives.values()), **given)


def _data_of(activity: Activity) -> dict[str, object]:
    return {
        "kind": activity.kind.value,
        "name": activity.name,
        "place": activity.place,
        "from_on": activity.from_on,
        "until_on": activity.until_on,
        "hosts": activity.hosts,
        "towns": [town.code for town in activity.towns],
        "cooperatives": [str(each.id) for each in activity.cooperatives],
        "plan": activity.plan_fen,
        "plan_tonnes": None if activity.plan_g is None else activity.plan_g // 1000,
        "text": activity.text,
    }


def _form_page(form: ActivityForm, activity: Activity | None) -> str:
    return render_template("orders/fairs/activities/form.html", form=form, activity=activity)


def _back(activity_id: int) -> Response:
    return redirect(url_for("activities.show", activity_id=activity_id), 303)

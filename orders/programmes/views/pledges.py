"""What enterprises promised to towns (千企帮千镇), and how far they are beside the time."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.programmes.errors import PledgedMeanwhile, TownsOnlyRead, UnknownEnterprise
from orders.programmes.forms import PledgeForm
from orders.programmes.queries import find_enterprise, list_places, list_pledges, newest_version
from orders.programmes.rules import completion_permille, progress_permille
from orders.programmes.services import set_pledge
from orders.programmes.views.programmes import may_act, year_asked, years_around
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("pledges", __name__, url_prefix="/statistics/pledges")


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    form = PledgeForm(formdata=None)
    form.year.data, form.seen.data = year_asked(), "0"
    return _page(form)


@blueprint.post("")
@allow(Role.OFFICIAL)
def create() -> Response | tuple[str, int]:
    scope, form = scope_of(current_user), PledgeForm()
    if not may_act(scope):
        raise TownsOnlyRead
    form.offer(_towns())
    valid = form.validate_on_submit()
    enterprise = find_enterprise(form.enterprise.data) if form.enterprise.data else None
    if form.enterprise.data and enterprise is None and not form.enterprise.errors:
        form.enterprise.errors = [str(UnknownEnterprise())]
    if not valid or enterprise is None:
        return _page(form), 422
    try:
        with transaction():
            set_pledge(
                enterprise.id,
                form.town.data,
                form.year.data,
                form.amount.data,
                form.words.data or "",
                seen=form.version,
                by=current_user,
                at=clock.now(),
            )
    except PledgedMeanwhile as refusal:
        # Sent again, it changes what stands there now: the page shows it above the form.
        form.seen.data = str(newest_version(enterprise.id, form.town.data, form.year.data))
        form.amount.errors = [str(refusal)]
        return _page(form), refusal.status
    flash(gettext("已记下，以前的版本仍在记录里。"), "success")
    return redirect(url_for("pledges.index", year=form.year.data), 303)


def _page(form: PledgeForm) -> str:
    scope, year = scope_of(current_user), year_asked()
    form.offer(_towns())
    return render_template(
        "orders/programmes/pledges.html",
        year=year,
        years=years_around(year),
        page=list_pledges(scope, year, page_number(request.args.get("page"))),
        completion=completion_permille,
        progress=progress_permille(year, clock.day_of(clock.now())),
        form=form,
        may_act=may_act(scope),
    )


def _towns() -> list[tuple[str, str]]:
    today = clock.day_of(clock.now())
    return [(town.code, town.full_name) for town in list_places(scope_of(current_user), today)]

"""One tie of a household in a quarter: one screen each, and then the next that is not complete."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.products.models import Product
from catalog.products.queries import own_products
from orders.benefits import services
from orders.benefits.errors import LineTaken
from orders.benefits.models import DraftLine, Household
from orders.benefits.queries import find_incomplete, find_report, get_household, get_line
from orders.benefits.rules import Quarter
from orders.benefits.views import label_of
from shop import clock
from shop.db import db, transaction
from shop.web.audience import Role, allow
from suppliers.benefits.forms import LineForm
from suppliers.benefits.views.households import masked
from suppliers.benefits.views.reports import asked, to_report

blueprint = Blueprint("benefit_lines", __name__, url_prefix="/cooperative/benefits/<quarter>/lines")

Answer = str | Response | tuple[str, int]


@blueprint.get("/new")
@allow(Role.COOPERATIVE)
def new(quarter: str) -> Answer:
    which = asked(quarter)
    household = _household()
    if household is None:
        return redirect(url_for("households.index", **{"for": which.code}))
    return _page(which, household, LineForm(which, _products()))


@blueprint.post("")
@allow(Role.COOPERATIVE)
def create(quarter: str) -> Answer:
    which = asked(quarter)
    household = _household()
    if household is None:
        return redirect(url_for("households.index", **{"for": which.code}), 303)
    return _save(which, household, LineForm(which, _products()), None)


@blueprint.get("/<int(max=2147483647):line_id>")
@allow(Role.COOPERATIVE)
def edit(quarter: str, line_id: int) -> Answer:
    which = asked(quarter)
    line = get_line(current_user.cooperative.id, which, line_id)
    return _page(which, line.household, LineForm(which, _products(), line), line)


@blueprint.post("/<int(max=2147483647):line_id>")
@allow(Role.COOPERATIVE)
def update(quarter: str, line_id: int) -> Answer:
    which = asked(quarter)
    line = get_line(current_user.cooperative.id, which, line_id)
    return _save(which, line.household, LineForm(which, _products()), line)


@blueprint.post("/<int(max=2147483647):line_id>/removal")
@allow(Role.COOPERATIVE)
def remove(quarter: str, line_id: int) -> Response:
    cooperative_id, by, which = current_user.cooperative.id, current_user.id, asked(quarter)
    with transaction():
        services.remove_line(cooperative_id, which, line_id, by=by, at=clock.now())
    flash(gettext("已从草稿里删掉。"), "success")
    return to_report(which)


def _save(which: Quarter, household: Household, form: LineForm, line: DraftLine | None) -> Answer:
    cooperative_id, by = current_user.cooperative.id, current_user.id
    if not form.validate_on_submit():
        return _page(which, household, form, line), 422
    line_id = line.id if line else None
    try:
        with transaction():
            services.save_line(
                cooperative_id, which, line_id, form.entry(household.id), by=by, at=clock.now()
            )
    except LineTaken as refusal:
        form.tie.errors = [*form.tie.errors, str(refusal)]
        return _page(which, household, form, line), refusal.status
    flash(gettext("已保存到草稿。"), "success")
    return _to_next(which, line_id)


def _to_next(which: Quarter, line_id: int | None) -> Response:
    """Whoever fills in what was copied goes on with the next one."""
    report = find_report(current_user.cooperative.id, which)
    following = find_incomplete(report.id) if report and line_id is not None else None
    if following is None or following == line_id:
        return to_report(which)
    return redirect(url_for("benefit_lines.edit", quarter=which.code, line_id=following), 303)


def _household() -> Household | None:
    """The one that was chosen, of one's own. Raises NotFound to others."""
    chosen = request.values.get("household", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 10):
        return None
    return get_household(current_user.cooperative.id, int(chosen))


def _products() -> list[Product]:
    return list(db.session.scalars(own_products(current_user.cooperative.id)))


def _page(
    which: Quarter, household: Household, form: LineForm, line: DraftLine | None = None
) -> str:
    return render_template(
        "suppliers/benefits/line.html",
        quarter=which,
        label=label_of(which),
        household=household,
        line=line,
        form=form,
        masked=masked,
    )

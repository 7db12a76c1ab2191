"""The administrator's table of yearly targets."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.targets.errors import SetMeanwhile
from orders.targets.forms import TargetForm
from orders.targets.models import Target
from orders.targets.queries import list_versions
from orders.targets.rules import year_is_sensible
from orders.targets.services import set_target
from shop import clock
from shop.db import transaction
from shop.places.models import Town
from shop.places.queries import list_assisted_towns
from shop.web.audience import Role, allow
from shop.web.fields import clean_line

blueprint = Blueprint("targets", __name__)


@dataclass(frozen=True)
class TownTargets:
    """A town with all versions of its target, the newest first, and the form to add one."""

    town: Town
    versions: list[Row[tuple[Target, str | None]]]
    form: TargetForm


@blueprint.get("/admin/targets")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    return _page(_year(request.args.get("year")))


@blueprint.post("/admin/targets")
@allow(Role.ADMINISTRATOR)
def create() -> Response | tuple[str, int]:
    form = TargetForm()
    if not form.validate_on_submit():
        return _page(_year(request.form.get("year")), form), 422
    try:
        with transaction():
            set_target(
                clean_line(form.town_code.data or ""),
                form.year.data,
                form.amount.data,
                form.reason.data,
                by=current_user.id,
                at=clock.now(),
            )
    except SetMeanwhile as error:
        form.amount.errors = [*form.amount.errors, str(error)]
        return _page(form.year.data, form), SetMeanwhile.status
    flash(gettext("已保存新的年度目标，以前的版本仍在记录里。"), "success")
    return redirect(url_for("targets.index", year=form.year.data), 303)


def _page(year: int, sent: TargetForm | None = None) -> str:
    versions = list_versions(year)
    towns = [
        TownTargets(
            town,
            [version for version in versions if version.Target.town_code == town.code],
            _form_of(town, year, sent),
        )
        for town in list_assisted_towns(clock.day_of(clock.now()))
    ]
    held = [row.versions[0].Target.amount_fen for row in towns if row.versions]
    return render_template(
        "orders/targets/index.html",
        towns=towns,
        total_fen=sum(held),
        missing=len(towns) - len(held),
        year=year,
        years=_years(year),
        sent=sent,
    )


def _form_of(town: Town, year: int, sent: TargetForm | None) -> TargetForm:
    """What was sent for this town, else an empty form; ids differ from row to row."""
    form = sent if sent and sent.town_code.data == town.code else None
    if form is None:
        form = TargetForm(formdata=None)
        form.town_code.data, form.year.data = town.code, year
    for field in form:
        field.id = f"{field.name}-{town.code}"
    return form


def _year(text: str | None) -> int:
    """The year in the address; this year if it holds none."""
    if text and text.isascii() and text.isdigit() and len(text) == 4:
        year = int(text)
        if year_is_sensible(year):
            return year
    return clock.day_of(clock.now()).year


def _years(shown: int) -> list[int]:
    now = clock.day_of(clock.now()).year
    return sorted({now - 1, now, now + 1, shown})

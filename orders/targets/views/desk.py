"""The administrator's tables of targets: towns by month, and what areas say of themselves."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog.categories.queries import list_categories
from orders.records.models import BuyerType
from orders.targets.errors import (
    AreaMissing,
    NoTargetHere,
    NotDesignated,
    NothingToTakeBack,
    SetMeanwhile,
)
from orders.targets.forms import AreaTargetForm, TargetForm
from orders.targets.models import Spread
from orders.targets.queries import is_designated
from orders.targets.rules import SPREADS
from orders.targets.services import set_area_target, set_target
from orders.targets.views.tables import (
    AreaPage,
    Part,
    area_page,
    parts_of,
    require_code,
    rows_of,
    whole_of,
    year_asked,
    years_around,
)
from shop import clock
from shop.db import transaction
from shop.places.queries import get_town
from shop.places.rules import may_be_assisted
from shop.web.audience import Role, allow
from shop.web.fields import clean_line

blueprint = Blueprint("targets", __name__)

Answer = Response | tuple[str, int]


@blueprint.get("/admin/targets")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    year = year_asked(request.args.get("year"))
    return render_template(
        "orders/targets/index.html",
        rows=rows_of(year, ""),
        year=year,
        years=years_around(year),
        spreads=SPREADS,
        endpoint="targets",
    )


@blueprint.get("/admin/targets/<code>")
@allow(Role.ADMINISTRATOR)
def show(code: str) -> str:
    require_code(code)
    year = year_asked(request.args.get("year"))
    parts = parts_of(code, year)
    return _town_page(code, year, parts, _filled_form(code, year, parts))


@blueprint.get("/admin/targets/areas/<code>")
@allow(Role.ADMINISTRATOR)
def show_area(code: str) -> str:
    year = year_asked(request.args.get("year"))
    return _area_page(area_page(code, year), year)


@blueprint.post("/admin/targets")
@allow(Role.ADMINISTRATOR)
def create() -> Answer:
    form = TargetForm(categories=_categories())
    code = clean_line(form.town_code.data or "")
    if not form.validate_on_submit():
        year = year_asked(request.form.get("year"))
        return _town_page(code, year, parts_of(code, year), form), 422
    year = form.year.data
    try:
        with transaction():
            set_target(
                code,
                year,
                form.amount.data,
                form.reason.data,
                by=current_user.id,
                at=clock.now(),
                category_id=int(form.category.data) if form.category.data else None,
                buyer_type=BuyerType(form.buyer_type.data) if form.buyer_type.data else None,
                spread=Spread(form.spread.data),
                months=form.typed,
            )
    except (SetMeanwhile, NotDesignated, NothingToTakeBack) as error:
        form.amount.errors = [*form.amount.errors, str(error)]
        return _town_page(code, year, parts_of(code, year), form), error.status
    flash(gettext("已保存新的年度目标，以前的版本仍在记录里。"), "success")
    return redirect(url_for("targets.show", code=code, year=year), 303)


@blueprint.post("/admin/targets/areas")
@allow(Role.ADMINISTRATOR)
def create_area() -> Answer:
    form = AreaTargetForm()
    code = clean_line(form.area_code.data or "")
    if not code:
        raise AreaMissing
    if not form.validate_on_submit():
        year = year_asked(request.form.get("year"))
        return _area_page(area_page(code, year), year, form), 422
    year = form.year.data
    try:
        with transaction():
            set_area_target(
                code, year, form.amount.data, form.reason.data, by=current_user.id, at=clock.now()
            )
    except (SetMeanwhile, NothingToTakeBack) as error:
        form.amount.errors = [*form.amount.errors, str(error)]
        return _area_page(area_page(code, year), year, form), error.status
    flash(gettext("已保存，各镇之和照旧并列显示。"), "success")
    return redirect(url_for("targets.show_area", code=code, year=year), 303)


def _town_page(code: str, year: int, parts: list[Part], form: TargetForm) -> str:
    """Raises NoTargetHere for a town outside the two cities, and NotFound."""
    if not may_be_assisted(code):
        raise NoTargetHere
    town = get_town(code)
    return render_template(
        "orders/targets/town.html",
        town=town,
        parts=parts,
        whole=whole_of(parts),
        designated=is_designated(town.code, year),
        year=year,
        years=years_around(year),
        form=form,
        spreads=SPREADS,
        endpoint="targets",
    )


def _area_page(page: AreaPage, year: int, sent: AreaTargetForm | None = None) -> str:
    form = sent
    if form is None:
        form = AreaTargetForm(formdata=None)
        form.amount.data = page.row.own_fen
    form.area_code.data, form.year.data = page.row.code, year
    return render_template(
        "orders/targets/area.html",
        page=page,
        year=year,
        years=years_around(year),
        form=form,
        spreads=SPREADS,
        endpoint="targets",
    )


def _filled_form(code: str, year: int, parts: list[Part]) -> TargetForm:
    """The form for the part that the address names, with what holds now."""
    form = TargetForm(formdata=None, categories=_categories())
    form.town_code.data, form.year.data = code, year
    form.category.data = request.args.get("category", "")
    form.buyer_type.data = request.args.get("buyer_type", "")
    # Only a part is taken back by an empty amount.
    form.amount.flags.required = not form.is_part
    for part in parts:
        chosen = (str(part.category_id or ""), part.buyer_type or "")
        if chosen == (form.category.data, form.buyer_type.data):
            _fill_in(form, part)
    return form


def _fill_in(form: TargetForm, part: Part) -> None:
    form.amount.data = part.now.amount_fen
    form.spread.data = part.now.spread or Spread.EVEN
    if part.now.spread is Spread.TYPED:
        for field, fen in zip(form.months.entries, part.now.months or (), strict=True):
            field.data = fen


def _categories() -> list[tuple[str, str]]:
    return [(str(category.id), category.name) for category in list_categories()]

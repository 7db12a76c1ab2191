"""Officials read the targets of their scope, month by month; administrators set them."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.targets.rules import SPREADS
from orders.targets.views.tables import (
    area_page,
    parts_of,
    prefix_of,
    require_code,
    rows_of,
    whole_of,
    year_asked,
    years_around,
)
from shop.accounts.people.rules import scope_of
from shop.errors import NotFound
from shop.places.queries import get_town
from shop.places.rules import may_be_assisted
from shop.web.audience import Role, allow

blueprint = Blueprint("target_plan", __name__, url_prefix="/statistics/targets")


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    year = year_asked(request.args.get("year"))
    return render_template(
        "orders/targets/index.html",
        rows=rows_of(year, scope_of(current_user).prefix),
        **_shared(year),
    )


@blueprint.get("/<code>")
@allow(Role.OFFICIAL)
def show(code: str) -> str:
    require_code(code)
    _require_inside(code)
    if not may_be_assisted(code):
        raise NotFound
    year = year_asked(request.args.get("year"))
    parts = parts_of(code, year)
    return render_template(
        "orders/targets/town.html",
        town=get_town(code),
        parts=parts,
        whole=whole_of(parts),
        designated=True,
        **_shared(year),
    )


@blueprint.get("/areas/<code>")
@allow(Role.OFFICIAL)
def show_area(code: str) -> str:
    _require_inside(prefix_of(code))
    year = year_asked(request.args.get("year"))
    return render_template("orders/targets/area.html", page=area_page(code, year), **_shared(year))


def _shared(year: int) -> dict[str, Any]:
    return {
        "year": year,
        "years": years_around(year),
        "spreads": SPREADS,
        "endpoint": "target_plan",
        "form": None,
    }


def _require_inside(prefix: str) -> None:
    """Raises NotFound for a place that isn't wholly inside the scope."""
    if not scope_of(current_user).covers(prefix):
        raise NotFound

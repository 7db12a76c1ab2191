"""Officials publish award programmes, propose awards, and confirm what others proposed."""

from datetime import date

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.programmes.errors import (
    AlreadyDecided,
    BeyondTheAward,
    BeyondTheBudget,
    BeyondTheYear,
    NameTaken,
    NotInTheProgramme,
    OutsideYourPlaces,
    SecondPersonNeeded,
    TownsOnlyRead,
)
from orders.programmes.forms import AwardForm, CorrectionForm, DecisionForm, ProgrammeForm
from orders.programmes.models import Verdict
from orders.programmes.queries import (
    get_award,
    get_programme,
    get_year,
    left_of_award,
    list_awards,
    list_cooperatives,
    list_places,
    list_programmes,
)
from orders.programmes.services import (
    Plan,
    correct_award,
    decide_award,
    propose_award,
    publish_programme,
)
from orders.targets.rules import year_is_sensible
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope, scope_of
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("programmes", __name__, url_prefix="/statistics/programmes")

Answer = Response | tuple[str, int]
_FEN_PER_WAN = 1_000_000
_LARGEST_ID = 2**31 - 1


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    scope, year = scope_of(current_user), year_asked()
    return render_template(
        "orders/programmes/index.html",
        year=year,
        years=years_around(year),
        sums=get_year(year, _total_fen()),
        programmes=list_programmes(scope, year),
        places=_place_names(),
        may_act=may_act(scope),
    )


@blueprint.get("/new")
@allow(Role.OFFICIAL)
def new() -> str:
    scope = _acting_scope()
    form = ProgrammeForm(formdata=None)
    form.year.data = _today().year
    return _new_page(form, scope)


@blueprint.post("")
@allow(Role.OFFICIAL)
def create() -> Answer:
    scope, form = _acting_scope(), ProgrammeForm()
    form.offer(_places(scope))
    if not form.validate_on_submit():
        return _new_page(form, scope), 422
    plan = Plan(
        form.year.data,
        form.name.data,
        "" if form.place.data == "all" else form.place.data,
        form.rule.data,
        form.budget.data,
    )
    try:
        with transaction():
            made = publish_programme(plan, total_fen=_total_fen(), by=current_user, at=clock.now())
    except (BeyondTheYear, NameTaken, OutsideYourPlaces) as refusal:
        field = form.budget if isinstance(refusal, BeyondTheYear) else form.name
        field.errors = [str(refusal)]
        return _new_page(form, scope), refusal.status
    flash(gettext("已公布。"), "success")
    return redirect(url_for("programmes.show", programme_id=made.id), 303)


@blueprint.get("/<int(max=2147483647):programme_id>")
@allow(Role.OFFICIAL)
def show(programme_id: int) -> str:
    return _page(programme_id)


@blueprint.post("/<int(max=2147483647):programme_id>/awards")
@allow(Role.OFFICIAL)
def propose(programme_id: int) -> Answer:
    scope, form = _acting_scope(), AwardForm()
    programme = get_programme(scope, programme_id)
    form.offer(_cooperatives(scope, programme.place))
    if not form.validate_on_submit():
        return _page(programme_id, award=form), 422
    try:
        with transaction():
            propose_award(
                programme_id,
                int(form.cooperative.data),
                form.amount.data,
                form.reason.data,
                form.awarded_on.data,
                key=form.key.data,
                by=current_user,
                at=clock.now(),
            )
    except (BeyondTheBudget, NotInTheProgramme) as refusal:
        field = form.amount if isinstance(refusal, BeyondTheBudget) else form.cooperative
        field.errors = [str(refusal)]
        return _page(programme_id, award=form), refusal.status
    flash(gettext("已提出，等另一个人确认后才算数。"), "success")
    return redirect(url_for("programmes.show", programme_id=programme_id), 303)


@blueprint.post("/awards/<int(max=2147483647):award_id>/decision")
@allow(Role.OFFICIAL)
def decide(award_id: int) -> Answer:
    scope, form = _acting_scope(), DecisionForm()
    programme_id = get_award(scope, award_id).programme_id
    if not form.validate_on_submit():
        return _page(programme_id, decision=(award_id, form)), 422
    try:
        with transaction():
            decide_award(
                award_id,
                Verdict(form.verdict.data),
                form.note.data or "",
                by=current_user,
                at=clock.now(),
            )
    except (AlreadyDecided, BeyondTheBudget, BeyondTheAward, SecondPersonNeeded) as refusal:
        flash(str(refusal), "error")
        return _page(programme_id, decision=(award_id, form)), refusal.status
    flash(gettext("已记录。"), "success")
    return redirect(url_for("programmes.show", programme_id=programme_id), 303)


@blueprint.post("/awards/<int(max=2147483647):award_id>/correction")
@allow(Role.OFFICIAL)
def correct(award_id: int) -> Answer:
    scope, form = _acting_scope(), CorrectionForm()
    programme_id = get_award(scope, award_id).programme_id
    if not form.validate_on_submit():
        return _page(programme_id, correction=(award_id, form)), 422
    try:
        with transaction():
            correct_award(
                award_id,
                form.amount.data,
                form.reason.data,
                key=form.key.data,
                by=current_user,
                at=clock.now(),
                on=_today(),
            )
    except BeyondTheAward as refusal:
        form.amount.errors = [str(refusal)]
        return _page(programme_id, correction=(award_id, form)), refusal.status
    flash(gettext("已提出冲减，等另一个人确认后才算数。"), "success")
    return redirect(url_for("programmes.show", programme_id=programme_id), 303)


def may_act(scope: Scope) -> bool:
    return scope.level is not ScopeLevel.TOWN


def year_asked() -> int:
    """The year in the address; this year if it holds none."""
    text = request.args.get("year", "")
    if text.isascii() and text.isdigit() and len(text) == 4 and year_is_sensible(int(text)):
        return int(text)
    return _today().year


def years_around(shown: int) -> list[int]:
    now = _today().year
    return sorted({now - 1, now, now + 1, shown})


def _page(
    programme_id: int,
    *,
    award: AwardForm | None = None,
    decision: tuple[int, DecisionForm] | None = None,
    correction: tuple[int, CorrectionForm] | None = None,
) -> str:
    scope = scope_of(current_user)
    programme = get_programme(scope, programme_id)
    if correction is None and may_act(scope):
        correction = _asked_correction(scope, programme_id)
    if award is None:
        award = AwardForm(formdata=None)
        award.offer(_cooperatives(scope, programme.place))
        award.give_key()
        award.awarded_on.data = _today()
    return render_template(
        "orders/programmes/show.html",
        programme=programme,
        place=_place_names().get(programme.place, programme.place),
        page=list_awards(scope, programme_id, page_number(request.args.get("page"))),
        award=award,
        decision=decision or (0, DecisionForm(formdata=None)),
        correction=correction,
        may_act=may_act(scope),
        me=current_user.id,
    )


def _asked_correction(scope: Scope, programme_id: int) -> tuple[int, CorrectionForm] | None:
    """The form to take something back of the award that the address names."""
    text = request.args.get("correct", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _LARGEST_ID):
        return None
    award = get_award(scope, int(text))
    if award.programme_id != programme_id or award.corrects_id or not left_of_award(award):
        return None
    form = CorrectionForm(formdata=None)
    form.give_key()
    return award.id, form


def _new_page(form: ProgrammeForm, scope: Scope) -> str:
    form.offer(_places(scope))
    return render_template(
        "orders/programmes/new.html", form=form, sums=get_year(_today().year, _total_fen())
    )


def _places(scope: Scope) -> list[tuple[str, str]]:
    """The whole, cities, counties and towns that lie inside a scope."""
    names = _place_names()
    inside = sorted(place for place in names if place.startswith(scope.prefix))
    return [(place or "all", names[place]) for place in inside]


def _place_names() -> dict[str, str]:
    """What places are called, by what their towns' codes begin with."""
    names = {"": gettext("全部帮扶镇")}
    for town in list_places(Scope(ScopeLevel.BUREAU, None), _today()):
        names[town.code[:4]] = town.county.city.name
        names[town.county_code] = town.county.name
        names[town.code] = town.full_name
    return names


def _cooperatives(scope: Scope, place: str) -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in list_cooperatives(scope, place)]


def _acting_scope() -> Scope:
    """Raises TownsOnlyRead for who may only look."""
    scope = scope_of(current_user)
    if not may_act(scope):
        raise TownsOnlyRead
    return scope


def _total_fen() -> int:
    total_wan: int = current_app.config["SETTINGS"].award_total_wan
    return total_wan * _FEN_PER_WAN


def _today() -> date:
    return clock.day_of(clock.now())

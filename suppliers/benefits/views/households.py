"""The households of a cooperative: masked on every page, unsealed only for who asks, in the log."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from orders.benefits import services
from orders.benefits.errors import AlreadyListed, CodeTaken, TooManyHouseholds
from orders.benefits.models import Household
from orders.benefits.queries import count_households, get_household, list_households
from orders.benefits.rules import read_quarter
from orders.benefits.services import Identity
from shop import clock
from shop.db import transaction
from shop.masking import mask_name, mask_number
from shop.secrets import open_sealed
from shop.web.audience import Role, allow
from shop.web.fields import clean_line
from shop.web.paging import page_number
from suppliers.benefits.forms import HouseholdForm

blueprint = Blueprint("households", __name__, url_prefix="/cooperative/households")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.COOPERATIVE)
def index() -> str:
    """All of them; with ``for`` a quarter, to choose one for its report."""
    words = clean_line(request.args.get("q", ""))[:40]
    page = list_households(
        current_user.cooperative.id, words, page_number(request.args.get("page"))
    )
    return render_template(
        "suppliers/benefits/households.html",
        page=page,
        words=words,
        quarter=read_quarter(request.args.get("for", "")),
        masked=masked,
    )


@blueprint.get("/new")
@allow(Role.COOPERATIVE)
def new() -> str:
    own = current_user.cooperative.id
    return _new_page(HouseholdForm(formdata=None, code=f"{count_households(own) + 1:03d}"))


@blueprint.post("")
@allow(Role.COOPERATIVE)
def create() -> Answer:
    cooperative_id, by = current_user.cooperative.id, current_user.id
    form, quarter = HouseholdForm(), read_quarter(request.args.get("for", ""))
    if not form.validate_on_submit():
        return _new_page(form), 422
    try:
        with transaction():
            entry = form.entry
            household_id = services.add_household(cooperative_id, entry, by=by, at=clock.now()).id
    except (CodeTaken, AlreadyListed, TooManyHouseholds) as refusal:
        _explain(form, refusal)
        return _new_page(form), refusal.status
    flash(gettext("农户已登记。"), "success")
    if quarter:
        there = url_for("benefit_lines.new", quarter=quarter.code, household=household_id)
        return redirect(there, 303)
    return redirect(url_for("households.show", household_id=household_id), 303)


@blueprint.get("/<int(max=2147483647):household_id>")
@allow(Role.COOPERATIVE)
def show(household_id: int) -> str:
    household = get_household(current_user.cooperative.id, household_id)
    form = HouseholdForm(formdata=None, code=household.code, standing=household.standing.value)
    return _page(household, form)


@blueprint.post("/<int(max=2147483647):household_id>")
@allow(Role.COOPERATIVE)
def update(household_id: int) -> Answer:
    cooperative_id, by = current_user.cooperative.id, current_user.id
    household, form = get_household(cooperative_id, household_id), HouseholdForm()
    if not form.validate_on_submit():
        return _page(household, form), 422
    try:
        with transaction():
            services.revise_household(
                cooperative_id, household_id, form.entry, by=by, at=clock.now()
            )
    except (CodeTaken, AlreadyListed) as refusal:
        _explain(form, refusal)
        return _page(get_household(cooperative_id, household_id), form), refusal.status
    flash(gettext("已保存。"), "success")
    return _to(household_id)


@blueprint.post("/<int(max=2147483647):household_id>/disclosure")
@allow(Role.COOPERATIVE)
def disclose(household_id: int) -> str:
    """The whole of what is sealed, on this one answer; who asked stands in the audit log."""
    cooperative_id, by = current_user.cooperative.id, current_user.id
    with transaction():
        identity = services.disclose(cooperative_id, household_id, by=by, at=clock.now())
    household = get_household(cooperative_id, household_id)
    form = HouseholdForm(formdata=None, code=household.code, standing=household.standing.value)
    return _page(household, form, identity)


@blueprint.post("/<int(max=2147483647):household_id>/withdrawal")
@allow(Role.COOPERATIVE)
def withdraw(household_id: int) -> Response:
    """The head of the household took the consent back."""
    cooperative_id, by = current_user.cooperative.id, current_user.id
    with transaction():
        services.withdraw_consent(cooperative_id, household_id, by=by, at=clock.now())
    flash(gettext("身份信息已删除，这一户以后只按户编号计数。"), "success")
    return _to(household_id)


def masked(household: Household) -> str:
    """Who it is, as screens show it; nothing for one that is known by its code alone."""
    if household.sealed_name is None:
        return ""
    number = household.sealed_identity or household.sealed_phone or ""
    return f"{mask_name(open_sealed(household.sealed_name))} {mask_number(open_sealed(number))}"


def _explain(form: HouseholdForm, refusal: CodeTaken | AlreadyListed | TooManyHouseholds) -> None:
    field = form.identity if isinstance(refusal, AlreadyListed) else form.code
    if field is form.identity and not form.identity.data:
        field = form.phone
    field.errors = [*field.errors, str(refusal)]


def _new_page(form: HouseholdForm) -> str:
    quarter = read_quarter(request.args.get("for", ""))
    return render_template("suppliers/benefits/new_household.html", form=form, quarter=quarter)


def _page(household: Household, form: HouseholdForm, identity: Identity | None = None) -> str:
    return render_template(
        "suppliers/benefits/household.html",
        household=household,
        form=form,
        identity=identity,
        masked=masked,
    )


def _to(household_id: int) -> Response:
    return redirect(url_for("households.show", household_id=household_id), 303)

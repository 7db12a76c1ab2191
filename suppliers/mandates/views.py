"""Acting for a cooperative: its managers say who may, the town's team opens the desk."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.audit.queries import done_on_behalf
from shop.accounts.audit.rules import act_name, subject_name
from shop.accounts.enforcement import MANDATE
from shop.accounts.mandates import services
from shop.accounts.mandates.errors import (
    BadPeriod,
    MandateOver,
    NotOfTheTeam,
    WorksForCooperative,
)
from shop.accounts.mandates.queries import list_given, list_held, list_team
from shop.accounts.mandates.rules import USUAL, standing_of
from shop.db import transaction
from shop.organisations.queries import get_cooperative
from shop.web.audience import Role, allow
from shop.web.paging import page_number, paginate
from suppliers.mandates.forms import MandateForm

blueprint = Blueprint("mandates", __name__, url_prefix="/cooperative/mandates")
desk = Blueprint("mandate_desk", __name__, url_prefix="/official/mandates")

PER_PAGE = 20


@blueprint.get("")
@allow(Role.COOPERATIVE)
def index() -> str:
    today = clock.day_of(clock.now())
    team = list_team(current_user.cooperative.town_code)
    return _page(MandateForm(team, today, formdata=None, from_on=today, until_on=today + USUAL))


@blueprint.post("")
@allow(Role.COOPERATIVE)
def create() -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    now = clock.now()
    form = MandateForm(list_team(current_user.cooperative.town_code), clock.day_of(now))
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction():
            services.give(
                cooperative_id,
                int(form.appointment.data),
                form.from_on.data,
                form.until_on.data,
                by=account_id,
                at=now,
            )
    except (NotOfTheTeam, WorksForCooperative) as refusal:
        form.appointment.errors = [str(refusal)]
        return _page(form), 422
    except (BadPeriod, MandateOver) as refusal:
        form.form_errors.append(str(refusal))
        return _page(form), 409
    flash(gettext("已授权，干部会收到通知。您随时可以收回。"), "success")
    return redirect(url_for("mandates.index"), 303)


@blueprint.post("/<int:mandate_id>/withdrawal")
@allow(Role.COOPERATIVE)
def withdraw(mandate_id: int) -> Response:
    with transaction():
        services.withdraw(
            current_user.cooperative.id, mandate_id, by=current_user.id, at=clock.now()
        )
    flash(gettext("授权已收回，立即生效。"), "success")
    return redirect(url_for("mandates.index"), 303)


@blueprint.get("/acts")
@allow(Role.COOPERATIVE)
def list_acts() -> str:
    """What was done in the cooperative's name, down to each act."""
    done = done_on_behalf(current_user.cooperative.id)
    return render_template(
        "suppliers/mandates/acts.html",
        page=paginate(done, page_number(request.args.get("page")), PER_PAGE),
        act_name=act_name,
        subject_name=subject_name,
    )


@desk.get("", endpoint="index")
@allow(Role.OFFICIAL)
def index_of_official() -> str:
    today = clock.day_of(clock.now())
    page = list_held(current_user.id, page_number(request.args.get("page")))
    return render_template(
        "suppliers/mandates/held.html",
        page=page,
        standings={each.id: standing_of(each, today) for each in page.items},
        taken_up=session.get(MANDATE),
    )


@desk.post("/<int:mandate_id>/desk")
@allow(Role.OFFICIAL)
def enter(mandate_id: int) -> Response:
    """Open the cooperative's desk in this browser, in its name."""
    account_id = current_user.id
    try:
        with transaction():
            services.take_up(account_id, mandate_id, at=clock.now())
    except MandateOver as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("mandate_desk.index"), 303)
    session[MANDATE] = mandate_id
    return redirect(url_for("coop_today.show"), 303)


@desk.post("/leave")
@allow(Role.OFFICIAL)
def leave() -> Response:
    session.pop(MANDATE, None)
    flash(gettext("已退出代办。"), "success")
    return redirect(url_for("mandate_desk.index"), 303)


@desk.post("/<int:mandate_id>/ending")
@allow(Role.OFFICIAL)
def lay_down(mandate_id: int) -> Response:
    with transaction():
        services.lay_down(current_user.id, mandate_id, at=clock.now())
    flash(gettext("已交还这项授权，合作社会收到通知。"), "success")
    return redirect(url_for("mandate_desk.index"), 303)


def _page(form: MandateForm) -> str:
    cooperative = get_cooperative(current_user.cooperative.id)
    page = list_given(cooperative.id, page_number(request.args.get("page")))
    today = clock.day_of(clock.now())
    return render_template(
        "suppliers/mandates/index.html",
        cooperative=cooperative,
        page=page,
        standings={each.id: standing_of(each, today) for each in page.items},
        form=form,
    )

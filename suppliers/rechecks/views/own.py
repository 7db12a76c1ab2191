"""A cooperative's own re-check: its manager says how things stand, and sees who is next."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.organisations.errors import NameTaken
from shop.organisations.queries import get_cooperative
from shop.web.audience import Role, allow
from suppliers.licences.queries import list_licences
from suppliers.rechecks import services
from suppliers.rechecks.errors import LicencesLapsed, NothingToConfirm
from suppliers.rechecks.forms import RecheckForm
from suppliers.rechecks.queries import find_contact, find_latest
from suppliers.rechecks.rules import mood_of, next_day, stage_of, story

blueprint = Blueprint("rechecks", __name__, url_prefix="/cooperative/recheck")

Answer = Response | tuple[str, int]


@blueprint.get("")
@allow(Role.COOPERATIVE)
def show() -> str:
    return _page()


@blueprint.post("")
@allow(Role.COOPERATIVE)
def create() -> Answer:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    form = RecheckForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction():
            services.confirm(cooperative_id, form.told, by=account_id, at=clock.now())
    except NameTaken as refusal:
        form.name.errors = [str(refusal)]
        return _page(form), 422
    except LicencesLapsed as refusal:
        form.licences_hold.errors = [str(refusal)]
        return _page(form), 422
    except NothingToConfirm as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已确认，等镇政府和驻镇工作队签字。"), "success")
    return redirect(url_for("rechecks.show"), 303)


def _page(form: RecheckForm | None = None) -> str:
    cooperative = get_cooperative(current_user.cooperative.id)
    recheck = find_latest(cooperative.id)
    stage = stage_of(recheck) if recheck else None
    verified_at = cooperative.checked_at or cooperative.admitted_at
    return render_template(
        "suppliers/rechecks/own.html",
        cooperative=cooperative,
        recheck=recheck,
        stage=stage,
        mood=mood_of(stage) if stage else None,
        story=story(recheck) if recheck else [],
        next_on=next_day(clock.day_of(verified_at)) if verified_at else None,
        licences=list_licences(cooperative.id),
        today=clock.day_of(clock.now()),
        form=form or _form(cooperative.id),
    )


def _form(cooperative_id: int) -> RecheckForm:
    """What was said last, to be confirmed or corrected."""
    recheck = find_latest(cooperative_id)
    if recheck and not recheck.finished_at and recheck.told:
        return RecheckForm(formdata=None, obj=recheck.told)
    cooperative = get_cooperative(cooperative_id)
    return RecheckForm(formdata=None, obj=cooperative, contact=find_contact(cooperative_id))

"""The steps of an application, each a screen that is saved by itself.

What is filled in rightly is kept even when another field is not: a closed browser loses nothing.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.organisations.errors import CreditCodeTaken, NameTaken
from shop.places.queries import list_assisted_towns
from shop.web.audience import Role, allow
from suppliers.applications import services
from suppliers.applications.errors import InReview
from suppliers.applications.forms import (
    BankAccountForm,
    ContactStep,
    CooperativeStep,
    StepForm,
)
from suppliers.applications.queries import get_own_application, is_code_taken, is_name_taken
from suppliers.applications.rules import STEPS, next_step, open_return
from suppliers.verification.models import Application, Step

blueprint = Blueprint("application_steps", __name__, url_prefix="/applications")

Answer = str | Response | tuple[str, int]


@blueprint.get("/<int:application_id>/cooperative")
@allow(Role.BUYER)
def cooperative(application_id: int) -> Answer:
    return _open(application_id, Step.COOPERATIVE, CooperativeStep)


@blueprint.post("/<int:application_id>/cooperative")
@allow(Role.BUYER)
def save_cooperative(application_id: int) -> Answer:
    form = CooperativeStep()
    form.validate_on_submit()
    _refuse_what_is_taken(form, application_id)
    return _save(application_id, Step.COOPERATIVE, form)


@blueprint.get("/<int:application_id>/contact")
@allow(Role.BUYER)
def contact(application_id: int) -> Answer:
    return _open(application_id, Step.CONTACT, _contact_form)


@blueprint.post("/<int:application_id>/contact")
@allow(Role.BUYER)
def save_contact(application_id: int) -> Answer:
    form = _contact_form()
    form.validate_on_submit()
    return _save(application_id, Step.CONTACT, form)


@blueprint.get("/<int:application_id>/bank-account")
@allow(Role.BUYER)
def bank_account(application_id: int) -> Answer:
    application = get_own_application(current_user.id, application_id)
    if application.submitted_at is not None:
        return refused(application_id, InReview())
    account = application.bank_account
    form = BankAccountForm(has_number=account is not None, formdata=None, obj=account)
    if account is None:
        form.holder.data = application.name
    return page_of(application, Step.BANK_ACCOUNT, form)


@blueprint.post("/<int:application_id>/bank-account")
@allow(Role.BUYER)
def save_bank_account(application_id: int) -> Answer:
    application = get_own_application(current_user.id, application_id)
    form = BankAccountForm(has_number=application.bank_account is not None)
    if not form.check():
        return page_of(application, Step.BANK_ACCOUNT, form), 422
    try:
        with transaction():
            services.save_bank_account(
                application_id, form.entry, by=current_user.id, at=clock.now()
            )
    except DomainError as refusal:
        return refused(application_id, refusal)
    return on(application_id, Step.BANK_ACCOUNT)


@blueprint.post("/<int:application_id>/bank-account/withdrawal")
@allow(Role.BUYER)
def forget_bank_account(application_id: int) -> Response:
    """The consent is taken back, and with it goes the number."""
    try:
        with transaction():
            services.forget_bank_account(application_id, by=current_user.id, at=clock.now())
    except DomainError as refusal:
        return refused(application_id, refusal)
    flash(gettext("已撤回同意，银行账号已删除。"), "success")
    return redirect(url_for("application_steps.bank_account", application_id=application_id), 303)


def page_of(application: Application, step: Step, form: Any = None, **more: Any) -> str:
    """A step's screen. What was handed in can be read, not changed: see the page of the whole."""
    returned = open_return(application)
    return render_template(
        f"suppliers/applications/{step.value}.html",
        application=application,
        step=step,
        number=STEPS.index(step) + 1,
        count=len(STEPS),
        reason=returned.reasons.get(step.value) if returned else None,
        form=form,
        **more,
    )


def on(application_id: int, step: Step) -> Response:
    """To the next screen; after the last one, to the whole."""
    following = next_step(step)
    flash(gettext("已保存。"), "success")
    if following is None:
        return redirect(url_for("applications.show", application_id=application_id), 303)
    return redirect(address_of(application_id, following), 303)


def address_of(application_id: int, step: Step) -> str:
    """Where a step is filled in."""
    return url_for(ENDPOINTS[step], application_id=application_id)


def refused(application_id: int, refusal: DomainError) -> Response:
    """Back to the whole, which says why nothing can be changed; a stranger's is a 404."""
    if isinstance(refusal, NotFound):
        raise refusal
    flash(str(refusal), "error")
    return redirect(url_for("applications.show", application_id=application_id), 303)


ENDPOINTS = {
    Step.COOPERATIVE: "application_steps.cooperative",
    Step.CONTACT: "application_steps.contact",
    Step.DOCUMENTS: "application_papers.documents",
    Step.BANK_ACCOUNT: "application_steps.bank_account",
    Step.PRODUCTS: "application_papers.products",
}


@blueprint.app_context_processor
def offer_addresses() -> dict[str, Any]:
    return {"application_step_url": address_of}


def _open(application_id: int, step: Step, make: Any) -> Answer:
    application = get_own_application(current_user.id, application_id)
    if application.submitted_at is not None:
        return refused(application_id, InReview())
    return page_of(application, step, make(formdata=None, obj=application))


def _save(application_id: int, step: Step, form: StepForm) -> Answer:
    try:
        with transaction():
            services.save(application_id, form.good, by=current_user.id, at=clock.now())
    except DomainError as refusal:
        return refused(application_id, refusal)
    if form.errors:
        return page_of(get_own_application(current_user.id, application_id), step, form), 422
    return on(application_id, step)


def _contact_form(**given: Any) -> ContactStep:
    return ContactStep(list_assisted_towns(clock.day_of(clock.now())), **given)


def _refuse_what_is_taken(form: CooperativeStep, application_id: int) -> None:
    code, name = form.credit_code, form.name
    if not code.errors and is_code_taken(form.canonical(code), application_id):
        code.errors = [str(CreditCodeTaken())]
    if not name.errors and is_name_taken(name.data):
        name.errors = [str(NameTaken())]

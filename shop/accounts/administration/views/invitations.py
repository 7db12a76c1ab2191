"""Inviting people, and accepting an invitation."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.administration import services
from shop.accounts.administration.errors import (
    AlreadyInvited,
    BodyDoesNotFit,
    InvitationGone,
    TooManyInvitations,
)
from shop.accounts.administration.forms import (
    AcceptanceForm,
    AdministratorForm,
    FinanceForm,
    InvitationForm,
    KeeperForm,
    ManagerForm,
    OfficialForm,
)
from shop.accounts.administration.queries import find_invitation, place_name
from shop.accounts.people.forms import PASSWORD_HINT
from shop.accounts.people.models import Account, Invitation
from shop.accounts.people.queries import find_by_identifier
from shop.accounts.people.services import hash_password
from shop.accounts.policies.errors import PoliciesMissing
from shop.accounts.sessions.handlers import let_in_again
from shop.db import db, transaction
from shop.web.audience import Role, allow, public

blueprint = Blueprint("invitations", __name__)

FORMS = {
    "official": OfficialForm,
    "cooperative": ManagerForm,
    "finance": FinanceForm,
    "keeper": KeeperForm,
    "administrator": AdministratorForm,
}


@blueprint.get("/admin/invitations/new")
@allow(Role.ADMINISTRATOR)
def new() -> str:
    kind = _kind()
    organisation = request.args.get("organisation", "")
    return _page(kind, FORMS[kind](data={"organisation": organisation}))


@blueprint.post("/admin/invitations")
@allow(Role.ADMINISTRATOR)
def create() -> Response | tuple[str, int]:
    kind = _kind()
    form = FORMS[kind]()
    if not form.validate_on_submit():
        return _page(kind, form), 422
    try:
        with transaction():
            services.invite(form.offer, by=current_user.id, at=clock.now())
    except AlreadyInvited as refusal:
        form.email.errors = [str(refusal)]
        return _page(kind, form), 422
    except BodyDoesNotFit as refusal:
        form.body.errors = [str(refusal)]
        return _page(kind, form), 422
    flash(gettext("邀请已发到 %(email)s，7 天内有效。", email=form.address), "success")
    return redirect(url_for("offices.index"), 303)


@blueprint.post("/admin/invitations/<int:invitation_id>/withdrawal")
@allow(Role.ADMINISTRATOR)
def destroy(invitation_id: int) -> Response:
    with transaction():
        services.withdraw_invitation(invitation_id, by=current_user.id, at=clock.now())
    flash(gettext("邀请已收回，链接不能再用。"), "success")
    return redirect(url_for("offices.index"), 303)


@blueprint.post("/account/invitations")
@allow(Role.BUYER)
def create_colleague() -> Response | tuple[str, int]:
    """A buyer asks a colleague in: the only way into an enterprise that is there."""
    organisation = current_user.enterprise
    if organisation is None:
        abort(404)
    form = InvitationForm()
    if not form.validate_on_submit():
        return _colleague_page(form), 422
    offer = services.Offer(email=form.address, organisation=organisation)
    try:
        with transaction():
            services.invite(offer, by=current_user.id, at=clock.now())
    except (AlreadyInvited, TooManyInvitations) as refusal:
        form.email.errors = [str(refusal)]
        return _colleague_page(form), 422
    flash(gettext("邀请已发到 %(email)s，7 天内有效。", email=form.address), "success")
    return redirect(url_for("people.show"), 303)


@blueprint.get("/account/invitations/new")
@allow(Role.BUYER)
def new_colleague() -> str:
    if not current_user.enterprise:
        abort(404)
    return _colleague_page(InvitationForm())


@blueprint.get("/invitations/<token>")
@public
def show(token: str) -> str:
    return _acceptance_page(token)


@blueprint.post("/invitations/<token>/acceptance")
@public
def accept(token: str) -> Response | tuple[str, int]:
    invitation = _open(token)
    if current_user.is_authenticated:
        account_id = current_user.id
        with transaction():
            services.accept_as(account_id, token, at=clock.now())
    else:
        form = AcceptanceForm(invitation.identifier)
        if not form.validate_on_submit():
            return _acceptance_page(token, form), 422
        hashed = hash_password(form.password.data)
        try:
            with transaction():
                account_id = services.accept_as_newcomer(
                    token, form.name.data, hashed, at=clock.now()
                )
        except PoliciesMissing as refusal:
            form.form_errors.append(str(refusal))
            return _acceptance_page(token, form), 422
    let_in_again(db.session.get_one(Account, account_id))
    flash(gettext("邀请已接受。"), "success")
    return redirect(url_for("people.show"), 303)


def _kind() -> str:
    kind = request.values.get("for", "official")
    if kind not in FORMS:
        abort(404)
    return kind


def _open(token: str) -> Invitation:
    invitation = find_invitation(token, clock.now())
    if invitation is None:
        raise InvitationGone
    return invitation


def _page(kind: str, form: InvitationForm) -> str:
    return render_template("shop/accounts/administration/invite.html", kind=kind, form=form)


def _colleague_page(form: InvitationForm) -> str:
    return render_template(
        "shop/accounts/administration/invite_colleague.html",
        form=form,
        organisation=current_user.enterprise,
    )


def _acceptance_page(token: str, form: AcceptanceForm | None = None) -> str:
    invitation = _open(token)
    return render_template(
        "shop/accounts/administration/invitation.html",
        invitation=invitation,
        token=token,
        place=place_name(invitation.scope_code),
        has_account=find_by_identifier(invitation.identifier) is not None,
        is_for_me=current_user.is_authenticated
        and invitation.identifier in (current_user.email, current_user.phone),
        form=form or AcceptanceForm(invitation.identifier, formdata=None),
        password_hint=PASSWORD_HINT,
    )

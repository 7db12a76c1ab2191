"""A cooperative's members: who does what, and who is asked in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.administration.errors import AlreadyInvited, TooManyInvitations
from shop.accounts.administration.queries import list_open_invitations_of
from shop.accounts.administration.services import invite
from shop.accounts.people.models import COOPERATIVE_ROLES, Membership
from shop.db import transaction
from shop.organisations.queries import get_cooperative
from shop.web.audience import Role, allow
from suppliers.members import services
from suppliers.members.errors import LastManager
from suppliers.members.forms import MemberForm, RoleForm
from suppliers.members.queries import get_part, list_parts

blueprint = Blueprint("cooperative_members", __name__, url_prefix="/cooperative/members")


@blueprint.get("")
@allow(Role.COOPERATIVE)
def index() -> str:
    return _page(MemberForm(formdata=None))


@blueprint.post("")
@allow(Role.COOPERATIVE)
def create() -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    form = MemberForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction():
            offer = form.offer(get_cooperative(cooperative_id))
            invite(offer, by=account_id, at=clock.now())
    except (AlreadyInvited, TooManyInvitations) as refusal:
        form.identifier.errors = [str(refusal)]
        return _page(form), 422
    flash(gettext("邀请已发到 %(address)s，7 天内有效。", address=form.address), "success")
    return redirect(url_for("cooperative_members.index"), 303)


@blueprint.get("/<int:member_id>/role")
@allow(Role.COOPERATIVE)
def edit(member_id: int) -> str:
    part = get_part(current_user.cooperative.id, member_id)
    return _page_role(part, RoleForm(formdata=None, role=part.role.value))


@blueprint.post("/<int:member_id>/role")
@allow(Role.COOPERATIVE)
def update(member_id: int) -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    form = RoleForm()
    part = get_part(cooperative_id, member_id)
    if not form.validate_on_submit():
        return _page_role(part, form), 422
    try:
        with transaction():
            services.change_role(
                cooperative_id, member_id, form.chosen, by=account_id, at=clock.now()
            )
    except LastManager as refusal:
        form.role.errors = [str(refusal)]
        return _page_role(get_part(cooperative_id, member_id), form), 409
    flash(gettext("分工已经改好。"), "success")
    return redirect(url_for("cooperative_members.index"), 303)


@blueprint.post("/<int:member_id>/ending")
@allow(Role.COOPERATIVE)
def destroy(member_id: int) -> Response:
    try:
        with transaction():
            services.end_part(
                current_user.cooperative.id, member_id, by=current_user.id, at=clock.now()
            )
    except LastManager as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已经移出，这个人的登录已全部退出。"), "success")
    return redirect(url_for("cooperative_members.index"), 303)


@blueprint.post("/invitations/<int:offer_id>/withdrawal")
@allow(Role.COOPERATIVE)
def withdraw(offer_id: int) -> Response:
    with transaction():
        services.withdraw(current_user.cooperative.id, offer_id, by=current_user.id, at=clock.now())
    flash(gettext("邀请已收回，链接不能再用。"), "success")
    return redirect(url_for("cooperative_members.index"), 303)


def _page(form: MemberForm) -> str:
    cooperative_id = current_user.cooperative.id
    return render_template(
        "suppliers/members/index.html",
        parts=list_parts(cooperative_id),
        invitations=list_open_invitations_of(cooperative_id, clock.now()),
        roles=COOPERATIVE_ROLES,
        form=form,
    )


def _page_role(part: Membership, form: RoleForm) -> str:
    parts = list_parts(current_user.cooperative.id)
    name = next(account.name for _, account in parts if account.id == part.account_id)
    return render_template("suppliers/members/edit.html", part=part, name=name, form=form)

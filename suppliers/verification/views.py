"""The administrator's register of cooperatives."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.organisations.errors import CreditCodeTaken, NameTaken, NotInThatState, TownNotAssisted
from shop.organisations.queries import get_cooperative
from shop.places.queries import list_assisted_towns
from shop.web.audience import Role, allow, shows
from shop.web.fields import clean_line
from shop.web.paging import page_number, paginate
from suppliers.verification import services
from suppliers.verification.forms import CooperativeForm, ReasonForm, RevisionForm
from suppliers.verification.queries import list_members, list_steps, search

blueprint = Blueprint("cooperative_register", __name__, url_prefix="/admin/cooperatives")

PER_PAGE = 30


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    words = clean_line(request.args.get("q", ""))[:80]
    return render_template(
        "suppliers/verification/index.html",
        page=paginate(search(words), page_number(request.args.get("page")), PER_PAGE),
        words=words,
    )


@blueprint.get("/new")
@allow(Role.ADMINISTRATOR)
def new() -> str:
    return _new_page(_form())


@blueprint.post("")
@allow(Role.ADMINISTRATOR)
def create() -> Response | tuple[str, int]:
    form = _form()
    if not form.validate_on_submit():
        return _new_page(form), 422
    try:
        with transaction():
            cooperative_id = services.register(form.entry, by=current_user.id, at=clock.now()).id
    except CreditCodeTaken as refusal:
        form.credit_code.errors = [str(refusal)]
        return _new_page(form), 422
    except NameTaken as refusal:
        form.name.errors = [str(refusal)]
        return _new_page(form), 422
    flash(gettext("合作社已登记。核对资料后就可以准入。"), "success")
    return _to(cooperative_id)


@blueprint.get("/<int:cooperative_id>")
@allow(Role.ADMINISTRATOR)
@shows("members", "organisation", "cooperative_id")
def show(cooperative_id: int) -> str:
    return _page(cooperative_id)


@blueprint.get("/<int:cooperative_id>/edit")
@allow(Role.ADMINISTRATOR)
def edit(cooperative_id: int) -> str:
    return _edit_page(cooperative_id, RevisionForm(obj=get_cooperative(cooperative_id)))


@blueprint.post("/<int:cooperative_id>")
@allow(Role.ADMINISTRATOR)
def update(cooperative_id: int) -> Response | tuple[str, int]:
    form = RevisionForm()
    if not form.validate_on_submit():
        return _edit_page(cooperative_id, form), 422
    with transaction():
        services.revise(
            cooperative_id,
            village=form.village.data,
            phone=form.canonical_phone,
            introduction=form.introduction.data,
            by=current_user.id,
            at=clock.now(),
        )
    flash(gettext("资料已保存。"), "success")
    return _to(cooperative_id)


@blueprint.post("/<int:cooperative_id>/admission")
@allow(Role.ADMINISTRATOR)
def admit(cooperative_id: int) -> Response | tuple[str, int]:
    """Without the double sign-off: the reason is shown to the officials of its town."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(cooperative_id, form), 422
    try:
        with transaction():
            services.admit(cooperative_id, form.reason.data, by=current_user.id, at=clock.now())
    except (NotInThatState, TownNotAssisted) as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已准入，可以上架销售。"), "success")
    return _to(cooperative_id)


@blueprint.post("/<int:cooperative_id>/suspension")
@allow(Role.ADMINISTRATOR)
def suspend(cooperative_id: int) -> Response | tuple[str, int]:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(cooperative_id, form), 422
    try:
        with transaction():
            services.suspend(cooperative_id, form.reason.data, by=current_user.id, at=clock.now())
    except NotInThatState as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已暂停销售，成员的登录已全部退出。"), "success")
    return _to(cooperative_id)


@blueprint.post("/<int:cooperative_id>/reinstatement")
@allow(Role.ADMINISTRATOR)
def reinstate(cooperative_id: int) -> Response | tuple[str, int]:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(cooperative_id, form), 422
    try:
        with transaction():
            services.reinstate(cooperative_id, form.reason.data, by=current_user.id, at=clock.now())
    except NotInThatState as refusal:
        flash(str(refusal), "error")
    else:
        flash(gettext("已恢复销售。"), "success")
    return _to(cooperative_id)


def _form() -> CooperativeForm:
    return CooperativeForm(list_assisted_towns(clock.day_of(clock.now())))


def _new_page(form: CooperativeForm) -> str:
    return render_template("suppliers/verification/new.html", form=form)


def _edit_page(cooperative_id: int, form: RevisionForm) -> str:
    return render_template(
        "suppliers/verification/edit.html", cooperative=get_cooperative(cooperative_id), form=form
    )


def _page(cooperative_id: int, form: ReasonForm | None = None) -> str:
    return render_template(
        "suppliers/verification/show.html",
        cooperative=get_cooperative(cooperative_id),
        members=list_members(cooperative_id),
        steps=list_steps(cooperative_id),
        form=form or ReasonForm(formdata=None),
    )


def _to(cooperative_id: int) -> Response:
    return redirect(url_for("cooperative_register.show", cooperative_id=cooperative_id), 303)

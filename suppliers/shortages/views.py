"""A cooperative can't deliver all that it sold: it says how many are missing, sees whom that
concerns, and confirms. It needs the network: what it does depends on what others did until now."""

import secrets
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import force_locale, gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog.products.models import Variant
from orders.records.models import SubOrder
from orders.shortages.errors import MoreThanWaits, PlanChanged, TooManyOrders
from orders.shortages.queries import (
    Goods,
    find_reported,
    get_own_shortage,
    get_own_variant,
    get_plan,
    list_own_shortages,
    list_waiting,
)
from orders.shortages.rules import reason_of
from orders.shortages.services import Report, report_shortage
from shop import clock
from shop.db import transaction
from shop.errors import NotFound
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from suppliers.fulfilment.queries import get_own_part
from suppliers.shortages.forms import ConfirmedForm, ShortageForm
from suppliers.shortages.rules import preview

blueprint = Blueprint("shortages", __name__, url_prefix="/cooperative")

# What is written down is read by finance and by other cooperatives' people.
_LANGUAGE = "zh_Hans_CN"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the report is about."""

    variant: Variant
    goods: Goods
    # None: whoever ordered last goes without.
    part: SubOrder | None
    waiting: int
    orders: int


@blueprint.get("/shortages")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def index() -> str:
    number = page_number(request.args.get("page"))
    page = list_own_shortages(current_user.cooperative.id, number)
    return render_template("suppliers/shortages/index.html", page=page)


@blueprint.get("/shortages/<int:shortage_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def show(shortage_id: int) -> str:
    shortage = get_own_shortage(current_user.cooperative.id, shortage_id)
    return render_template("suppliers/shortages/show.html", shortage=shortage)


@blueprint.get("/variants/<int:variant_id>/shortage")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def new(variant_id: int) -> str | tuple[str, int]:
    """The form; once it is filled in, what it would do."""
    form = ShortageForm(formdata=request.args)
    subject = _subject(variant_id, form)
    form.begin(subject.waiting)
    if "units" not in request.args:
        form.units.data = 1
        return _page(subject, form)
    if "change" in request.args or not subject.waiting:
        return _page(subject, form)
    if not form.validate():
        return _page(subject, form), 422
    return _preview(subject, form)


@blueprint.post("/variants/<int:variant_id>/shortage")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def create(variant_id: int) -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    form = ConfirmedForm()
    known = find_reported(form.key.data or "")
    if known is not None and known.cooperative_id == cooperative_id:
        return _done(known.id)  # The same form once more: it has done what it should.
    subject = _subject(variant_id, form)
    form.begin(subject.waiting)
    if not subject.waiting or not form.validate_on_submit():
        return _page(subject, form), 422
    report, seen = _report(subject.goods, form), form.plan.data or ""
    try:
        with transaction():
            shortage_id = report_shortage(
                report, key=form.key.data, seen=seen, by=account_id, at=clock.now()
            ).id
    except (MoreThanWaits, TooManyOrders, PlanChanged) as error:
        if isinstance(error, PlanChanged):
            form.form_errors.append(str(error))
        return _preview(_subject(variant_id, form), form, error.status)
    flash(gettext("已经报好，买家会收到通知和退款。"), "success")
    return _done(shortage_id)


def _preview(subject: Subject, form: ShortageForm, status: int = 200) -> tuple[str, int]:
    """Whom it concerns as it stands now, to be confirmed; or the form, if that can't be."""
    try:
        plan = get_plan(subject.goods, form.units.data)
    except (MoreThanWaits, TooManyOrders) as refusal:
        form.units.errors = [str(refusal)]
        return _page(subject, form), 422
    page = render_template(
        "suppliers/shortages/confirm.html",
        subject=subject,
        form=form,
        key=secrets.token_urlsafe(24),
        preview=preview(plan, subject.variant, subject.goods.ships_on),
        cause=form.chosen,
    )
    return page, status


def _report(goods: Goods, form: ShortageForm) -> Report:
    with force_locale(_LANGUAGE):
        words = str(form.chosen.label)
    note = form.note.data or ""
    return Report(goods, form.units.data, form.chosen, note, reason_of(words, note))


def _subject(variant_id: int, form: ShortageForm) -> Subject:
    """Raises NotFound for others' goods and orders."""
    cooperative_id = current_user.cooperative.id
    variant = get_own_variant(cooperative_id, variant_id)
    part = get_own_part(cooperative_id, form.order.data) if form.order.data else None
    if part is None:
        goods = Goods(cooperative_id, variant_id, _day_of(form.day.data))
    else:
        line = next((each for each in part.lines if each.variant_id == variant_id), None)
        if line is None:
            raise NotFound
        goods = Goods(cooperative_id, variant_id, line.ships_on, part.id)
    waiting = list_waiting(goods)
    return Subject(variant, goods, part, sum(each.units for each in waiting), len(waiting))


def _day_of(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _page(subject: Subject, form: ShortageForm) -> str:
    return render_template("suppliers/shortages/new.html", subject=subject, form=form)


def _done(shortage_id: int) -> Response:
    return redirect(url_for("shortages.show", shortage_id=shortage_id), 303)

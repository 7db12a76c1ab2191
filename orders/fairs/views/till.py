"""The till: staff choose goods and units, and it is done in a few taps, with or without network."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect

from orders.fairs.errors import KeyReused, RungUpBefore
from orders.fairs.forms import BUYERS, TillForm, till_form
from orders.fairs.models import Activity, Allotment, FairStaff, TillSale
from orders.fairs.queries.activities import get_public
from orders.fairs.queries.tills import (
    find_sale,
    get_own_sale,
    get_till,
    list_allotments,
    list_called_back,
    list_own_sales,
    list_states,
    list_tended,
)
from orders.fairs.rules import (
    MOST_BYTES,
    Sale,
    Standing,
    Undoing,
    read_act,
    standing_of,
)
from orders.fairs.services import tills as services
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.queued import Unreadable
from shop.web import offline, queued
from shop.web.audience import Role, allow, public
from shop.web.offline import kept_offline
from shop.web.paging import page_number
from shop.web.queued import Answer

blueprint = Blueprint("till", __name__, url_prefix="/till")

_PARTS = ("js/stepper.js", "js/till.js")


@blueprint.get("")
@allow(Role.BUYER)
@kept_offline
def index() -> str:
    now = clock.now()
    tended = list_tended(current_user.id, clock.day_of(now))
    return render_template("orders/fairs/till/index.html", tended=tended, now=now)


@blueprint.get("/<int(max=2147483647):activity_id>")
@allow(Role.BUYER)
@kept_offline
def show(activity_id: int) -> Response:
    staff = get_till(current_user.id, activity_id)
    return _page(activity_id, staff, None)


@blueprint.post("/<int(max=2147483647):activity_id>/sales")
@allow(Role.BUYER)
def create(activity_id: int) -> Response:
    """One sale from the plain form: where a script runs, it goes through the queue instead."""
    account_id, staff = current_user.id, get_till(current_user.id, activity_id)
    allotments = _goods_of(activity_id, staff)
    form = till_form(allotments)
    if not form.validate_on_submit():
        return _page(activity_id, staff, form)
    sale = form.sale(activity_id, allotments)
    if not sale.lines:
        form.form_errors.append(gettext("请先选商品和数量。"))
        return _page(activity_id, staff, form)
    answer = _settle(sale, account_id)
    if not answer["applied"]:
        flash(answer["reason"], "error")
    else:
        flash(answer["reason"] or gettext("已记下。"), "success")
    return redirect(url_for("till.show", activity_id=activity_id), 303)


@blueprint.get("/<int(max=2147483647):activity_id>/sales")
@allow(Role.BUYER)
def list_sales(activity_id: int) -> str:
    """One's own receipts, with what can still be taken back."""
    get_till(current_user.id, activity_id)
    now = clock.now()
    return render_template(
        "orders/fairs/till/sales.html",
        activity=get_public(activity_id),
        page=list_own_sales(current_user.id, activity_id, page_number(request.args.get("page"))),
        today=clock.day_of(now),
        buyers=BUYERS,
    )


@blueprint.post(
    "/<int(max=2147483647):activity_id>/sales/<int(max=2147483647):till_sale_id>/reversal"
)
@allow(Role.BUYER)
def reverse(activity_id: int, till_sale_id: int) -> Response:
    account_id = current_user.id
    get_till(account_id, activity_id)
    sale = get_own_sale(account_id, activity_id, till_sale_id)
    answer = _settle(Undoing(sale.key, sale.key), account_id)
    if answer["applied"]:
        flash(gettext("这一笔已撤销。"), "success")
    else:
        flash(answer["reason"], "error")
    return redirect(url_for("till.list_sales", activity_id=activity_id), 303)


@blueprint.post("/acts")
@allow(Role.BUYER)
def act() -> Answer | tuple[Answer, int]:
    """What a phone kept, or sends by itself: each in a transaction of its own, and of each what
    became of it."""
    account_id = current_user.id
    sent = queued.read_acts(account_id, MOST_BYTES)
    if isinstance(sent, tuple):
        return sent
    results, activity_ids = [], set()
    for each in sent:
        try:
            found = read_act(each)
        except Unreadable as refusal:
            results.append(queued.refused(queued.key_in(each), refusal))
            continue
        results.append(_settle(found, account_id))
        if isinstance(found, Sale):
            activity_ids.add(found.activity_id)
    at = int(clock.now().timestamp() * 1000)
    states = [
        {"id": each.id, "left": each.left, "price": each.price_fen, "at": at}
        for each in list_states(account_id, activity_ids)
    ]
    return {"results": results, "states": states}


@blueprint.get("/worker.js")
@public
def worker() -> Response:
    return offline.worker(
        "till",
        desk="till.index",
        offline="till.offline_page",
        kept=("till.index",),
        parts=_PARTS,
        alike=f"^{url_for('till.index')}/[0-9]+$",
    )


@blueprint.get("/offline")
@public
def offline_page() -> str:
    """What the worker shows in place of a page that it does not keep."""
    return render_template("orders/fairs/till/offline.html")


def _settle(found: Sale | Undoing, account_id: int) -> Answer:
    """Do it, or find out what became of it when it came before."""
    at = clock.now()
    try:
        with transaction():
            if isinstance(found, Undoing):
                services.undo(found, by=account_id, at=at)
                return _told(found.key, None)
            services.ring_up(found, by=account_id, at=at)
    except RungUpBefore:
        pass
    except DomainError as refusal:
        return queued.refused(found.key, refusal)
    kept = find_sale(account_id, found.key)
    assert kept is not None, "it has just been kept"
    try:
        services.require_same(kept, found)
    except KeyReused as refusal:
        return queued.refused(found.key, refusal)
    return _told(found.key, kept)


def _told(key: str, kept: TillSale | None) -> Answer:
    doubts = {str(line.doubt.label) for line in kept.lines if line.is_open} if kept else set()
    reason = gettext("；").join(sorted(doubts))
    words = gettext("已记下，但要合作社或干部说明：%(reason)s", reason=reason) if doubts else ""
    return {"key": key, "applied": True, "code": "", "reason": words, "waits": bool(doubts)}


def _page(activity_id: int, staff: FairStaff, form: TillForm | None) -> Response:
    activity: Activity = get_public(activity_id)
    allotments = _goods_of(activity_id, staff)
    recalls = list_called_back(activity_id, _own(staff))
    recalled = {each.batch.product_id for each in recalls}
    now = clock.now()
    standing = standing_of(activity, clock.day_of(now))
    html = render_template(
        "orders/fairs/till/show.html",
        activity=activity,
        allotments=[
            each for each in allotments if each.left or each.variant.product_id not in recalled
        ],
        recalls=recalls,
        form=form or till_form(allotments),
        now=now,
        standing=standing,
        is_running=standing is Standing.RUNNING,
        buyers=BUYERS,
    )
    return make_response(html, 422 if form else 200)


def _goods_of(activity_id: int, staff: FairStaff) -> Sequence[Allotment]:
    return list_allotments(activity_id, _own(staff))


def _own(staff: FairStaff) -> list[int] | None:
    return None if staff.cooperative_id is None else [staff.cooperative_id]

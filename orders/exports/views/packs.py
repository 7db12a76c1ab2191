"""The monthly pack: to ask for it, to have no more of it, and what lies in it."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.exports.forms import PackForm
from orders.exports.queries.register import (
    find_subscription,
    get_own_issue,
    list_issues,
    list_of_issue,
)
from orders.exports.services import packs
from orders.exports.services.jobs import KEPT
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint("export_packs", __name__, url_prefix="/statistics/packs")


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    return _page(PackForm(formdata=None))


@blueprint.post("")
@allow(Role.OFFICIAL)
def create() -> Response | tuple[str, int]:
    form = PackForm()
    if not form.validate_on_submit():
        return _page(form), 422
    with transaction():
        packs.subscribe(current_user.id, form.day.data, at=clock.now())
    flash(gettext("已订阅。每月 %(day)s 日起给您发上月的月报包。", day=form.day.data), "success")
    return redirect(url_for("export_packs.index"), 303)


@blueprint.post("/end")
@allow(Role.OFFICIAL)
def destroy() -> Response:
    with transaction():
        packs.unsubscribe(current_user.id, at=clock.now())
    flash(gettext("已退订，不再发月报包。"), "success")
    return redirect(url_for("export_packs.index"), 303)


@blueprint.get("/<pack_month>")
@allow(Role.OFFICIAL)
def show(pack_month: str) -> str:
    """The pack of a month. What lies outside of one's scope by now is not shown."""
    issue = get_own_issue(current_user.id, pack_month)
    jobs = list_of_issue(issue.id, scope_of(current_user))
    return render_template("orders/exports/pack.html", issue=issue, jobs=jobs, kept_days=KEPT.days)


def _page(form: PackForm) -> str:
    subscription = find_subscription(current_user.id)
    if subscription is not None and form.day.data is None and not form.errors:
        form.day.data = subscription.day
    return render_template(
        "orders/exports/packs.html",
        form=form,
        subscription=subscription,
        issues=list_issues(current_user.id),
    )

"""The platform's queue: large changes of prices and origins, each approved or returned once."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.products.models import Prices, Variant
from catalog.products.rules import unit_price_text
from catalog.reviews.models import ListingChange, ReviewedKind
from catalog.reviews.queries import (
    count_waiting,
    find_standing,
    get_change,
    list_decided,
    list_waiting,
)
from catalog.reviews.rules import change_percent
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from suppliers.reviews import services
from suppliers.reviews.forms import ApprovalForm, ReturnForm

blueprint = Blueprint("listing_changes", __name__, url_prefix="/platform/listing-changes")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    decided = request.args.get("show") == "done"
    number = page_number(request.args.get("page"))
    return render_template(
        "suppliers/reviews/index.html",
        page=list_decided(number) if decided else list_waiting(number),
        decided=decided,
        waiting=count_waiting(),
        percent=_percent,
    )


@blueprint.get("/<int:change_id>")
@allow(Role.ADMINISTRATOR)
def show(change_id: int) -> str:
    return _page(change_id, ReturnForm(formdata=None))


@blueprint.post("/<int:change_id>/approval")
@allow(Role.ADMINISTRATOR)
def approve(change_id: int) -> Answer:
    seen, by = str(ApprovalForm().seen.data or ""), current_user.id
    try:
        with transaction():
            change = services.approve(change_id, seen=seen, by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        return _page(change_id, ReturnForm(formdata=None), str(error)), error.status
    flash(gettext("“%(name)s”的改动已经生效。", name=change.product.name), "success")
    return redirect(url_for("listing_changes.index"), 303)


@blueprint.post("/<int:change_id>/return")
@allow(Role.ADMINISTRATOR)
def send_back(change_id: int) -> Answer:
    get_change(change_id)
    form, by = ReturnForm(), current_user.id
    if not form.validate_on_submit():
        return _page(change_id, form), 422
    try:
        with transaction():
            services.send_back(change_id, form.reason.data, by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        return _page(change_id, form, str(error)), error.status
    flash(gettext("已经退回，合作社会收到原因。"), "success")
    return redirect(url_for("listing_changes.index"), 303)


def _page(change_id: int, form: ReturnForm, refusal: str = "") -> str:
    change = get_change(change_id)
    standing = None
    if change.variant is not None and change.is_open:
        now = change.variant.prices
        standing = find_standing([change.variant.id], clock.now()).get(change.variant.id, now)
    return render_template(
        "suppliers/reviews/show.html",
        change=change,
        form=form,
        refusal=refusal,
        seen=services.as_seen(change),
        standing=standing,
        steps=_steps(change),
        percent=_percent,
        compared=_compared,
    )


def _percent(change: ListingChange) -> int | None:
    """By how much a price changes at most, in percent."""
    if change.kind is not ReviewedKind.PRICE:
        return None
    return change_percent(change.old_prices, change.new_prices)


def _steps(change: ListingChange) -> Sequence[tuple[int, int, int]]:
    """From how many units on each costs what, and is to cost what."""
    if change.kind is not ReviewedKind.PRICE:
        return []
    several: tuple[Prices, ...] = (change.old_prices, change.new_prices)
    breaks = {1} | {tier.from_quantity for prices in several for tier in prices.tiers}
    return [(each, *(prices.at(each) for prices in several)) for each in sorted(breaks)]


def _compared(variant: Variant, fen: int) -> str:
    return unit_price_text(fen, variant.measure, variant.measure_amount, variant.unit)

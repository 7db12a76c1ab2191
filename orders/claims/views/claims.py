"""A buyer says that something is wrong, follows the claim and answers the offer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog.products.errors import NotAPicture
from catalog.products.gateways import store_picture
from orders.claims import services
from orders.claims.errors import ClaimOpen, TooLate
from orders.claims.forms import ClaimForm, EscalationForm, claim_form
from orders.claims.gateways import photos_folder
from orders.claims.models import Claim, ClaimPhoto, Fault
from orders.claims.queries import find_open_claim, get_own_claim, list_loose_photos
from orders.claims.rules import (
    FAULTS,
    MOST_PHOTOS,
    claim_state,
    claim_until,
    may_claim,
    open_lines,
    story,
)
from orders.deliveries.queries import get_own_sub_order, list_recalls_of
from orders.records.models import SubOrder
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.web.audience import Role, allow

blueprint = Blueprint("claims", __name__)
acts = Blueprint("claim_acts", __name__)

PART = "/orders/<number>/parts/<sub_number>/claims"
ONE = "/orders/<number>/claims/<int:claim_id>"

Answer = str | Response | tuple[str, int]


@blueprint.get(f"{PART}/new")
@allow(Role.BUYER)
def new(number: str, sub_number: str) -> Answer:
    part = get_own_sub_order(current_user.id, number, sub_number)
    recalled = list_recalls_of([part.id])
    return _page(part, _form(part, recalled), [], recalled)


@blueprint.post(PART)
@allow(Role.BUYER)
def create(number: str, sub_number: str) -> Answer:
    # Four photos as phones take them; each is checked by itself.
    request.max_content_length = MOST_PHOTOS * current_app.config["MAX_CONTENT_LENGTH"]
    account_id = current_user.id
    part = get_own_sub_order(account_id, number, sub_number)
    recalled = list_recalls_of([part.id])
    form = _form(part, recalled)
    complete = form.validate_on_submit()
    photos = _keep_photos(form, account_id, is_recalled=bool(recalled))
    part = get_own_sub_order(account_id, number, sub_number)
    if not complete or form.photos.errors:
        return _page(part, form, photos, recalled), 422
    try:
        with transaction():
            draft = form.draft([photo.id for photo in photos])
            claim_id = services.open_claim(part.id, draft, by=account_id, at=clock.now()).id
    except DomainError as error:
        form.form_errors.append(str(error))
        part = get_own_sub_order(account_id, number, sub_number)
        return _page(part, form, photos, recalled), error.status
    flash(gettext("已经告诉合作社，24 小时内会有答复。"), "success")
    return redirect(url_for("claims.show", number=number, claim_id=claim_id), 303)


@blueprint.get(ONE)
@allow(Role.BUYER)
def show(number: str, claim_id: int) -> str:
    return _page_of(get_own_claim(current_user.id, number, claim_id), EscalationForm())


@acts.post(f"{ONE}/agreement")
@allow(Role.BUYER)
def agree(number: str, claim_id: int) -> Response:
    return _act(number, claim_id, services.agree, gettext("好的，款项会原路退回。"))


@acts.post(f"{ONE}/withdrawal")
@allow(Role.BUYER)
def withdraw(number: str, claim_id: int) -> Response:
    return _act(number, claim_id, services.withdraw, gettext("已撤回售后申请。"))


@acts.post(f"{ONE}/escalation")
@allow(Role.BUYER)
def escalate(number: str, claim_id: int) -> Answer:
    form = EscalationForm()
    if not form.validate_on_submit():
        return _page_of(get_own_claim(current_user.id, number, claim_id), form), 422
    done = gettext("平台会在 72 小时内处理。")
    return _act(number, claim_id, services.escalate, done, form.text.data or "")


def _act(
    number: str, claim_id: int, service: Callable[..., Any], done: str, *given: str
) -> Response:
    account_id = current_user.id
    get_own_claim(account_id, number, claim_id)
    try:
        with transaction():
            service(claim_id, *given, by=account_id, at=clock.now())
        flash(done, "success")
    except DomainError as error:
        flash(str(error), "error")
    return redirect(url_for("claims.show", number=number, claim_id=claim_id), 303)


def _form(part: SubOrder, recalled: Mapping[int, datetime]) -> ClaimForm:
    lines = open_lines(part, clock.now(), recalled)
    # Where nothing can be claimed the page says so; its form keeps what was typed.
    return claim_form(part, lines or part.lines)


def _keep_photos(form: ClaimForm, account_id: int, *, is_recalled: bool) -> list[ClaimPhoto]:
    """Keep what was sent, so that nobody has to choose it again; say beside the field what is no
    photo, too many, or missing."""
    kept = list(list_loose_photos(account_id, form.kept_photo_ids))[:MOST_PHOTOS]
    uploads = [upload for upload in form.photos.data or [] if upload]
    errors: list[str] = []
    if len(kept) + len(uploads) > MOST_PHOTOS:
        errors.append(gettext("最多 %(most)s 张照片。", most=MOST_PHOTOS))
        uploads = []
    for upload in uploads:
        try:
            stored = store_picture(upload, photos_folder(current_app.config["SETTINGS"]))
        except NotAPicture as error:
            errors.append(str(error))
            continue
        with transaction():
            kept.append(services.keep_photo(account_id, stored, at=clock.now()))
    # Nobody has to prove that a recalled batch is bad.
    needs_none = form.fault.data == Fault.MISSING or is_recalled
    if not kept and not errors and not needs_none:
        errors.append(gettext("请拍一张能看清问题的照片。"))
    form.kept_photos.data = ",".join(str(photo.id) for photo in kept)
    form.photos.errors = [*form.photos.errors, *errors]
    return kept


def _page(
    part: SubOrder,
    form: ClaimForm,
    photos: list[ClaimPhoto],
    recalled: Mapping[int, datetime],
) -> str:
    refusal = None
    if find_open_claim(part.id) is not None:
        refusal = ClaimOpen()
    elif not may_claim(part, clock.now(), recalled):
        refusal = TooLate()
    return render_template(
        "orders/claims/new.html",
        part=part,
        order=part.order,
        form=form,
        photos=photos,
        most_photos=MOST_PHOTOS,
        until=None if recalled else claim_until(part),
        recalled=recalled,
        refusal=refusal if request.method == "GET" else None,
    )


def _page_of(claim: Claim, form: EscalationForm) -> str:
    return render_template(
        "orders/claims/show.html",
        claim=claim,
        state=claim_state(claim),
        steps=story(claim),
        faults=FAULTS,
        form=form,
    )

"""A cooperative's harvests: all of them, one of them, a new one."""

import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.batches import services
from catalog.batches.models import Basis, Batch
from catalog.batches.queries import (
    get_own_batch,
    list_lacking,
    list_own_batches,
    list_variants,
    sum_received,
)
from catalog.batches.rules import BASES, CERTIFICATE, state_of
from catalog.products.queries import own_products
from shop import clock
from shop.db import db, transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from suppliers.harvests.forms import (
    BatchFields,
    BatchForm,
    CertificateForm,
    NewBatchForm,
    ReceiptForm,
    ReportForm,
)

blueprint = Blueprint("batches", __name__, url_prefix="/cooperative/batches")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def index() -> str:
    product_id = request.args.get("product", type=int)
    if product_id is not None and not 0 < product_id < 2**31:
        product_id = None
    number = page_number(request.args.get("page"))
    page = list_own_batches(own_cooperative_id(), number, product_id)
    return render_template(
        "suppliers/harvests/index.html",
        page=page,
        states={batch.id: state_of(batch) for batch in page.items},
        lacking=list_lacking(own_cooperative_id()),
    )


@blueprint.get("/new")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def new() -> str:
    form = _new_form()
    form.product.data = request.args.get("product", type=int)
    return _page_new(form)


@blueprint.post("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def create() -> Answer:
    cooperative_id, by, at = own_cooperative_id(), current_user.id, clock.now()
    form = _new_form()
    if not form.validate_on_submit():
        return _page_new(form), 422
    try:
        with transaction():
            batch = services.record_batch(
                cooperative_id,
                form.product.data,
                form.draft(),
                key=form.key.data,
                by=by,
                at=at,
            )
            if not batch.certificates:
                basis = Basis(form.basis.data)
                services.certify(cooperative_id, batch.code, basis, by=by, at=at)
            code = batch.code
    except NotFound:
        raise
    except DomainError as error:
        form.form_errors.append(str(error))
        return _page_new(form), error.status
    flash(_("批次已登记，合格证已开好。"), "success")
    return to_batch(code)


@blueprint.get("/<batch_code>")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def show(batch_code: str) -> str:
    return page_of(batch_code)


@blueprint.get("/<batch_code>/edit")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def edit(batch_code: str) -> str:
    form = BatchForm()
    form.begin(clock.day_of(clock.now()))
    batch = get_own_batch(own_cooperative_id(), batch_code)
    form.show(batch)
    return _page_edit(batch, form)


@blueprint.post("/<batch_code>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def update(batch_code: str) -> Answer:
    cooperative_id, by = own_cooperative_id(), current_user.id
    form = BatchForm()
    form.begin(clock.day_of(clock.now()))
    batch = get_own_batch(cooperative_id, batch_code)
    if not form.validate_on_submit():
        return _page_edit(batch, form), 422
    try:
        with transaction():
            services.change_batch(cooperative_id, batch_code, form.draft(), by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        form.form_errors.append(str(error))
        return _page_edit(get_own_batch(cooperative_id, batch_code), form), error.status
    flash(_("已更正。原来的合格证作废，新的已经开好。"), "success")
    return to_batch(batch_code)


def own_cooperative_id() -> int:
    cooperative_id: int = current_user.cooperative.id
    return cooperative_id


def to_batch(code: str) -> Response:
    return redirect(url_for("batches.show", batch_code=code), 303)


def page_of(
    code: str,
    *,
    certificate: CertificateForm | None = None,
    receipt: ReceiptForm | None = None,
    report: ReportForm | None = None,
) -> str:
    """One batch with its forms; one that came back keeps what was typed."""
    batch = get_own_batch(own_cooperative_id(), code)
    receipt = receipt or ReceiptForm(formdata=None)
    variants = list_variants(batch.product_id)
    receipt.offer(variants)
    forms = [certificate or CertificateForm(formdata=None), receipt]
    forms.append(report or ReportForm(formdata=None))
    return render_template(
        "suppliers/harvests/show.html",
        batch=batch,
        state=state_of(batch),
        bases=BASES,
        certificate_words=CERTIFICATE,
        received=sum_received(batch.id),
        variants=variants,
        certificate_form=forms[0],
        receipt_form=forms[1],
        report_form=forms[2],
        came_back=next((f for f in (certificate, receipt, report) if f and f.errors), None),
    )


def _new_form() -> NewBatchForm:
    form = NewBatchForm()
    form.begin(clock.day_of(clock.now()))
    products = db.session.scalars(own_products(own_cooperative_id())).all()
    form.offer(products, secrets.token_urlsafe(24))
    return form


def _page_new(form: NewBatchForm) -> str:
    return render_template("suppliers/harvests/new.html", form=form)


def _page_edit(batch: Batch, form: BatchFields) -> str:
    return render_template("suppliers/harvests/edit.html", batch=batch, form=form)

"""What can be done with a batch: certify it, put it into the store, use it up."""

from flask import Blueprint, flash
from flask_babel import gettext as _
from flask_login import current_user

from catalog.batches import services
from catalog.batches.models import Basis
from catalog.batches.queries import get_own_batch, list_variants
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from suppliers.harvests.forms import CertificateForm, ReceiptForm
from suppliers.harvests.views.batches import Answer, own_cooperative_id, page_of, to_batch

blueprint = Blueprint("batch_acts", __name__, url_prefix="/cooperative/batches/<batch_code>")


@blueprint.post("/certificates")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def certify(batch_code: str) -> Answer:
    cooperative_id, by = own_cooperative_id(), current_user.id
    get_own_batch(cooperative_id, batch_code)
    form = CertificateForm()
    if not form.validate_on_submit():
        return page_of(batch_code, certificate=form), 422
    try:
        with transaction():
            basis = Basis(form.basis.data)
            services.certify(cooperative_id, batch_code, basis, by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        form.form_errors.append(str(error))
        return page_of(batch_code, certificate=form), error.status
    flash(_("合格证已开好，可以打印了。"), "success")
    return to_batch(batch_code)


@blueprint.post("/receipts")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def take_in(batch_code: str) -> Answer:
    cooperative_id, by = own_cooperative_id(), current_user.id
    batch = get_own_batch(cooperative_id, batch_code)
    form = ReceiptForm()
    form.offer(list_variants(batch.product_id))
    if not form.validate_on_submit():
        return page_of(batch_code, receipt=form), 422
    variant_id, quantity = form.variant.data, form.quantity.data
    try:
        with transaction():
            services.take_in(
                cooperative_id, batch_code, variant_id, quantity, by=by, at=clock.now()
            )
    except NotFound:
        raise
    except DomainError as error:
        form.form_errors.append(str(error))
        return page_of(batch_code, receipt=form), error.status
    flash(_("已入库，买家马上可以买。"), "success")
    return to_batch(batch_code)


@blueprint.post("/closure")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def close(batch_code: str) -> Answer:
    with transaction():
        services.close_batch(own_cooperative_id(), batch_code, by=current_user.id, at=clock.now())
    flash(_("这一批已用完，不会再用来发货。"), "success")
    return to_batch(batch_code)

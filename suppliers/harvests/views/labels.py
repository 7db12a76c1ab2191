"""Certificates on paper: one label, or a sheet of them."""

from flask import Blueprint, render_template, request

from catalog.batches.queries import get_own_batch
from catalog.batches.rules import BASES, CERTIFICATE
from shop import clock
from shop.errors import NotFound
from shop.web.audience import Role, allow
from suppliers.harvests.views.batches import own_cooperative_id

blueprint = Blueprint("batch_labels", __name__, url_prefix="/cooperative/batches")

# As many labels of 60 × 40 mm as fit on A4.
ON_A_SHEET = 21


@blueprint.get("/<batch_code>/label")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def show(batch_code: str) -> str:
    batch = get_own_batch(own_cooperative_id(), batch_code)
    if batch.certificate is None or batch.recall is not None:
        raise NotFound
    on_sheet = request.args.get("paper") == "a4"
    return render_template(
        "suppliers/harvests/label.html",
        batch=batch,
        certificate=batch.certificate,
        bases=BASES,
        words=CERTIFICATE,
        issued_on=clock.day_of(batch.certificate.issued_at),
        on_sheet=on_sheet,
        copies=ON_A_SHEET if on_sheet else 1,
    )

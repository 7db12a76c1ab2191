"""Writes the demo's harvests down, with the certificates that the law asks for."""

from datetime import datetime

from catalog.batches.models import Basis
from catalog.batches.services import BatchDraft, certify, record_batch
from catalog.products.models import Product
from shop import clock

PLOTS = ("演示地块一号", "演示地块二号", "演示大棚三号", "演示山坡四号")
INPUTS = "有机肥；采前 20 天起不用药（演示）"
# More is brought in than is packed: in percent of it.
BROUGHT_IN = 105


def harvest(product: Product, packed_g: int, by: int, at: datetime) -> int:
    """A batch for what was packed of a product; its id."""
    day = clock.day_of(at)
    draft = BatchDraft(
        harvested_on=day,
        quantity_g=packed_g * BROUGHT_IN // 100,
        plot=PLOTS[product.id % len(PLOTS)],
        inputs=INPUTS,
    )
    owner = product.cooperative_id
    key = f"demo-{product.id}-{at:%Y%m%d%H%M%S}"
    batch = record_batch(owner, product.id, draft, key=key, by=by, at=at)
    if product.category.certificate_covered and not batch.certificates:
        bases = tuple(Basis)
        certify(owner, batch.code, bases[product.id % len(bases)], by=by, at=at)
    return batch.id

"""A harvest that failed its test after some of it was sent: called back, and its buyers told."""

from datetime import datetime, timedelta
from io import BytesIO

from flask import current_app
from PIL import Image, ImageDraw

from catalog.batches.gateways import reports_folder, store_report
from catalog.batches.models import Batch
from catalog.batches.queries import find_newest
from catalog.batches.services import keep_report, recall
from catalog.products.models import Variant
from catalog.stock.services import receive
from orders.deliveries.services import dispatch
from orders.records.models import SubOrder
from shop.db import db, transaction
from shop.demo.batches import harvest
from shop.demo.disputes import buy
from shop.demo.market import Ware
from shop.demo.people import Buyer

PACKED = 40
BUYERS = 3
REASON = "复检发现农药残留超标（演示），请停止食用，可退款。"
PAPER, INK, STAMP = "#FBFAF5", "#2B2B2B", "#C8313A"


def call_one_back(wares: list[Ware], buyers: list[Buyer], at: datetime) -> None:
    """Of the cooperative whose sign-in is shown, to the residents first in the list."""
    own = [ware for ware in wares if ware.manager_id == wares[0].manager_id]
    ware, harvested_at = own[-1], at - timedelta(days=3)
    with transaction():
        variant = db.session.get_one(Variant, ware.variant_id)
        packed_g = PACKED * variant.net_weight_g
        batch_id = harvest(variant.product, packed_g, ware.manager_id, harvested_at)
        receive(
            ware.variant_id,
            PACKED,
            by=ware.manager_id,
            at=harvested_at,
            reason="harvest",
            batch_id=batch_id,
        )
    for number, buyer in enumerate(buyers[:BUYERS]):
        _send(ware, buyer, f"recalled-{number}", batch_id, harvested_at + timedelta(hours=2))
    with transaction():
        batch = db.session.get_one(Batch, batch_id)
        cooperative_id = batch.product.cooperative_id
        by, called_at = ware.manager_id, at - timedelta(hours=5)
        recall(batch.code, REASON, cooperative_id=cooperative_id, by=by, at=called_at)


def report_on(ware: Ware, at: datetime) -> None:
    """The newest batch of a product comes with a report that everybody may read."""
    stored = store_report(_report(), reports_folder(current_app.config["SETTINGS"]))
    with transaction():
        product = db.session.get_one(Variant, ware.variant_id).product
        newest = find_newest(product.id)
        assert newest is not None
        owner, by = product.cooperative_id, ware.manager_id
        keep_report(owner, newest.code, stored, public=True, by=by, at=at - timedelta(hours=8))


def _send(ware: Ware, buyer: Buyer, key: str, batch_id: int, at: datetime) -> None:
    part_id = buy(ware, buyer, key, at)
    with transaction():
        part = db.session.get_one(SubOrder, part_id)
        line = part.lines[0]
        dispatch(
            part_id,
            part.cooperative_id,
            [("演示快递", f"DEMO{part_id:08d}")],
            allocations={line.id: {batch_id: line.quantity}},
            by=ware.manager_id,
            at=at + timedelta(hours=20),
        )


def _report() -> BytesIO:
    """A drawn sheet that nobody takes for a real laboratory's."""
    sheet = Image.new("RGB", (600, 800), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((180, 60), "DEMO TEST REPORT", fill=INK, font_size=24)
    for row in range(12):
        y = 140 + row * 40
        pen.line((60, y, 540, y), fill=INK)
        pen.text((80, y + 10), f"residue {row + 1:02d}", fill=INK, font_size=16)
        pen.text((360, y + 10), "not detected", fill=INK, font_size=16)
    pen.ellipse((360, 640, 520, 760), outline=STAMP, width=6)
    pen.text((400, 690), "DEMO", fill=STAMP, font_size=28)
    file = BytesIO()
    sheet.save(file, "PNG")
    file.seek(0)
    return file

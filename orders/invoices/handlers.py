"""Money that goes back makes an issued invoice too high; files that belong to none are deleted."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select

from orders.invoices.gateways.document_file import files_folder
from orders.invoices.queries import list_file_hashes
from orders.invoices.services.invoices import follow_refund
from orders.records.events import RefundGranted
from orders.refunds.models import RefundItem
from shop.db import db
from shop.events import on
from shop.jobs import nightly
from shop.uploads import forget_unknown

# An upload that broke off leaves a file of which no row speaks.
STRAY_FILES_KEPT = timedelta(days=7)


@on(RefundGranted)
def follow(event: RefundGranted) -> None:
    parts = select(RefundItem.sub_order_id).where(RefundItem.refund_id == event.refund_id)
    for part_id in db.session.scalars(parts.distinct().order_by(RefundItem.sub_order_id)).all():
        follow_refund(part_id, at=event.at)


@nightly
def forget_stray_files(at: datetime) -> int:
    """Delete files of which no row speaks; return how many."""
    folder = files_folder(current_app.config["SETTINGS"])
    return forget_unknown(folder, before=at - STRAY_FILES_KEPT, known=list_file_hashes)

"""Read what has come of a photograph."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop.db import db
from suppliers.uploads.models import Upload, UploadPiece


def find_upload(cooperative_id: int, key: str) -> Upload | None:
    query = (
        select(Upload)
        .where(Upload.cooperative_id == cooperative_id, Upload.key == key)
        .options(joinedload(Upload.picture))
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(query)


def content_of(upload_id: int) -> bytes:
    """All pieces that have come, in their order."""
    query = (
        select(UploadPiece.content)
        .where(UploadPiece.upload_id == upload_id)
        .order_by(UploadPiece.position)
    )
    return b"".join(db.session.scalars(query))


def count_unfinished(cooperative_id: int) -> int:
    query = select(func.count(Upload.id)).where(
        Upload.cooperative_id == cooperative_id, Upload.picture_id.is_(None)
    )
    return db.session.scalar(query) or 0


def list_abandoned(before: datetime) -> list[int]:
    """The ids of uploads that were begun before then and never finished."""
    query = select(Upload.id).where(Upload.begun_at < before, Upload.picture_id.is_(None))
    return list(db.session.scalars(query))

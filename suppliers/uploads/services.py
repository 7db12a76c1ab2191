"""Take a photograph in, piece by piece."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select

from catalog.products.services.pictures import keep_picture
from shop.db import db, insert_once
from suppliers.uploads.errors import TooLarge, TooMany
from suppliers.uploads.models import Upload, UploadPiece
from suppliers.uploads.queries import count_unfinished

# A photo that a phone has shrunk has some hundred thousand bytes.
LARGEST = 6_000_000
LARGEST_PIECE = 256_000
MOST_UNFINISHED = 20


def take_piece(
    cooperative_id: int,
    key: str,
    piece: bytes,
    position: int,
    size: int,
    *,
    by: int,
    at: datetime,
) -> Upload:
    """Add a piece where it follows what has come; one that came before, or that has a gap before
    it, changes nothing. ``received`` says where to go on.

    Raises TooLarge or TooMany.
    """
    if not 0 < size <= LARGEST or len(piece) > LARGEST_PIECE:
        raise TooLarge
    upload = _lock(cooperative_id, key) or _begin(cooperative_id, key, size, by, at)
    fits = position == upload.received and position + len(piece) <= upload.size
    if piece and fits and upload.picture_id is None:
        db.session.add(UploadPiece(upload_id=upload.id, position=position, content=piece))
        upload.received += len(piece)
        db.session.flush()
    return upload


def finish(
    cooperative_id: int, key: str, sha256: str, width: int, height: int, *, at: datetime
) -> Upload:
    """Note which picture became of it; the pieces are needed no more."""
    upload = _lock(cooperative_id, key)
    assert upload is not None
    if upload.picture_id is None:
        upload.picture = keep_picture(cooperative_id, sha256, width, height, at=at)
        db.session.flush()
        db.session.execute(delete(UploadPiece).where(UploadPiece.upload_id == upload.id))
    return upload


def forget(upload_ids: Collection[int]) -> None:
    """Throw away what never became a picture."""
    unfinished = select(Upload.id).where(Upload.id.in_(upload_ids), Upload.picture_id.is_(None))
    doomed = list(db.session.scalars(unfinished.with_for_update()))
    db.session.execute(delete(UploadPiece).where(UploadPiece.upload_id.in_(doomed)))
    db.session.execute(delete(Upload).where(Upload.id.in_(doomed)))


def _begin(cooperative_id: int, key: str, size: int, by: int, at: datetime) -> Upload:
    if count_unfinished(cooperative_id) >= MOST_UNFINISHED:
        raise TooMany
    insert_once(
        Upload,
        "cooperative_id",
        "key",
        cooperative_id=cooperative_id,
        key=key,
        size=size,
        received=0,
        begun_at=at,
        begun_by_id=by,
    )
    upload = _lock(cooperative_id, key)
    assert upload is not None
    return upload


def _lock(cooperative_id: int, key: str) -> Upload | None:
    """Pieces of one photograph wait for each other here."""
    query = select(Upload).where(Upload.cooperative_id == cooperative_id, Upload.key == key)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))

"""Pictures that cooperatives bring."""

from datetime import datetime

from sqlalchemy import select

from catalog.products.models import Picture
from shop.db import db


def keep_picture(
    cooperative_id: int, sha256: str, width: int, height: int, *, at: datetime
) -> Picture:
    """Note that a verified picture lies in the uploads; the same one twice is one."""
    known = select(Picture).where(
        Picture.cooperative_id == cooperative_id, Picture.sha256 == sha256
    )
    picture = db.session.scalar(known.limit(1))
    if picture is None:
        picture = Picture(
            cooperative_id=cooperative_id,
            sha256=sha256,
            width=width,
            height=height,
            uploaded_at=at,
        )
        db.session.add(picture)
        db.session.flush()
    return picture

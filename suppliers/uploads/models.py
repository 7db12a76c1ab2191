"""Photographs on their way from a phone: in pieces, so that a dead spot costs one piece."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import Picture
from shop.accounts.people.models import Account
from shop.db import Base
from shop.organisations.models import Organisation


class Upload(Base):
    """One photograph, under a key that the phone made up: the same key is the same photograph."""

    __tablename__ = "upload"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "key"),
        CheckConstraint("received >= 0 AND received <= size", name="received_fits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    key: Mapped[str] = mapped_column(String(32))
    # Bytes, of which so many have come.
    size: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime] = mapped_column(index=True)
    begun_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # What became of it; its pieces are gone then.
    picture_id: Mapped[int | None] = mapped_column(ForeignKey(Picture.id))

    picture: Mapped[Picture | None] = relationship()


class UploadPiece(Base):
    """Some of its bytes."""

    __tablename__ = "upload_piece"
    __table_args__ = (UniqueConstraint("upload_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey(Upload.id))
    # Of its first byte.
    position: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)

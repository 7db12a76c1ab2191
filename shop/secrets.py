"""Text that must not lie readable in the database: sealed with a key that only the settings hold.

Sealing hides bank accounts and identity numbers from whoever gets hold of a copy of the database.
What is sealed can't be searched; a fingerprint beside it finds the same text again.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import new as new_hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app
from sqlalchemy import Column, Table, select, update

from shop.config import Settings
from shop.db import Base, db

# The mark of a column that holds sealed text: ``mapped_column(Text, info=SEALED)``.
SEALED = {"sealed": True}


class CannotUnseal(RuntimeError):
    """The text was sealed with a key that the settings no longer hold, or it is damaged."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What seals and unseals; the first seals, all unseal."""

    sealing: MultiFernet
    fingerprints: bytes


def init_app(app: Flask, settings: Settings) -> None:
    if settings.sealing_keys and settings.fingerprint_key:
        app.extensions["sealing"] = Keys(
            MultiFernet([Fernet(urlsafe_b64encode(_derived(k))) for k in settings.sealing_keys]),
            _derived(settings.fingerprint_key),
        )


def seal(text: str) -> str:
    """The text in a form that only the keys open; never twice the same."""
    return _keys().sealing.encrypt(text.encode()).decode()


def open_sealed(sealed: str) -> str:
    """What was sealed. Raises CannotUnseal."""
    try:
        return _keys().sealing.decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise CannotUnseal from error


def seal_again(sealed: str) -> str:
    """The same text under the newest key. Raises CannotUnseal."""
    try:
        return _keys().sealing.rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise CannotUnseal from error


def seal_all_again() -> int:
    """Bring every sealed column under the newest key; return how many texts that were.

    Raises CannotUnseal, and then nothing is to be committed.
    """
    return sum(
        _seal_column_again(table, column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.info.get("sealed")
    )


def fingerprint(text: str) -> str:
    """64 hexadecimal digits that are the same for the same text, and tell nothing without the key.

    The key never changes, else the same text would no longer be found.
    """
    return new_hmac(_keys().fingerprints, text.encode(), sha256).hexdigest()


def _keys() -> Keys:
    keys: Keys = current_app.extensions["sealing"]
    return keys


def _seal_column_again(table: Table, column: Column[str]) -> int:
    key = table.primary_key.columns[0]
    query = select(key, column).where(column.is_not(None), column != "").order_by(key)
    rows = db.session.execute(query).all()
    for number, sealed in rows:
        # What somebody writes meanwhile is under the newest key already.
        same = (key == number) & (column == sealed)
        db.session.execute(update(table).where(same).values({column: seal_again(sealed)}))
    return len(rows)


def _derived(secret: str) -> bytes:
    """32 bytes from a secret of any form."""
    return HKDF(SHA256(), length=32, salt=None, info=b"cailanzi").derive(secret.encode())

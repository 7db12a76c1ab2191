"""Who changed a variant, and whether somebody did since it was seen."""

from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm.attributes import set_committed_value

from catalog.products.errors import Changed
from catalog.products.models import ChangeKind, Variant, VariantChange
from catalog.products.queries import find_last_change
from shop.db import db
from shop.errors import Conflict


def require_unchanged(variant: Variant, seen: int, *kinds: ChangeKind) -> None:
    """Refuse to go on if somebody made such a change after that version was seen. The variant's
    row must be locked.

    Raises Changed, or Conflict for a version that never was.
    """
    if seen > variant.version:
        raise Conflict
    change = find_last_change(variant.id, seen, kinds)
    if change is not None:
        raise Changed(variant, change.kind, change.who, change.at)


def note_change(variant_id: int, kind: ChangeKind, *, by: int | None, at: datetime) -> int:
    """Write down that somebody changed a variant by hand; return the version that it made."""
    version: int = db.session.execute(
        update(Variant)
        .where(Variant.id == variant_id)
        .values(version=Variant.version + 1)
        .returning(Variant.version)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    change = {"variant_id": variant_id, "version": version, "kind": kind, "by_id": by, "at": at}
    db.session.execute(insert(VariantChange), change)
    known = db.session.identity_map.get(db.session.identity_key(Variant, variant_id))
    if known is not None:
        set_committed_value(known, "version", version)
    return version

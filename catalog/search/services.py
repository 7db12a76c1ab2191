"""Bring the index to what the database says."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from catalog.search.gateways.port import SearchIndex
from catalog.search.queries import all_documents, documents_for


def reindex(session: Session, index: SearchIndex, product_ids: Collection[int]) -> None:
    """Show these products as they are now, or no longer if they are not on sale.

    Wants a session that has not read yet. A missing or damaged index is built anew.
    Raises SearchUnavailable when another process writes for too long; try again then.
    """
    if index.ready():
        index.replace(documents_for(session, product_ids), product_ids=product_ids)
    else:
        rebuild(session, index)


def rebuild(session: Session, index: SearchIndex) -> None:
    """Build the index anew from every product on sale; the old one answers until it is done."""
    index.rebuild(all_documents(session))

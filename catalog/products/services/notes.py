"""What an act on a listing leaves in the audit log."""

from datetime import date, datetime
from typing import Any

from catalog.products.models import Product, Variant
from shop.accounts.audit.services import record


def note_act(act: str, product: Product, by: int | None, at: datetime, **detail: Any) -> None:
    """What every change of a listing has in common, but for the search, which is told once."""
    product.updated_at = at
    record(act, "product", product.id, by=by, at=at, **detail)


def changes_of(before: dict[str, Any], now: Product | Variant) -> dict[str, Any]:
    """What an edit changed, as it was and as it is."""
    return {
        "changes": {
            name: [_fact(value), _fact(getattr(now, name))]
            for name, value in before.items()
            if getattr(now, name) != value
        }
    }


def facts_of(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _fact(value) for name, value in values.items()}


def _fact(value: Any) -> Any:
    """A value as the audit log can keep it."""
    return value.isoformat() if isinstance(value, date) else value

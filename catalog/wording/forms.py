"""Fields in which a cooperative may not say what the law forbids."""

from typing import Any

from wtforms import Field, ValidationError

from catalog.products.errors import ForbiddenClaim
from catalog.wording.rules import find_forbidden


def refuse_claims(_form: Any, field: Field) -> None:
    """A validator: says beside the field what may not be said of the goods, and by which law."""
    forbidden = find_forbidden(field.data or "")
    if forbidden is not None:
        raise ValidationError(str(ForbiddenClaim(forbidden)))

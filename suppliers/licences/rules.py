"""What becomes of a cooperative's right to sell as its licences run out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from suppliers.verification.models import Document, DocumentKind

# So many days before a licence runs out its cooperative is warned, once each.
WARNINGS = (30, 7, 1)
# Either of them allows to make food.
FOOD_KINDS = (DocumentKind.FOOD_PRODUCTION, DocumentKind.FOOD_WORKSHOP)


@dataclass(frozen=True, slots=True)
class Lapses:
    """Which licences have run out without another that holds."""

    business: bool
    food: bool


def lapses_of(documents: Collection[Document], today: date) -> Lapses:
    """What has run out. Where no licence of a kind was ever written down nothing can: the office
    that let the cooperative in has seen it on paper."""
    return Lapses(
        business=_has_lapsed(documents, (DocumentKind.BUSINESS_LICENCE,), today),
        food=_has_lapsed(documents, FOOD_KINDS, today),
    )


def warning_due(expires_on: date | None, today: date) -> int | None:
    """Which of the warnings is the last that is due; None while it holds for long, or no more."""
    if expires_on is None or expires_on < today:
        return None
    left = (expires_on - today).days
    return next((days for days in sorted(WARNINGS) if left <= days), None)


def has_expired(document: Document, today: date) -> bool:
    """Whether its last day is over; the last day itself still counts."""
    return document.expires_on is not None and document.expires_on < today


def _has_lapsed(
    documents: Collection[Document], kinds: Collection[DocumentKind], today: date
) -> bool:
    of_kind = [each for each in documents if each.kind in kinds]
    return bool(of_kind) and all(has_expired(each, today) for each in of_kind)

"""A table that is shown and handed in: its columns, and how their values are written.

Values stay what they are (fen, tenths of a percent, counts, days) up to the last moment; the
screen, the CSV file and the workbook all take them from here, so that they can't differ.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from flask_babel import LazyString

from shop.money import FEN_PER_YUAN, divide

Value: TypeAlias = int | str | date | LazyString | None
Written: TypeAlias = int | str | date | Decimal | None

NOTHING_TO_COMPARE = "—"


class Kind(StrEnum):
    """What a column's values are."""

    TEXT = "text"
    DAY = "day"
    COUNT = "count"
    YUAN = "yuan"  # fen
    WAN = "wan"  # fen, shown in 万元
    QUANTITY = "quantity"  # thousandths of a unit
    KILOGRAMS = "kilograms"  # grams
    TONNES = "tonnes"  # grams
    PERCENT = "percent"  # tenths of a percent; None is nothing to compare with


@dataclass(frozen=True)
class Column:
    """``name`` is stable, for links and tests; the title is what stands on top."""

    name: str
    title: LazyString | str
    kind: Kind
    # In characters on paper; 0 leaves it to the kind.
    width: int = 0


@dataclass(frozen=True)
class Sheet:
    """Everything that a file holds. ``total`` is asked for after the last row was taken, and then
    ``seal``, which says in pairs of a name and a text what the file must hold."""

    name: str
    file_name: str
    title: str
    unit: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]
    total: Callable[[], Sequence[Value]]
    notes: Sequence[str]
    foot: Sequence[str]
    seal: Callable[[], Sequence[tuple[str, str]]] = tuple


def written(kind: Kind, value: Value) -> Written:
    """A value as a file holds it: exact decimals in the column's unit, rounded once."""
    if value is None:
        return NOTHING_TO_COMPARE if kind is Kind.PERCENT else None
    if isinstance(value, int):
        match kind:
            case Kind.YUAN:
                return Decimal(value).scaleb(-2)
            case Kind.WAN:
                return Decimal(divide(value, FEN_PER_YUAN * 100)).scaleb(-2)
            case Kind.QUANTITY:
                whole, rest = divmod(value, 1000)
                return Decimal(value).scaleb(-3).normalize() if rest else whole
            case Kind.KILOGRAMS:
                return Decimal(value).scaleb(-3)
            case Kind.TONNES:
                return Decimal(divide(value, 10_000)).scaleb(-2)
            case Kind.PERCENT:
                return Decimal(value).scaleb(-1)
        return value
    return value if isinstance(value, date) else str(value)


def shown(kind: Kind, value: Value) -> str:
    """A value as the screen shows it: as in the file, with thousands marks."""
    text = written(kind, value)
    if text is None:
        return ""
    return f"{text:,}" if isinstance(text, int | Decimal) else str(text)

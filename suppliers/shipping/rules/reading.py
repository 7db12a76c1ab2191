"""A row of a sheet, or what a scanner typed, read cell by cell. Pure: texts go in."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orders.deliveries.rules import tracking_number_of
from shop.sheets.rules.cells import ERROR, NOTHING
from shop.web.fields import clean_line
from suppliers.fulfilment.rules import CARRIERS, is_tracking_number
from suppliers.shipping.rules.faults import Fault, FaultKind

# Longer than any cell may be, so that what is too long is seen to be.
LONGEST_CELL = 200
LONGEST_CARRIER = 20
MOST_UNITS = 99_999
# How people call the carriers, by what they all write of them.
_SIGNS = ("顺丰", "京东", "EMS", "中通", "圆通", "申通", "韵达", "极兔", "德邦")
_CARRIERS = dict(zip(_SIGNS, CARRIERS, strict=True)) | {
    "邮政": "邮政 EMS",
    "SF": "顺丰速运",
    "JD": "京东快递",
}
# An order's number, or its tail; the letters name the part. See orders.checkout.rules.
_PART = re.compile(r"C[0-9]{8}-[0-9A-Z]{6}[A-Z]{0,2}")
_TAIL = re.compile(r"[0-9A-Z]{6}[A-Z]{0,2}")
_IN_DIGITS = re.compile(r"[0-9]+\.0+")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+")
_BETWEEN = re.compile(r"[、,;+/\s]+")
_COUNT = re.compile(r"([0-9]{1,6})[^\W\d_]{0,2}")
# Between a count and its unit.
_GAP = re.compile(r"(?<=[0-9])\s+(?=[^\W\d_])")
_BATCH = re.compile(r"(?<![0-9A-Z])[2-9A-HJKMNP-Z]{10}(?![0-9A-Z])")


@dataclass(frozen=True)
class Reading:
    """What a row says. ``units`` are those of each line that waits, in their order; empty for all
    of them. ``batches`` are codes in the order in which to pick; empty for the first harvested."""

    part: str = ""
    carrier: str = ""
    number: str = ""
    units: tuple[int, ...] = ()
    batches: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether nobody has filled it in: what waits and is not shipped this time."""
        return not self.number and not any(fault.column == "number" for fault in self.faults)


class _Refused(Exception):
    def __init__(self, kind: FaultKind) -> None:
        self.kind = kind


def read_row(cells: Mapping[str, str], carrier: str = "") -> Reading:
    """Read the cells by column; ``carrier`` is of rows that name none."""
    faults: list[Fault] = []
    said: dict[str, Any] = {}
    for column, read in _READERS.items():
        text = clean_line(unicodedata.normalize("NFKC", cells.get(column, "")))
        text = text.removeprefix("'").strip()
        if text in NOTHING:
            continue
        try:
            if ERROR.fullmatch(text):
                raise _Refused(FaultKind.IS_ERROR)
            said[column] = read(text)
        except _Refused as refused:
            faults.append(Fault(column, refused.kind, {}))
    named = {fault.column for fault in faults}
    said.setdefault("carrier", carrier)
    if not said["carrier"] and "carrier" not in named:
        faults.append(Fault("carrier", FaultKind.NO_CARRIER, {}))
    if "part" not in said and "part" not in named:
        faults.append(Fault("part", FaultKind.NO_PART, {}))
    said["batches"] = said.pop("batch", ())
    return Reading(**said, faults=faults)


def code_of(text: str) -> str:
    """A slip's code as it is printed: capitals without gaps."""
    plain = clean_line(unicodedata.normalize("NFKC", text))[:LONGEST_CELL]
    return "".join(plain.split()).upper()


def looks_like_part(text: str) -> bool:
    return _PART.fullmatch(code_of(text)) is not None


def looks_like_number(text: str) -> bool:
    code = code_of(text)
    return is_tracking_number(code) and not _PART.fullmatch(code)


def is_tail(code: str) -> bool:
    """Whether it can be the end of an order's number, which is all that people type by hand."""
    return _TAIL.fullmatch(code) is not None


def carrier_of(text: str) -> str:
    """The carrier's name as everybody writes it, else as it stands."""
    plain = "".join(text.split()).upper()
    known = (
        name
        for sign, name in _CARRIERS.items()
        if plain.startswith(sign) or (not sign.isascii() and sign in plain)
    )
    return next(known, text)


def _carrier(text: str) -> str:
    carrier = carrier_of(text)
    if len(carrier) > LONGEST_CARRIER:
        raise _Refused(FaultKind.LONG_CARRIER)
    return carrier


def _number(text: str) -> str:
    number = tracking_number_of(text)
    if _SCIENTIFIC.fullmatch(number):
        raise _Refused(FaultKind.LOST_DIGITS)
    if _IN_DIGITS.fullmatch(number):
        number = number.partition(".")[0]
    if _PART.fullmatch(number):
        raise _Refused(FaultKind.IS_PART)
    if not is_tracking_number(number):
        raise _Refused(FaultKind.NO_NUMBER)
    return number


def _units(text: str) -> tuple[int, ...]:
    together = _GAP.sub("", text)
    found = [_COUNT.fullmatch(each) for each in _BETWEEN.split(together)]
    counts = [int(each[1]) if each else MOST_UNITS + 1 for each in found]
    if max(counts) > MOST_UNITS:
        raise _Refused(FaultKind.NO_UNITS)
    return tuple(counts)


def _batches(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_BATCH.findall(text.upper())))
    if not found:
        raise _Refused(FaultKind.NO_BATCH)
    return found


_READERS: dict[str, Callable[[str], Any]] = {
    "part": code_of,
    "carrier": _carrier,
    "number": _number,
    "units": _units,
    "batch": _batches,
}

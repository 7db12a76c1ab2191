"""Workbooks that somebody takes home: row by row, in constant memory, and harmless."""

import re
from typing import IO

from xlsxwriter import Workbook

MIME_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A workbook must not make formulas, links or numbers of texts.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}
# What XML can't hold.
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")


def new_workbook(file: IO[bytes]) -> Workbook:
    """A workbook that is written into an open file; rows have to come in their order."""
    return Workbook(file, _OPTIONS)


def harmless(text: str) -> str:
    """Text that the file can hold. XlsxWriter takes what stands in <r> for finished XML."""
    text = _NO_CHARACTER.sub("", text)
    return f" {text}" if text.startswith("<r>") else text

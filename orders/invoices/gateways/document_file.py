"""The file of an invoice as the tax system gives it out: PDF, OFD or XML.

Hostile until looked at: what a file is, is told by its content, never by its name. It is kept as it
came, since a signature may be in it, and never shown: only given out to be saved.
"""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Never
from xml.parsers.expat import ExpatError, ParserCreate

from orders.invoices.errors import FileTooLarge, NotAnInvoiceFile, OtherInvoice
from orders.invoices.models import FileKind
from shop.config import Settings

MOST_BYTES = 5 * 1024 * 1024
# What a container of a few pages needs, many times over.
_MOST_ENTRIES = 500
_MOST_UNPACKED = 50 * 1024 * 1024
_MOST_XML = 1024 * 1024
_OFD_ENTRY = "OFD.xml"
# What a program that shows the file would carry out. Only what is not packed can be seen.
_ACTS_OF_PDF = (b"/JavaScript", b"/Launch")


def files_folder(settings: Settings) -> Path:
    """Apart from everything that is served as it is."""
    return settings.uploads_folder / "invoices"


def kind_of(content: bytes, number: str) -> FileKind:
    """What a file is. Raises FileTooLarge, NotAnInvoiceFile, or OtherInvoice for an XML file in
    which the number does not stand."""
    if len(content) > MOST_BYTES:
        raise FileTooLarge
    if content.startswith(b"%PDF-"):
        _require_pdf(content)
        return FileKind.PDF
    if content.startswith(b"PK\x03\x04"):
        _require_ofd(content)
        return FileKind.OFD
    if number not in _text_of_xml(content):
        raise OtherInvoice
    return FileKind.XML


def _require_pdf(content: bytes) -> None:
    is_whole = b"%%EOF" in content[-2048:] and b"startxref" in content[-2048:]
    if not is_whole or any(act in content for act in _ACTS_OF_PDF):
        raise NotAnInvoiceFile


def _require_ofd(content: bytes) -> None:
    """A container with the entry that every OFD begins with, of a size that is no trap."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as container:
            entries = container.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if len(entries) > _MOST_ENTRIES or unpacked > _MOST_UNPACKED:
                raise NotAnInvoiceFile
            with container.open(_OFD_ENTRY) as entry:
                _text_of_xml(entry.read(_MOST_XML))
    except NotAnInvoiceFile:
        raise
    except Exception as error:
        # What unpacks damaged files trips over them in many ways.
        raise NotAnInvoiceFile from error


def _text_of_xml(content: bytes) -> str:
    """All text of a document. One that declares types or entities is none of the tax system's."""
    found: list[str] = []

    def refuse(*_: object) -> Never:
        raise NotAnInvoiceFile

    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.CharacterDataHandler = found.append
    try:
        parser.Parse(content, True)
    except (ExpatError, LookupError, ValueError) as error:
        raise NotAnInvoiceFile from error
    return "".join(found)

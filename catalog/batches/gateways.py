"""Test reports: hostile until checked, and kept as files apart from the pictures."""

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from catalog.batches.errors import NotAReport, ReportTooLarge, UnsafeReport
from catalog.batches.models import ReportForm
from catalog.products.gateways import store_picture
from shop.config import Settings
from shop.uploads import keep

MOST_PDF_BYTES = 5_000_000
# No report's lists of objects are longer; what unpacks to more was made to harm.
MOST_UNPACKED_BYTES = 20_000_000
_PDF = b"%PDF-"
_END = b"%%EOF"
# What makes a PDF more than paper: programs, attachments, things that start by themselves, and
# encryption, under which nobody can see whether the others are there.
_HARMFUL = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|OpenAction|AA|RichMedia|XFA|SubmitForm|ImportData"
    rb"|GoToR|GoToE|Encrypt)(?![A-Za-z0-9])"
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED = re.compile(rb"/ObjStm.{0,400}?stream\r?\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StoredReport:
    form: ReportForm
    sha256: str
    size: int


def reports_folder(settings: Settings) -> Path:
    return settings.uploads_folder / "reports"


def file_name(form: ReportForm, name: str) -> str:
    return f"{name}.pdf" if form is ReportForm.PDF else f"{name}.webp"


def store_report(upload: BinaryIO, folder: Path) -> StoredReport:
    """Keep a report: a photo drawn anew, or a PDF in which nothing runs.

    What the sender calls it makes no difference. Raises NotAReport, or NotAPicture.
    """
    start = upload.read(len(_PDF))
    if start != _PDF:
        upload.seek(0)
        picture = store_picture(upload, folder)
        size = (folder / f"{picture.sha256}.webp").stat().st_size
        return StoredReport(ReportForm.PICTURE, picture.sha256, size)
    content = start + upload.read(MOST_PDF_BYTES)
    _require_harmless(content)
    return StoredReport(ReportForm.PDF, keep(content, folder, ".pdf"), len(content))


def _require_harmless(content: bytes) -> None:
    if len(content) > MOST_PDF_BYTES:
        raise ReportTooLarge
    if _END not in content[-1024:]:
        raise NotAReport
    if _is_harmful(content) or any(_is_harmful(part) for part in _unpacked(content)):
        raise UnsafeReport


def _is_harmful(content: bytes) -> bool:
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    return _HARMFUL.search(plain) is not None


def _unpacked(content: bytes) -> list[bytes]:
    """The lists of objects that a PDF may pack. Raises UnsafeReport for what can't be looked at."""
    parts, room = [], MOST_UNPACKED_BYTES
    for found in _PACKED.finditer(content):
        try:
            part = zlib.decompressobj().decompress(content[found.end() :], room)
        except zlib.error as error:
            raise UnsafeReport from error
        room -= len(part)
        if room <= 0:
            raise UnsafeReport
        parts.append(part)
    return parts

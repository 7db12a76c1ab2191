"""Evidence as files, apart from everything that others may see: each room keeps its own folder."""

from pathlib import Path
from typing import BinaryIO

from catalog.batches.errors import NotAReport
from catalog.batches.gateways import StoredReport, store_report
from catalog.products.errors import NotAPicture
from orders.records.errors import NotEvidence


def store_evidence(upload: BinaryIO, folder: Path) -> StoredReport:
    """Keep a photo drawn anew, or a PDF in which nothing runs.

    Raises NotEvidence; PictureTooLarge, PictureTooSmall, UnsafeReport or ReportTooLarge say more.
    """
    try:
        return store_report(upload, folder)
    except (NotAReport, NotAPicture) as error:
        if type(error) in (NotAReport, NotAPicture):
            raise NotEvidence from error
        raise

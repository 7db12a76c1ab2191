"""A PDF is looked through before it is kept."""

from io import BytesIO

import pytest

from catalog.batches.errors import NotAReport, ReportTooLarge
from catalog.batches.gateways import MOST_PDF_BYTES, store_report

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


def test_a_plain_one_is_kept_as_it_came(tmp_path):
    stored = store_report(BytesIO(PDF), tmp_path)
    assert (tmp_path / f"{stored.sha256}.pdf").read_bytes() == PDF
    assert stored.size == len(PDF)


@pytest.mark.parametrize("more", [0, 1, 50_000_000])
def test_a_large_one_is_refused_without_being_read_to_its_end(tmp_path, more):
    upload = BytesIO(PDF + bytes(MOST_PDF_BYTES - len(PDF) + 6 + more))
    with pytest.raises(ReportTooLarge):
        store_report(upload, tmp_path)
    assert upload.tell() <= MOST_PDF_BYTES + 5
    assert list(tmp_path.iterdir()) == []


def test_one_without_an_end_is_refused(tmp_path):
    with pytest.raises(NotAReport):
        store_report(BytesIO(PDF.replace(b"%%EOF", b"")), tmp_path)

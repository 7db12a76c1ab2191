"""What the page behind a QR code is made of: the code itself, and reports that all may read."""

from io import BytesIO

import segno
from flask import Blueprint, Response, current_app, send_from_directory

from catalog.batches.gateways import file_name, reports_folder
from catalog.batches.models import ReportForm, TestReport
from catalog.batches.queries import get_public_report, is_code
from shop.config import Settings
from shop.errors import NotFound
from shop.web.audience import public

blueprint = Blueprint("trace_parts", __name__, url_prefix="/trace")

_A_YEAR = 31_536_000


@blueprint.get("/<batch_code>/qr.svg")
@public
def qr(batch_code: str) -> Response:
    """The address of a batch as a picture. It never changes."""
    if not is_code(batch_code):
        raise NotFound
    settings: Settings = current_app.config["SETTINGS"]
    drawing = BytesIO()
    # A label gets scratched: a quarter of it may be unreadable.
    address = f"{settings.public_url}/trace/{batch_code}"
    segno.make(address, error="q", micro=False).save(drawing, kind="svg", border=1, nl=False)
    answer = Response(drawing.getvalue(), mimetype="image/svg+xml")
    answer.cache_control.max_age = _A_YEAR
    answer.cache_control.public = True
    return answer


@blueprint.get("/<batch_code>/reports/<int:report_id>")
@public
def report(batch_code: str, report_id: int) -> Response:
    return file_of(get_public_report(batch_code, report_id))


def file_of(report: TestReport) -> Response:
    """A photo is shown; a PDF is saved, and whatever opens it here may do nothing."""
    is_pdf = report.form is ReportForm.PDF
    answer = send_from_directory(
        reports_folder(current_app.config["SETTINGS"]),
        file_name(report.form, report.sha256),
        mimetype="application/pdf" if is_pdf else "image/webp",
        as_attachment=is_pdf,
        download_name=f"report-{report.id}.{'pdf' if is_pdf else 'webp'}",
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer

"""What proves a sale: shown to those who answer for it, each look written down."""

from flask import Blueprint, Response, current_app, send_from_directory
from flask_login import current_user

from catalog.batches.gateways import file_name
from catalog.batches.models import ReportForm
from orders.offline.gateways.evidence import evidence_folder
from orders.offline.queries.sales import get_evidence
from orders.offline.services.sales import look_at
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint("offline_evidence", __name__, url_prefix="/statistics/offline/evidence")


@blueprint.get("/<int(max=2147483647):evidence_id>")
@allow(Role.OFFICIAL)
def show(evidence_id: int) -> Response:
    """A photo is shown; a PDF is saved, and whatever opens it here may do nothing."""
    scope, by = scope_of(current_user), current_user.id
    with transaction():
        evidence = get_evidence(evidence_id, scope, by)
        look_at(evidence, by=by, at=clock.now())
    is_pdf = evidence.form is ReportForm.PDF
    answer = send_from_directory(
        evidence_folder(current_app.config["SETTINGS"]),
        file_name(evidence.form, evidence.sha256),
        mimetype="application/pdf" if is_pdf else "image/webp",
        as_attachment=is_pdf,
        download_name=f"evidence-{evidence.id}.{'pdf' if is_pdf else 'webp'}",
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.cache_control.no_store = True
    return answer

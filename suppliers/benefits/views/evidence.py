"""What supports a report: brought, looked at by its cooperative alone, taken out of the draft."""

from flask import Blueprint, Response, current_app, flash, send_from_directory
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from catalog.batches.gateways import file_name
from catalog.batches.models import ReportForm
from orders.benefits import services
from orders.benefits.gateways import evidence_folder
from orders.benefits.queries import get_own_evidence
from orders.records.gateways import store_evidence
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.web.audience import Role, allow
from suppliers.benefits.forms import EvidenceForm
from suppliers.benefits.views.reports import asked, page_of, to_report

blueprint = Blueprint(
    "benefit_evidence", __name__, url_prefix="/cooperative/benefits/<quarter>/evidence"
)


@blueprint.post("")
@allow(Role.COOPERATIVE)
def create(quarter: str) -> Redirect | tuple[str, int]:
    cooperative_id, by, which = current_user.cooperative.id, current_user.id, asked(quarter)
    form = EvidenceForm()
    if not form.validate_on_submit():
        return page_of(which, evidence=form), 422
    try:
        folder = evidence_folder(current_app.config["SETTINGS"])
        stored = store_evidence(form.evidence.data.stream, folder)
        with transaction():
            services.add_evidence(cooperative_id, which, stored, by=by, at=clock.now())
    except DomainError as refusal:
        form.evidence.errors = [*form.evidence.errors, str(refusal)]
        return page_of(which, evidence=form), 422
    flash(gettext("佐证材料已保存。"), "success")
    return to_report(which)


@blueprint.get("/<int(max=2147483647):evidence_id>")
@allow(Role.COOPERATIVE)
def show(quarter: str, evidence_id: int) -> Response:
    """A photo is shown; a PDF is saved, and whatever opens it here may do nothing."""
    evidence = get_own_evidence(current_user.cooperative.id, asked(quarter), evidence_id)
    is_pdf = evidence.form is ReportForm.PDF
    answer = send_from_directory(
        evidence_folder(current_app.config["SETTINGS"]),
        file_name(evidence.form, evidence.sha256),
        mimetype="application/pdf" if is_pdf else "image/webp",
        as_attachment=is_pdf,
        download_name=f"evidence-{evidence.id}.{'pdf' if is_pdf else 'webp'}",
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@blueprint.post("/<int(max=2147483647):evidence_id>/removal")
@allow(Role.COOPERATIVE)
def remove(quarter: str, evidence_id: int) -> Redirect:
    cooperative_id, by, which = current_user.cooperative.id, current_user.id, asked(quarter)
    with transaction():
        services.remove_evidence(cooperative_id, which, evidence_id, by=by, at=clock.now())
    flash(gettext("已从草稿里删掉。"), "success")
    return to_report(which)

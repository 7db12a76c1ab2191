"""Test reports of a batch: bring one, read it, show it to everybody or not."""

from flask import Blueprint, current_app, flash
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.batches import services
from catalog.batches.gateways import reports_folder, store_report
from catalog.batches.queries import get_own_batch, get_own_report
from catalog.batches.views import file_of
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.web.audience import Role, allow
from suppliers.harvests.forms import ReportForm
from suppliers.harvests.views.batches import Answer, own_cooperative_id, page_of, to_batch

blueprint = Blueprint(
    "batch_reports", __name__, url_prefix="/cooperative/batches/<batch_code>/reports"
)


@blueprint.post("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create(batch_code: str) -> Answer:
    cooperative_id, by = own_cooperative_id(), current_user.id
    get_own_batch(cooperative_id, batch_code)
    form = ReportForm()
    if not form.validate_on_submit():
        return page_of(batch_code, report=form), 422
    try:
        folder = reports_folder(current_app.config["SETTINGS"])
        stored = store_report(form.report.data.stream, folder)
    except DomainError as error:
        form.report.errors = [*form.report.errors, str(error)]
        return page_of(batch_code, report=form), 422
    with transaction():
        services.keep_report(
            cooperative_id,
            batch_code,
            stored,
            public=form.public.data,
            by=by,
            at=clock.now(),
        )
    flash(_("检测报告已保存。"), "success")
    return to_batch(batch_code)


@blueprint.get("/<int:report_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def show(batch_code: str, report_id: int) -> Response:
    return file_of(get_own_report(own_cooperative_id(), batch_code, report_id))


@blueprint.post("/<int:report_id>/publication")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def publish(batch_code: str, report_id: int) -> Answer:
    with transaction():
        report = get_own_report(own_cooperative_id(), batch_code, report_id)
        services.show_report(report, by=current_user.id, at=clock.now())
    flash(_("扫码的人现在能看到报告全文。"), "success")
    return to_batch(batch_code)


@blueprint.post("/<int:report_id>/withdrawal")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def withdraw(batch_code: str, report_id: int) -> Answer:
    with transaction():
        report = get_own_report(own_cooperative_id(), batch_code, report_id)
        services.hide_report(report, by=current_user.id, at=clock.now())
    flash(_("扫码的人只看到有报告，看不到全文。"), "success")
    return to_batch(batch_code)

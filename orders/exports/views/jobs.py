"""Long files: asked for, waited for, fetched."""

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from orders.exports.errors import LedgerBusy, TooManyJobs
from orders.exports.gateways.folder import exports_folder
from orders.exports.handlers import make_files
from orders.exports.models import ExportJob, FileKind
from orders.exports.queries.register import get_job
from orders.exports.rules.wanted import AsOf, Wanted
from orders.exports.services.jobs import KEPT, ask_for
from orders.exports.views.exports import (
    CONTENT_TYPES,
    detail_asked,
    page_of,
)
from orders.statistics.forms import ExportForm
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.errors import NotFound
from shop.jobs import nudge
from shop.web.audience import Role, allow, shows

blueprint = Blueprint("export_jobs", __name__, url_prefix="/statistics/exports/jobs")


@blueprint.get("/detail.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def new(kind: str) -> str | tuple[str, int]:
    """Say how long the file will be, and ask whether it is to be made."""
    form = ExportForm(request.args, clock.day_of(clock.now()))
    asked = detail_asked(form, FileKind(kind))
    if asked is None:
        return page_of(form), 422
    wanted, rows = asked
    return render_template("orders/exports/long.html", form=form, wanted=wanted, rows=rows)


@blueprint.post("/detail.<any(xlsx, csv):kind>")
@allow(Role.OFFICIAL)
def create(kind: str) -> Answer | tuple[str, int]:
    form = ExportForm(request.form, clock.day_of(clock.now()))
    asked = detail_asked(form, FileKind(kind))
    if asked is None:
        return page_of(form), 422
    wanted, _ = asked
    return have_made(wanted)


@blueprint.get("/<int(max=2147483647):job_id>")
@allow(Role.OFFICIAL)
def show(job_id: int) -> str:
    job = get_job(scope_of(current_user), job_id)
    return render_template("orders/exports/job.html", job=job, kept_days=KEPT.days)


@blueprint.get("/<int(max=2147483647):job_id>/progress")
@allow(Role.OFFICIAL)
def progress(job_id: int) -> Response:
    """The bar alone, for the page that waits; the whole page once the file is there."""
    job = get_job(scope_of(current_user), job_id)
    response = make_response(render_template("orders/exports/_progress.html", job=job))
    if job.is_over:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.get("/<int(max=2147483647):job_id>/file")
@allow(Role.OFFICIAL)
@shows("buyers", "export_job", "job_id")
def fetch(job_id: int) -> Response:
    job = get_job(scope_of(current_user), job_id)
    if job.record is None or job.forgotten_at is not None:
        raise NotFound
    response = send_from_directory(
        exports_folder(current_app.config["SETTINGS"]),
        f"{job.record.file_sha256}.{job.kind}",
        as_attachment=True,
        download_name=_name_of(job),
    )
    response.content_type = CONTENT_TYPES[job.kind]
    response.cache_control.no_store = True
    return response


def have_made(wanted: Wanted, as_of: AsOf | None = None) -> Answer:
    """Have the worker make a file, and lead to the page that waits for it."""
    by = current_user.id
    try:
        with transaction():
            job = ask_for(wanted, by=by, at=clock.now(), as_of=as_of)
            nudge(make_files)
    except (TooManyJobs, LedgerBusy) as error:
        flash(str(error), "error")
        return redirect(url_for("exports.new"), 303)
    return redirect(url_for("export_jobs.show", job_id=job.id), 303)


def _name_of(job: ExportJob) -> str:
    months = f"{clock.month_of(job.since)}_{clock.month_of(job.until)}"
    return f"{job.table.label}_{months}.{job.kind}"

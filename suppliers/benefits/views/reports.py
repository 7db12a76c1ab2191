"""A quarter's report on the cooperative's desk: the draft, what supports it, what was handed in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from orders.benefits import services
from orders.benefits.errors import NoReason, NothingToCopy
from orders.benefits.queries import (
    find_report,
    get_own_version,
    list_evidence,
    list_filed,
    list_lines,
    list_pinned,
    list_versions,
    page_of_version,
    sums_by_tie,
    sums_of_draft,
)
from orders.benefits.rules import Quarter, Totals, is_over, open_quarters, read_quarter
from orders.benefits.views import label_of
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow
from shop.web.paging import Page, page_number
from suppliers.benefits.forms import EvidenceForm, SubmissionForm
from suppliers.benefits.views.households import masked

blueprint = Blueprint("benefits", __name__, url_prefix="/cooperative/benefits")
submissions = Blueprint("benefit_submissions", __name__, url_prefix="/cooperative/benefits")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.COOPERATIVE)
def index() -> str:
    """The quarters since the cooperative joined: it is asked for none before."""
    today, own = clock.day_of(clock.now()), current_user.cooperative
    joined_on = clock.day_of(own.admitted_at) if own.admitted_at else today
    quarters = [quarter for quarter in open_quarters(today) if joined_on <= quarter.until]
    return render_template(
        "suppliers/benefits/index.html",
        quarters=quarters,
        filed=list_filed(own.id, quarters),
        label_of=label_of,
        is_over=is_over,
        today=today,
    )


@blueprint.get("/<quarter>")
@allow(Role.COOPERATIVE)
def show(quarter: str) -> str:
    return page_of(asked(quarter))


@submissions.post("/<quarter>/copies")
@allow(Role.COOPERATIVE)
def copy(quarter: str) -> Response:
    """Last quarter's households in one tap."""
    cooperative_id, by, which = current_user.cooperative.id, current_user.id, asked(quarter)
    try:
        with transaction():
            count = services.copy_last(cooperative_id, which, by=by, at=clock.now())
    except NothingToCopy as refusal:
        flash(str(refusal), "error")
    else:
        flash(
            gettext("已复制 %(count)s 条，请逐条填写本季度的金额和月份。", count=count), "success"
        )
    return to_report(which)


@submissions.post("/<quarter>/versions")
@allow(Role.COOPERATIVE)
def create(quarter: str) -> Answer:
    cooperative_id, by, which = current_user.cooperative.id, current_user.id, asked(quarter)
    form = SubmissionForm()
    if not form.validate_on_submit():
        return page_of(which, submission=form), 422
    seen, reason = form.seen_number, form.reason.data
    try:
        with transaction():
            version = services.submit(
                cooperative_id, which, seen, reason, by=by, at=clock.now()
            ).number
    except NoReason as refusal:
        form.reason.errors = [str(refusal)]
        return page_of(which, submission=form), refusal.status
    except NotFound:
        raise
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return page_of(which, submission=form), refusal.status
    flash(gettext("已提交第 %(version)s 版。", version=version), "success")
    return to_report(which)


@submissions.get("/<quarter>/versions/<int(max=2147483647):version_id>")
@allow(Role.COOPERATIVE)
def show_version(quarter: str, version_id: int) -> str:
    which = asked(quarter)
    version = get_own_version(current_user.cooperative.id, which, version_id)
    return render_template(
        "suppliers/benefits/version.html",
        quarter=which,
        label=label_of(which),
        version=version,
        sums=sums_by_tie(version_id),
        page=page_of_version(version_id, page_number(request.args.get("page"))),
        evidence=list_pinned(version_id),
    )


def asked(code: str) -> Quarter:
    """Raises NotFound for what is no quarter that can be reported."""
    quarter = read_quarter(code)
    if quarter is None or quarter not in open_quarters(clock.day_of(clock.now())):
        raise NotFound
    return quarter


def page_of(
    quarter: Quarter,
    *,
    evidence: EvidenceForm | None = None,
    submission: SubmissionForm | None = None,
) -> str:
    """The page of a report; a form that came back says what is wrong with it."""
    report = find_report(current_user.cooperative.id, quarter)
    number = page_number(request.args.get("page"))
    totals, incomplete = Totals(0, 0, 0, 0, 0, 0), 0
    if report:
        totals, incomplete = sums_of_draft(report.id)
    today = clock.day_of(clock.now())
    draft_number = report.draft_number if report else 1
    submission = submission or SubmissionForm(formdata=None)
    # What is handed in is what stands on this page.
    submission.seen.data, submission.seen.raw_data = str(draft_number), None
    return render_template(
        "suppliers/benefits/show.html",
        quarter=quarter,
        label=label_of(quarter),
        report=report,
        totals=totals,
        incomplete=incomplete,
        lines=list_lines(report.id, number) if report else Page([], 1, 1, 0),
        files=list_evidence(report.id) if report else [],
        versions=list_versions(report.id) if report else [],
        draft_number=draft_number,
        evidence=evidence or EvidenceForm(formdata=None),
        submission=submission,
        over=is_over(quarter, today),
        today=today,
        masked=masked,
    )


def to_report(quarter: Quarter) -> Response:
    return redirect(url_for("benefits.show", quarter=quarter.code), 303)

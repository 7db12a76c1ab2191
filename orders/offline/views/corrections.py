"""Take a sale back (冲销), or enter another one in its stead. Nothing in the ledger is changed."""

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.offline.errors import MonthClosed
from orders.offline.forms import CorrectionForm, EvidenceForm, ReversalForm
from orders.offline.models import OfflineEvidence
from orders.offline.queries.duplicates import Likeness
from orders.offline.queries.places import list_districts
from orders.offline.queries.sales import Listed, get_sale, list_evidence
from orders.offline.services import sales as services
from orders.offline.views.sales import (
    LABELS,
    MOST_FILES,
    activities_for,
    keep_files,
    likenesses,
    must_look,
    offered,
    sale_page,
)
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.errors import Conflict, DomainError
from shop.web.audience import Role, allow, shows

blueprint = Blueprint(
    "offline_corrections",
    __name__,
    url_prefix="/statistics/offline/<int(max=2147483647):entry_id>",
)


@blueprint.get("/reversal/new")
@allow(Role.OFFICIAL)
@shows("buyer", "offline_sale", "entry_id")
def new_reversal(entry_id: int) -> str:
    return _reversal_page(get_sale(entry_id, scope_of(current_user)), ReversalForm())


@blueprint.post("/reversal")
@allow(Role.OFFICIAL)
def reverse(entry_id: int) -> Response | tuple[str, int]:
    scope, by, form = scope_of(current_user), current_user.id, ReversalForm()
    found = get_sale(entry_id, scope)
    if not form.validate_on_submit():
        return _reversal_page(found, form), 422
    try:
        with transaction():
            sale = get_sale(entry_id, scope).sale
            services.reverse(sale, form.reason.data, by=by, at=clock.now())
        flash(gettext("已冲销，台账里多了一笔负数。"), "success")
    except Conflict as error:
        flash(str(error), "error")
    return _to(entry_id)


@blueprint.get("/correction/new")
@allow(Role.OFFICIAL)
@shows("buyer", "offline_sale", "entry_id")
def new_correction(entry_id: int) -> str:
    found = get_sale(entry_id, scope_of(current_user))
    form = offered(CorrectionForm(), found.entry.cooperative_id)
    form.fill_from(found.entry, found.sale)
    return _correction_page(found, form, [])


@blueprint.post("/correction")
@allow(Role.OFFICIAL)
def correct(entry_id: int) -> Response | tuple[str, int]:
    """The files of the line that is taken back prove the one in its stead as well."""
    request.max_content_length = MOST_FILES * current_app.config["MAX_CONTENT_LENGTH"]
    scope, by = scope_of(current_user), current_user.id
    found = get_sale(entry_id, scope)
    cooperative_id = found.entry.cooperative_id
    form = offered(CorrectionForm(), cooperative_id)
    complete = form.validate()
    before = [link.evidence_id for link in list_evidence(found.sale)]
    files = keep_files(form, by, needed=not before)
    ids = [*before, *(each.id for each in files)]
    like = likenesses(form, cooperative_id, ids, without=(entry_id,)) if complete else []
    if not complete or form.files.errors or must_look(form, like):
        return _correction_page(get_sale(entry_id, scope), form, files, like), 422
    facts, beside = form.facts(cooperative_id), form.beside(ids)
    try:
        with transaction():
            sale = get_sale(entry_id, scope).sale
            reason = form.reason.data
            made = services.correct(sale, reason, facts, beside, by=by, at=clock.now()).entry_id
    except MonthClosed as error:
        form.late_reason.errors = [str(error)]
        return _correction_page(get_sale(entry_id, scope), form, files, like), error.status
    except IntegrityError:
        # The key of another form.
        raise Conflict from None
    except DomainError as error:
        flash(str(error), "error")
        return _to(entry_id)
    flash(gettext("已更正：原来那笔冲销，新的一笔指向它。"), "success")
    return _to(made)


@blueprint.post("/evidence")
@allow(Role.OFFICIAL)
def add_evidence(entry_id: int) -> Response | tuple[str, int]:
    """Bring what proves a sale later (补佐证)."""
    request.max_content_length = MOST_FILES * current_app.config["MAX_CONTENT_LENGTH"]
    scope, by, form = scope_of(current_user), current_user.id, EvidenceForm()
    get_sale(entry_id, scope)
    complete = form.validate_on_submit()
    files = [each.id for each in keep_files(form, by)]
    if not complete or form.files.errors:
        return sale_page(scope, entry_id, form), 422
    with transaction():
        sale = get_sale(entry_id, scope).sale
        services.link_evidence(sale, files, by=by, at=clock.now())
    flash(gettext("佐证材料已保存。"), "success")
    return _to(entry_id)


def _reversal_page(found: Listed, form: ReversalForm) -> str:
    return render_template(
        "orders/offline/reversal.html",
        entry=found.entry,
        is_reversed=found.is_reversed,
        form=form,
        **LABELS,
    )


def _correction_page(
    found: Listed,
    form: CorrectionForm,
    files: list[OfflineEvidence],
    like: list[Likeness] | None = None,
) -> str:
    return render_template(
        "orders/offline/correction.html",
        entry=found.entry,
        is_reversed=found.is_reversed,
        form=form,
        districts=list_districts(),
        activities=activities_for(found.entry.town_code),
        files=files,
        like=like or [],
        most_files=MOST_FILES,
    )


def _to(entry_id: int) -> Response:
    return redirect(url_for("offline_sales.show", entry_id=entry_id), 303)

"""Sales that were not made online: the list, a page for each, and entering one on a phone."""

from collections.abc import Sequence

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog.batches.errors import NotAReport
from catalog.products.errors import NotAPicture
from orders.fairs.models import Activity
from orders.fairs.queries.naming import list_begun
from orders.offline.errors import MonthClosed
from orders.offline.forms import EvidenceForm, ListForm, SaleForm
from orders.offline.gateways.evidence import evidence_folder
from orders.offline.models import EvidenceKind, OfflineEvidence
from orders.offline.queries.duplicates import (
    Likeness,
    Sought,
    find_by_evidence,
    find_likenesses,
)
from orders.offline.queries.places import (
    get_cooperative_in,
    list_categories,
    list_cooperatives,
    list_districts,
    list_variants,
)
from orders.offline.queries.sales import (
    Asked,
    Show,
    find_by_key,
    get_sale,
    list_evidence,
    list_lineage,
    list_loose,
    list_sales,
    name_of,
)
from orders.offline.services import sales as services
from orders.records.errors import NotEvidence
from orders.records.gateways import store_evidence
from orders.records.rules import BUYER_TYPES
from orders.sales.models import Channel
from orders.sales.rules import CHANNELS, KINDS, MODES
from orders.sales.services import SaleFacts
from shop import clock
from shop.accounts.people.rules import Scope, scope_of
from shop.db import transaction
from shop.errors import Conflict
from shop.organisations.models import Organisation
from shop.web.audience import Role, allow, shows
from shop.web.fields import clean_line
from shop.web.paging import page_number

blueprint = Blueprint("offline_sales", __name__, url_prefix="/statistics/offline")

MOST_FILES = 6
LONGEST_NAME = 120
LABELS = {"channels": CHANNELS, "modes": MODES, "buyer_types": BUYER_TYPES, "kinds": KINDS}


@blueprint.get("")
@allow(Role.OFFICIAL)
@shows("buyers", "offline_sale")
def index() -> str:
    scope, today = scope_of(current_user), clock.day_of(clock.now())
    form = ListForm(request.args)
    year = request.args.get("year", "")
    years = range(today.year, 2020, -1)
    chosen = int(year) if year in {str(each) for each in years} else today.year
    fits = form.validate()
    asked = Asked(
        scope=scope,
        from_month=f"{chosen}-01",
        to_month=f"{chosen}-12",
        channel=Channel(form.channel.data) if fits and form.channel.data else None,
        show=Show(form.show.data) if fits else Show.ALL,
    )
    page, sums = list_sales(asked, page_number(request.args.get("page")))
    return render_template(
        "orders/offline/index.html",
        form=form,
        page=page,
        sums=sums,
        year=chosen,
        years=years,
        **LABELS,
    )


@blueprint.get("/new")
@allow(Role.OFFICIAL)
def choose() -> str | Response:
    """Whose goods were sold; where there is only one cooperative nobody is asked."""
    cooperatives = list_cooperatives(scope_of(current_user))
    if len(cooperatives) == 1:
        return redirect(url_for("offline_sales.new", cooperative_id=cooperatives[0].id))
    return render_template("orders/offline/choose.html", cooperatives=cooperatives)


@blueprint.get("/cooperatives/<int(max=2147483647):cooperative_id>/new")
@allow(Role.OFFICIAL)
@shows("buyer", "offline_sale", asked_as="like")
def new(cooperative_id: int) -> str:
    scope = scope_of(current_user)
    cooperative = get_cooperative_in(scope, cooperative_id)
    form = offered(SaleForm(), cooperative.id)
    like = request.args.get("like", "")
    if like.isascii() and like.isdigit() and len(like) < 10:
        form.fill_from(get_sale(int(like), scope).entry, None)
    return page_of(form, cooperative, [])


@blueprint.post("/cooperatives/<int(max=2147483647):cooperative_id>")
@allow(Role.OFFICIAL)
def create(cooperative_id: int) -> Response | tuple[str, int]:
    # As many files as phones take them; each is checked by itself.
    request.max_content_length = MOST_FILES * current_app.config["MAX_CONTENT_LENGTH"]
    scope, by = scope_of(current_user), current_user.id
    cooperative_id = get_cooperative_in(scope, cooperative_id).id
    form = offered(SaleForm(), cooperative_id)
    complete = form.validate()
    made = find_by_key(form.key.data, by) if complete else None
    if made is not None:
        return _to(made.entry_id)
    files = keep_files(form, by)
    evidence_ids = [each.id for each in files]
    like = likenesses(form, cooperative_id, evidence_ids) if complete else []
    if not complete or form.files.errors or must_look(form, like):
        return page_of(form, get_cooperative_in(scope, cooperative_id), files, like), 422
    facts, beside = form.facts(cooperative_id), form.beside(evidence_ids)
    try:
        with transaction():
            entry_id = services.enter(facts, beside, by=by, at=clock.now()).entry_id
    except MonthClosed as error:
        form.late_reason.errors = [str(error)]
        return page_of(form, get_cooperative_in(scope, cooperative_id), files, like), error.status
    except IntegrityError:
        # The same form, sent twice at this very moment.
        made = find_by_key(form.key.data, by)
        if made is None:
            raise Conflict from None
        entry_id = made.entry_id
    flash(gettext("已记入台账。"), "success")
    return _to(entry_id)


@blueprint.get("/<int(max=2147483647):entry_id>")
@allow(Role.OFFICIAL)
@shows("buyer, evidence", "offline_sale", "entry_id")
def show(entry_id: int) -> str:
    return sale_page(scope_of(current_user), entry_id, EvidenceForm(formdata=None))


def sale_page(scope: Scope, entry_id: int, form: EvidenceForm) -> str:
    found = get_sale(entry_id, scope)
    return render_template(
        "orders/offline/show.html",
        entry=found.entry,
        sale=found.sale,
        is_reversed=found.is_reversed,
        links=list_evidence(found.sale),
        lineage=list_lineage(found.entry),
        recorded_by=name_of(found.entry.recorded_by_id),
        form=form,
        most_files=MOST_FILES,
        **LABELS,
    )


def offered(form: SaleForm, cooperative_id: int) -> SaleForm:
    """The form with the cooperative's products and the categories to choose from."""
    form.offer(list_variants(cooperative_id), list_categories(), clock.day_of(clock.now()))
    return form


def likenesses(
    form: SaleForm, cooperative_id: int, evidence_ids: list[int], *, without: tuple[int, ...] = ()
) -> list[Likeness]:
    """Other sales that may be the one that a valid form tells of."""
    facts = form.facts(cooperative_id)
    found = find_likenesses([sought_of(facts)], without=without)[0]
    return [*found, *find_by_evidence(evidence_ids, without=without)]


def sought_of(facts: SaleFacts) -> Sought:
    return Sought(
        facts.cooperative_id,
        facts.product_name,
        facts.sold_on,
        facts.amount_fen,
        facts.buyer_unit,
    )


def must_look(form: SaleForm, like: list[Likeness]) -> bool:
    """Whether what may be the same sale has still to be looked at and explained."""
    seen = set(str(form.seen.data or "").split(","))
    is_seen = all(each.key in seen for each in like)
    form.seen.data = ",".join(each.key for each in like)[:2000]
    if not like or (is_seen and len(form.duplicate_note.data or "") >= 2):
        return False
    form.duplicate_note.errors = [gettext("可能已经记过。请核对，不是同一笔的话写明原因再提交。")]
    return True


def keep_files(form: EvidenceForm, by: int, *, needed: bool = True) -> list[OfflineEvidence]:
    """Keep what was sent, so that nobody has to choose it again; say beside the field what is no
    evidence, too much, or missing."""
    kept = list(list_loose(by, form.kept_ids))[:MOST_FILES]
    uploads = [upload for upload in form.files.data or [] if upload]
    errors: list[str] = []
    if len(kept) + len(uploads) > MOST_FILES:
        errors.append(gettext("最多 %(most)s 份佐证材料。", most=MOST_FILES))
        uploads = []
    folder = evidence_folder(current_app.config["SETTINGS"])
    kinds = {kind.value for kind in EvidenceKind}
    kind = EvidenceKind(form.evidence_kind.data) if form.evidence_kind.data in kinds else None
    for upload in uploads:
        name = clean_line(upload.filename or "")[-LONGEST_NAME:]
        try:
            stored = store_evidence(upload.stream, folder)
        except (NotEvidence, NotAPicture, NotAReport) as error:
            errors.append(gettext("%(name)s：%(words)s", name=name, words=error))
            continue
        with transaction():
            said = kind or EvidenceKind.PHOTO
            kept.append(services.keep_evidence(stored, said, name, by=by, at=clock.now()))
    if needed and not kept and not errors:
        errors.append(gettext("请至少上传一份佐证材料：合同、发票、转账凭证或现场照片。"))
    form.kept_files.data = ",".join(str(each.id) for each in kept)
    form.files.errors = [*form.files.errors, *errors]
    return kept


def activities_for(town_code: str | None) -> Sequence[Activity]:
    """What the form offers as the name of an activity."""
    return list_begun(town_code or "", clock.day_of(clock.now()))


def page_of(
    form: SaleForm,
    cooperative: Organisation,
    files: list[OfflineEvidence],
    like: list[Likeness] | None = None,
) -> str:
    return render_template(
        "orders/offline/new.html",
        form=form,
        cooperative=cooperative,
        districts=list_districts(),
        activities=activities_for(cooperative.town_code),
        files=files,
        like=like or [],
        most_files=MOST_FILES,
    )


def _to(entry_id: int) -> Response:
    return redirect(url_for("offline_sales.show", entry_id=entry_id), 303)

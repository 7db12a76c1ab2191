"""The agreement and the privacy text: to read, to keep, and to publish anew."""

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from shop import clock
from shop.accounts.policies.errors import AnnouncedTooLate, OutOfOrder
from shop.accounts.policies.forms import PolicyForm
from shop.accounts.policies.models import PolicyKind, PolicyText
from shop.accounts.policies.queries import find_in_force, find_latest, get_version, list_versions
from shop.accounts.policies.rules import earliest_effect
from shop.accounts.policies.services import publish
from shop.db import transaction
from shop.web.audience import Role, allow, public

blueprint = Blueprint("policies", __name__)


@blueprint.get("/policies/<kind>")
@public
def show(kind: str) -> str:
    which, today = _kind(kind), clock.day_of(clock.now())
    text = _chosen(which) or find_in_force(which, today)
    return render_template(
        "shop/accounts/policies/show.html",
        kind=which,
        text=text,
        in_force=find_in_force(which, today),
        announced=[each for each in list_versions(which) if each.effective_on > today],
    )


@blueprint.get("/policies/<kind>/text")
@public
def download(kind: str) -> Response:
    which = _kind(kind)
    text = _chosen(which) or find_in_force(which, clock.day_of(clock.now()))
    if text is None:
        abort(404)
    answer = make_response(f"{text.kind.label}\n\n{text.body}\n")
    answer.mimetype = "text/plain"
    name = f"{which}-{text.version}.txt"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@blueprint.get("/admin/policies")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    today = clock.day_of(clock.now())
    return render_template(
        "shop/accounts/policies/index.html",
        kinds=[(kind, find_in_force(kind, today), list_versions(kind)) for kind in PolicyKind],
        today=today,
    )


@blueprint.get("/admin/policies/<kind>/new")
@allow(Role.ADMINISTRATOR)
def new(kind: str) -> str:
    which = _kind(kind)
    latest = find_latest(which)
    body = latest.body if latest else ""
    return _page(which, PolicyForm(data={"body": body, "effective_on": _earliest(latest)}))


@blueprint.post("/admin/policies/<kind>")
@allow(Role.ADMINISTRATOR)
def create(kind: str) -> BaseResponse | tuple[str, int]:
    which, form = _kind(kind), PolicyForm()
    if not form.validate_on_submit():
        return _page(which, form), 422
    try:
        with transaction():
            publish(
                which,
                form.body.data,
                form.effective_on.data,
                by=current_user.id,
                at=clock.now(),
            )
    except (AnnouncedTooLate, OutOfOrder) as refusal:
        form.effective_on.errors = [str(refusal)]
        return _page(which, form), 422
    flash(gettext("新版本已公示。"), "success")
    return redirect(url_for("policies.index"), 303)


def _kind(text: str) -> PolicyKind:
    if text not in set(PolicyKind):
        abort(404)
    return PolicyKind(text)


def _chosen(kind: PolicyKind) -> PolicyText | None:
    """The version that the address names."""
    version = request.args.get("version", "")
    if not version:
        return None
    if not (version.isascii() and version.isdigit() and len(version) < 7):
        abort(404)
    return get_version(kind, int(version))


def _earliest(latest: PolicyText | None) -> object:
    earliest = earliest_effect(clock.day_of(clock.now()), latest is None)
    return max(earliest, latest.effective_on) if latest else earliest


def _page(kind: PolicyKind, form: PolicyForm) -> str:
    latest = find_latest(kind)
    return render_template(
        "shop/accounts/policies/new.html", kind=kind, form=form, earliest=_earliest(latest)
    )

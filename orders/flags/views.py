"""Officials see what looks odd in their scope, with its lines, and say what they found out."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.flags.errors import AlreadyCleared
from orders.flags.forms import ClearanceForm
from orders.flags.models import FlagKind
from orders.flags.queries import get_flag, list_flags, list_lines
from orders.flags.rules.words import explained
from orders.flags.services import clear_flag
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import scope_of
from shop.db import transaction
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("flags", __name__, url_prefix="/statistics/flags")

# What the address calls the flags that are listed.
STATES = {"open": False, "cleared": True, "all": None}


@blueprint.get("")
@allow(Role.OFFICIAL)
def index() -> str:
    asked = request.args.get("kind", "")
    kind = FlagKind(asked) if asked in set(FlagKind) else None
    state = request.args.get("show", "")
    state = state if state in STATES else "open"
    return render_template(
        "orders/flags/index.html",
        page=list_flags(
            scope_of(current_user),
            page_number(request.args.get("page")),
            kind=kind,
            cleared=STATES[state],
        ),
        kinds=list(FlagKind),
        kind=kind,
        state=state,
        explained=explained,
    )


@blueprint.get("/<int(max=2147483647):flag_id>")
@allow(Role.OFFICIAL)
@shows("ties", "flag", "flag_id")
def show(flag_id: int) -> str:
    return _page(flag_id, ClearanceForm(formdata=None))


@blueprint.post("/<int(max=2147483647):flag_id>/clearance")
@allow(Role.OFFICIAL)
def clear(flag_id: int) -> Response | tuple[str, int]:
    form = ClearanceForm()
    get_flag(scope_of(current_user), flag_id)
    if not form.validate_on_submit():
        return _page(flag_id, form), 422
    try:
        with transaction():
            clear_flag(flag_id, form.note.data, by=current_user, at=clock.now())
    except AlreadyCleared as refusal:
        flash(str(refusal), "error")
        return _page(flag_id, form), refusal.status
    flash(gettext("已核销，说明留在记录里。"), "success")
    return redirect(url_for("flags.show", flag_id=flag_id), 303)


def _page(flag_id: int, form: ClearanceForm) -> str:
    scope = scope_of(current_user)
    found = get_flag(scope, flag_id)
    return render_template(
        "orders/flags/show.html",
        found=found,
        words=explained(found.flag),
        lines=list_lines(found.flag, page_number(request.args.get("page"))),
        form=form,
        may_clear=scope.level is not ScopeLevel.TOWN,
    )

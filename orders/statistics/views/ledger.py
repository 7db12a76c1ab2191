"""The lines that every number is the sum of."""

from flask import Blueprint, render_template, request
from flask_login import current_user

from orders.closing.queries.standings import marks_of
from orders.sales.queries import get_entry, list_related
from orders.statistics.forms import LedgerForm
from orders.statistics.queries.ledger import list_lines
from orders.statistics.queries.sources import source_of
from orders.statistics.rules.figures import tonnes
from orders.statistics.rules.labels import BUYER_TYPES, CHANNELS, KINDS, MODES
from orders.statistics.views.asked import asked_of, days_of, offer_choices
from shop import clock
from shop.accounts.people.rules import scope_of
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("ledger", __name__)

LABELS = {
    "buyer_types": BUYER_TYPES,
    "channels": CHANNELS,
    "kinds": KINDS,
    "modes": MODES,
}


@blueprint.get("/statistics/ledger")
@allow(Role.OFFICIAL)
@shows("buyers", "sales_ledger")
def index() -> str | tuple[str, int]:
    scope = scope_of(current_user)
    now = clock.now()
    today = clock.day_of(now)
    form = LedgerForm(request.args, today)
    valid = form.validate()
    asked = asked_of(form, scope, form.period) if valid else None
    offer_choices(form, scope, today)
    if asked is None:
        page = render_template("orders/statistics/ledger/index.html", form=form, entries=None)
        return page, 422
    entries, totals = list_lines(asked.part, page_number(request.args.get("page")))
    return render_template(
        "orders/statistics/ledger/index.html",
        form=form,
        asked=asked,
        days=days_of(asked.period),
        entries=entries,
        totals=totals,
        marks=marks_of(asked.place, asked.period.from_month, asked.period.to_month, now),
        tonnes=tonnes,
        **LABELS,
    )


@blueprint.get("/statistics/ledger/<int(max=2147483647):entry_id>")
@allow(Role.OFFICIAL)
@shows("buyer, evidence", "sales_ledger", "entry_id")
def show(entry_id: int) -> str:
    scope = scope_of(current_user)
    found = get_entry(entry_id, scope)
    return render_template(
        "orders/statistics/ledger/show.html",
        entry=found.entry,
        line=found.line,
        part=found.part,
        order=found.order,
        source=source_of(found.entry, scope),
        related=list_related(found.entry),
        **LABELS,
    )

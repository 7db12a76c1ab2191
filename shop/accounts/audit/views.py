"""Who did what when."""

from flask import Blueprint, render_template, request

from shop.accounts.audit.queries import entries, list_acts, list_subjects
from shop.accounts.audit.rules import act_name, detail_name, seen_name, subject_name
from shop.web.audience import Role, allow
from shop.web.fields import clean_line
from shop.web.paging import page_number, paginate

blueprint = Blueprint("audit", __name__)

PER_PAGE = 50
_FILTERS = ("act", "subject", "subject_id", "person")


@blueprint.get("/admin/audit")
@allow(Role.ADMINISTRATOR)
def index() -> str:
    chosen = {name: clean_line(request.args.get(name, ""))[:60] for name in _FILTERS}
    return render_template(
        "shop/accounts/audit/index.html",
        page=paginate(entries(**chosen), page_number(request.args.get("page")), PER_PAGE),
        acts=list_acts(),
        subjects=list_subjects(),
        chosen=chosen,
        act_name=act_name,
        subject_name=subject_name,
        seen_name=seen_name,
        detail_name=detail_name,
    )

"""Ship by scanning: the slip's code, then the tracking number, and on to the next parcel."""

import secrets

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.deliveries.queries import was_sent
from orders.pickups.queries import find_pickups
from orders.records.models import SubOrder
from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.masking import mask_name
from shop.web.audience import Role, allow, shows
from suppliers.fulfilment.queries import get_own_part, suggest_batches
from suppliers.shipping.forms import CodeForm, ParcelForm
from suppliers.shipping.queries import (
    find_code,
    find_facts,
    find_last_carrier,
    find_standing,
    list_sent_by,
)
from suppliers.shipping.rules.judging import Row, RowState, Verdict, judge
from suppliers.shipping.rules.reading import Reading, code_of, read_row
from suppliers.shipping.services import ship

blueprint = Blueprint("scanned_parcels", __name__, url_prefix="/cooperative/scanning")

# Stands for the number that is still to be scanned.
_ANY = Reading(carrier="-", number="-")


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
@shows("names", "sub_order")
def show() -> str | tuple[str, int]:
    """Step one; with a slip's code, step two."""
    if "code" not in request.args:
        return _first(CodeForm(formdata=None))
    form = CodeForm(request.args)
    if not form.validate():
        return _first(form), 422
    code = code_of(form.code.data)
    part = find_code(current_user.cooperative.id, code)
    if part is None:
        return _not_found(form, code)
    verdict = _judge(Reading(part.number, _ANY.carrier, _ANY.number))
    if verdict.wanted is None:
        # Nobody need scan its number; the next slip can be scanned at once.
        return _first(CodeForm(formdata=None), part, verdict), 409
    parcel = ParcelForm(formdata=None)
    parcel.offer(find_last_carrier(current_user.id))
    return _second(part, parcel)


@blueprint.post("/<sub_number>")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def create(sub_number: str) -> Response | tuple[str, int]:
    """Ship all that waits of a part and may leave today, under the number that was scanned."""
    own, by = current_user.cooperative.id, current_user.id
    part = get_own_part(own, sub_number)
    form = ParcelForm()
    form.offer(find_last_carrier(by))
    if form.has_key and was_sent(part.id, form.key.data):
        return _next()  # The same page once more: it has done what it should.
    if not form.validate_on_submit():
        return _second(part, form), 422
    cells = {"part": part.number, "carrier": form.carrier.data, "number": form.number.data}
    verdict = _judge(read_row(cells))
    if verdict.state is RowState.ALREADY:
        flash(gettext("%(number)s 早已用这个单号发过，没有再发。", number=sub_number), "info")
        return _next()
    if verdict.wanted is None:
        return _refused(part, form, verdict)
    try:
        with transaction():
            ship(own, verdict.wanted, key=form.key.data, by=by, at=clock.now())
    except DomainError as error:
        form.form_errors.append(str(error))
        return _second(get_own_part(own, sub_number), form), error.status
    flash(_shipped(sub_number, verdict), "success")
    return _next()


def _judge(reading: Reading) -> Verdict:
    """What would become of this one parcel now."""
    now = clock.now()
    facts = find_facts(current_user.cooperative.id, [reading], at=now)
    return judge([Row(1, reading)], facts, clock.day_of(now))[0]


def _next() -> Response:
    return redirect(url_for("scanned_parcels.show"), 303)


def _shipped(sub_number: str, verdict: Verdict) -> str:
    reading = verdict.row.reading
    words = gettext(
        "已发：%(part)s，%(carrier)s %(number)s。",
        part=sub_number,
        carrier=reading.carrier,
        number=reading.number,
    )
    return " ".join([words, *(warning.words for warning in verdict.warnings)])


def _not_found(form: CodeForm, code: str) -> tuple[str, int]:
    """Nobody's slip, or somebody else's; often the number that was scanned just before."""
    standing = find_standing(current_user.cooperative.id, code, at=clock.now())
    if standing:
        part = standing[-1].part
        words = gettext(
            "%(number)s 是 %(part)s 的快递单号，已经发了。请扫下一张装箱单。",
            number=code,
            part=part,
        )
    else:
        words = gettext(
            "没有这张单：%(code)s。请扫装箱单右上角的码，或输入它的后 7 位。", code=code[:40]
        )
    form.code.errors = [words]
    return _first(form), 404


def _refused(part: SubOrder, form: ParcelForm, verdict: Verdict) -> tuple[str, int]:
    """Each error beside its field; what speaks against the part itself is no matter of fields."""
    fields = {"number": form.number, "carrier": form.carrier}
    if not {fault.column for fault in verdict.faults} <= fields.keys():
        return _first(CodeForm(formdata=None), part, verdict), 409
    for fault in verdict.faults:
        fields[fault.column].errors = [fault.words]
    return _second(part, form), 422


def _first(form: CodeForm, refused: SubOrder | None = None, verdict: Verdict | None = None) -> str:
    """Ask for the next slip; ``verdict`` says why the one before can't be shipped."""
    own, now = current_user.cooperative.id, clock.now()
    sent, count = list_sent_by(current_user.id, own, since=clock.start_of(clock.day_of(now)))
    return render_template(
        "suppliers/shipping/scan.html",
        form=form,
        sent=sent,
        count=count,
        refused=refused,
        faults=verdict.faults if verdict else [],
    )


def _second(part: SubOrder, form: ParcelForm) -> str:
    """The parcel before one's eyes, and the field for its number."""
    form.show(secrets.token_urlsafe(24))
    own, today = current_user.cooperative.id, clock.day_of(clock.now())
    waiting = [line for line in part.lines if line.waiting_quantity]
    suggested = suggest_batches(own, {line.product_id for line in waiting}, today=today)
    return render_template(
        "suppliers/shipping/parcel.html",
        part=part,
        order=part.order,
        lines=[line for line in waiting if line.ships_on is None or line.ships_on <= today],
        later=[line for line in waiting if line.ships_on and line.ships_on > today],
        batches={line.line_id: found for line, found in suggested},
        pickup=find_pickups([part.id]).get(part.id),
        mask_name=mask_name,
        form=form,
    )

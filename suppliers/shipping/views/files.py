"""Workbooks to take home: what waits to be shipped, and rows that could not be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from flask import Blueprint, Response, request
from flask_babel import gettext
from flask_login import current_user

from orders.pickups.models import Pickup
from orders.pickups.queries import find_pickups
from orders.records.models import SubOrder
from shop import clock
from shop.masking import mask_name
from shop.sheets.gateways.writing import MIME_TYPE
from shop.web.audience import Role, allow, shows
from shop.web.downloads import send_written
from suppliers.fulfilment.queries import Suggestion, list_runs, list_to_send, suggest_batches
from suppliers.fulfilment.rules import Run, run_of
from suppliers.shipping.gateways import write_rejected, write_to_send
from suppliers.shipping.handlers import MOST_ROWS
from suppliers.shipping.queries import JudgedRow, get_own_sheet, judge_sheet
from suppliers.shipping.rules.columns import Column
from suppliers.shipping.rules.judging import RowState

blueprint = Blueprint("tracking_files", __name__, url_prefix="/cooperative/shipping")


@blueprint.get("/to-send.xlsx")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
@shows("names, phones, addresses", "sub_order")
def to_send() -> Response:
    """What waits, or one run of it, with room for carrier and tracking number."""
    run = run_of(request.args.get("day"), request.args.get("point"))
    own, now = current_user.cooperative.id, clock.now()
    parts = list_to_send(own, run, MOST_ROWS)
    products = {line.product_id for part in parts for line in part.lines if line.waiting_quantity}
    suggested = suggest_batches(own, products, today=clock.day_of(now)) if products else []
    batches = {line.line_id: found for line, found in suggested}
    pickups = find_pickups([part.id for part in parts])
    closes = {each.run: each.closes_at for each in list_runs(own)}

    rows = (_cells(part, pickups.get(part.id), closes, batches) for part in parts)
    name = f"{current_user.cooperative.name}_待发货_{clock.local(now):%Y-%m-%d_%H%M}.xlsx"
    return send_written(partial(write_to_send, rows), name, MIME_TYPE)


@blueprint.get("/<int:sheet_id>/rejected.xlsx")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def rejected(sheet_id: int) -> Response:
    """What is to be mended and uploaded again: each row as it was, and why it was left out."""
    found = get_own_sheet(current_user.cooperative.id, sheet_id)
    judged = judge_sheet(found, at=clock.now())
    wrong = [each for each in judged if each.verdict.state is RowState.WRONG]
    rows = ((each.row.cells, reasons_of(each)) for each in wrong)
    name = gettext("没有发的行_%(file)s", file=found.file_name.rpartition(".")[0])
    write = partial(write_rejected, rows, list(Column))
    return send_written(write, f"{name}.xlsx", MIME_TYPE)


def reasons_of(judged: JudgedRow) -> str:
    """What is wrong with a row, on one line."""
    return " ".join(
        gettext("%(column)s：%(words)s", column=Column(fault.column).label, words=fault.words)
        for fault in judged.verdict.faults
    )


def _cells(
    part: SubOrder,
    pickup: Pickup | None,
    closes: Mapping[Run, datetime],
    batches: Mapping[int, Sequence[Suggestion]],
) -> list[str]:
    """A row below the heads of TO_SEND; the last three are for whoever ships it. The buyer is
    hidden as on the slip in the box."""
    order = part.order
    tail = f"{mask_name(order.recipient)} 尾号{order.phone[-4:]}"
    place = f"自提点 {pickup.point.name}" if pickup else f"{order.county_name}{order.town_name}"
    closes_at = closes.get(Run(part.promised_on, pickup.point_id if pickup else 0))
    lines = [line for line in part.lines if line.waiting_quantity]
    later = {line.id: f"（预售，{line.ships_on}起发）" for line in lines if line.ships_on}
    suggested = [each for line in lines for each in batches.get(line.id, ())]
    units: Counter[str] = Counter()
    for each in suggested:
        units[each.batch.code] += each.units
    return [
        part.number,
        f"{clock.local(closes_at):%Y-%m-%d %H:%M}" if closes_at else "",
        part.promised_on.isoformat(),
        f"{tail} {place}",
        "、".join(
            f"{line.product_name} {line.spec} × {line.waiting_quantity} {line.unit}"
            f"{later.get(line.id, '')}"
            for line in lines
        ),
        "、".join(str(line.waiting_quantity) for line in lines),
        "、".join(f"{code} × {count}" for code, count in units.items()),
        "",
        "",
        "",
    ]

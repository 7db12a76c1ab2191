"""Say that goods are missing: whose units are called off, what goes back, what the store loses."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from catalog.products.models import Variant
from catalog.stock.services import cut_presale, write_off_missing
from orders.records.models import SubOrder
from orders.refunds.models import Cancellation, Side
from orders.refunds.services.cancellations import cancel_units, lock_orders
from orders.shortages.errors import PlanChanged
from orders.shortages.events import ShortageReported
from orders.shortages.models import Cause, Shortage, ShortageLine
from orders.shortages.queries import Goods, find_reported, get_plan
from orders.shortages.rules import Plan, not_ahead, not_in_store, parts_of
from shop.accounts.audit.services import record
from shop.db import db, insert_once
from shop.events import announce


@dataclass(frozen=True, slots=True)
class Report:
    """What a cooperative says is missing, and why; ``reason`` is what is written down of it."""

    goods: Goods
    units: int
    cause: Cause
    note: str
    reason: str


def report_shortage(
    report: Report, *, key: str, seen: str, by: int | None, at: datetime
) -> Shortage:
    """Call what is missing off, grant its money back, and take it off the store, all in one.

    ``key`` is the form's one-time key: the same form again is the same report. ``seen`` is the
    fingerprint of the plan that was shown: other people are never concerned than those. Raises
    PlanChanged, MoreThanWaits or TooManyOrders, and then nothing is done.

    Locks go as everywhere from orders to parts, the variant and payments; of several orders all
    are locked first, by ascending id.
    """
    if (known := _find_own(report, key)) is not None:
        return known
    plan = _plan(report, seen)
    lock_orders({loss.order_id for loss in plan.losses})
    # Whoever had the locks before has perhaps sent the same form, or changed what waits.
    if (known := _find_own(report, key)) is not None:
        return known
    plan = _plan(report, seen)
    shortage = _write_down(report, key, by, at)
    db.session.add_all(_call_off(shortage, report, plan, by, at))
    variant_id = report.goods.variant_id
    if shortage.written_off:
        write_off_missing(variant_id, shortage.written_off, by=by, at=at, reason=report.reason)
    if shortage.no_longer_ahead:
        cut_presale(variant_id, shortage.no_longer_ahead, by=by, at=at)
    db.session.flush()
    record(
        "report_shortage",
        "variant",
        variant_id,
        by=by,
        at=at,
        units=report.units,
        orders=len(plan.losses),
        refund_fen=plan.refund_fen,
        reason=report.reason,
    )
    announce(ShortageReported(shortage.id, at))
    return shortage


def _find_own(report: Report, key: str) -> Shortage | None:
    """What this form reported before. Raises PlanChanged for the key of another one's."""
    known = find_reported(key)
    if known is None:
        return None
    goods = report.goods
    if (known.cooperative_id, known.variant_id) != (goods.cooperative_id, goods.variant_id):
        raise PlanChanged
    return known


def _plan(report: Report, seen: str) -> Plan:
    plan = get_plan(report.goods, report.units)
    if plan.fingerprint != seen:
        raise PlanChanged
    return plan


def _write_down(report: Report, key: str, by: int | None, at: datetime) -> Shortage:
    """Lock the variant, and reckon with what it counts now."""
    goods = report.goods
    variant = db.session.get_one(
        Variant, goods.variant_id, with_for_update=True, populate_existing=True
    )
    free = variant.unheld - variant.promised
    is_presold = goods.ships_on is not None
    left = variant.presale_left if is_presold and variant.presale_cap is not None else None
    same = variant.presale_ships_on == goods.ships_on
    shortage_id = insert_once(
        Shortage,
        "key",
        key=key,
        cooperative_id=goods.cooperative_id,
        variant_id=goods.variant_id,
        ships_on=goods.ships_on,
        units=report.units,
        written_off=not_in_store(free, report.units, presold=is_presold),
        no_longer_ahead=not_ahead(left, report.units, is_this_harvest=same),
        cause=report.cause,
        note=report.note,
        by_id=by,
        at=at,
    )
    if shortage_id is None:
        raise PlanChanged
    return db.session.get_one(Shortage, shortage_id)


def _call_off(
    shortage: Shortage, report: Report, plan: Plan, by: int | None, at: datetime
) -> list[ShortageLine]:
    lines = []
    for part_id, units in parts_of(plan.losses).items():
        refund = cancel_units(
            db.session.get_one(SubOrder, part_id),
            units,
            side=Side.COOPERATIVE,
            reason=report.reason,
            by=by,
            at=at,
            is_told=True,
        )
        made = select(Cancellation.id).where(Cancellation.refund_id == refund.id)
        cancellation_id = db.session.scalars(made).one()
        lines += [
            ShortageLine(
                shortage_id=shortage.id,
                order_line_id=line_id,
                cancellation_id=cancellation_id,
                units=count,
            )
            for line_id, count in units.items()
        ]
    return lines

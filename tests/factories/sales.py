"""Lines of the sales ledger, written directly: statistics need more of them than orders make.

Call them inside an act. A line that is not online needs no order behind it.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import func, select

from orders.records.models import BuyerType
from orders.rollups.services import roll_up
from orders.sales.models import Channel, EntryKind, Mode, SalesEntry
from orders.sales.rules import MILLI
from shop.clock import month_of
from shop.db import db
from shop.organisations.models import Organisation
from shop.places.models import Town


def make_entry(
    cooperative: Organisation,
    counted_on: date,
    amount_fen: int = 10_000,
    *,
    channel: Channel = Channel.FAIR,
    mode: Mode = Mode.DIRECT,
    buyer_type: BuyerType = BuyerType.RESIDENT,
    category: tuple[int, str] = (1, "水果"),
    quantity: int = 1,
    net_weight_g: int = 2500,
    **changes: Any,
) -> SalesEntry:
    """A sale of so many fen that counts on a day, from the cooperative's town of today."""
    town = db.session.get_one(Town, cooperative.town_code)
    entry = SalesEntry(
        **{
            "kind": EntryKind.SALE,
            "recorded_at": datetime.combine(counted_on, time(4), UTC),
            "counted_on": counted_on,
            "month": month_of(counted_on),
            "sold_on": counted_on,
            "city_code": town.county.city_code,
            "city_name": town.county.city.name,
            "county_code": town.county_code,
            "county_name": town.county.name,
            "town_code": town.code,
            "town_name": town.name,
            "village": cooperative.village,
            "cooperative_id": cooperative.id,
            "cooperative_name": cooperative.name,
            "credit_code": cooperative.credit_code,
            "category_id": category[0],
            "category_name": category[1],
            "product_name": "白糖罂荔枝",
            "spec": "5斤装",
            "unit": "箱",
            "quantity_milli": quantity * MILLI,
            "unit_price_fen": amount_fen,
            "amount_fen": amount_fen,
            "refund_fen": 0,
            "net_fen": amount_fen,
            "net_weight_g": net_weight_g,
            "channel": channel,
            "mode": mode,
            "buyer_type": buyer_type,
            "buyer_unit": "" if buyer_type is BuyerType.RESIDENT else "示例单位",
            "buyer_district": "香洲区",
            "accepted_on": counted_on,
            **changes,
        }
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def make_refund(sale: SalesEntry, counted_on: date, refund_fen: int) -> SalesEntry:
    """The negative of a part of a sale, in the month of the refund."""
    copied = {
        column.name: getattr(sale, column.name)
        for column in SalesEntry.__table__.columns
        if column.name != "id"
    }
    copied |= {
        "kind": EntryKind.REFUND,
        "recorded_at": datetime.combine(counted_on, time(4), UTC),
        "counted_on": counted_on,
        "month": month_of(counted_on),
        "sold_on": counted_on,
        "corrects_id": sale.id,
        "quantity_milli": -sale.quantity_milli,
        "amount_fen": 0,
        "refund_fen": refund_fen,
        "net_fen": -refund_fen,
        "net_weight_g": sale.net_weight_g and -sale.net_weight_g,
    }
    entry = SalesEntry(**copied)
    db.session.add(entry)
    db.session.flush()
    return entry


def roll_up_some(tenths: int, step: int) -> int:
    """Roll up so many tenths of the ledger, so many lines at a time; return the watermark."""
    if not tenths:
        return 0
    newest = db.session.scalar(select(func.max(SalesEntry.id))) or 0
    oldest = db.session.scalar(select(func.min(SalesEntry.id))) or 0
    through = oldest + (newest - oldest) * tenths // 10
    at = datetime(2026, 11, 23, 6, tzinfo=UTC)
    # The first step reaches over the numbers that earlier ledgers of the test had.
    roll_up(oldest, oldest, at=at)
    while roll_up(through, step, at=at):
        pass
    return through

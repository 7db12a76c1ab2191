"""Two sales that look odd, beside whatever the year of trade holds; one flag was looked into."""

from datetime import datetime

from sqlalchemy import select

from orders.flags.handlers import look_over
from orders.flags.models import Flag, FlagKind
from orders.flags.services import clear_flag
from orders.records.models import BuyerType
from orders.rollups.handlers import move_watermark
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.rules import MILLI
from orders.sales.services import SaleFacts, enter_sale
from shop import clock
from shop.accounts.people.models import Account
from shop.db import db, transaction

BOXES = 12
# So many times what others pay: somebody typed the price of the pallet for that of a box.
TIMES = 6


def look_odd(at: datetime) -> None:
    """A price that nobody pays, and a cooperative that is its own customer."""
    with transaction():
        like = db.session.scalars(
            select(SalesEntry)
            .where(SalesEntry.net_weight_g > 0, SalesEntry.product_id.is_not(None))
            .order_by(SalesEntry.id.desc())
            .limit(1)
        ).first()
        if like is None:
            return
        for times, unit in ((TIMES, "示例食堂（演示）"), (1, like.cooperative_name)):
            enter_sale(_like(like, times, unit, at), by=None, at=at)
    move_watermark(at)
    look_over(at)
    with transaction():
        flag = db.session.scalars(select(Flag).where(Flag.kind == FlagKind.RELATED)).first()
        by = db.session.scalars(select(Account).filter_by(email="bureau@demo.example")).one()
        if flag is not None:
            note = "电话核实：采购方栏误填成了合作社自己的名称，已请镇里更正（演示）"
            clear_flag(flag.id, note, by=by, at=at)


def _like(like: SalesEntry, times: int, buyer_unit: str, at: datetime) -> SaleFacts:
    price = like.unit_price_fen * times
    weight = (like.net_weight_g or 0) * MILLI // like.quantity_milli * BOXES
    return SaleFacts(
        sold_on=clock.day_of(at),
        cooperative_id=like.cooperative_id,
        category_id=like.category_id,
        product_id=None,
        product_name=like.product_name,
        spec=like.spec,
        unit=like.unit,
        quantity_milli=BOXES * MILLI,
        unit_price_fen=price,
        amount_fen=price * BOXES,
        net_weight_g=weight,
        channel=Channel.OFFLINE,
        mode=Mode.HELPED,
        buyer_type=BuyerType.PRIVATE,
        buyer_unit=buyer_unit,
        buyer_district="香洲区",
        note="演示",
    )

"""Sales that look odd, of each kind one or a few; one flag was looked into."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from catalog.batches.models import Batch
from catalog.products.models import Product
from catalog.products.rules import in_season, months_of
from orders.closing.rules import last_day, month_before
from orders.flags.handlers import look_over
from orders.flags.models import Flag, FlagKind
from orders.flags.services import clear_flag
from orders.offline.models import EvidenceKind, EvidenceLink, OfflineEvidence, OfflineSale
from orders.records.models import BuyerType
from orders.rollups.handlers import move_watermark
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.rules import MILLI
from orders.sales.services import SaleFacts, enter_sale
from shop import clock
from shop.accounts.people.models import Account
from shop.db import db, total, transaction
from shop.demo.offline import bring_in, ripe_on, sell
from shop.demo.people import Seller

BOXES = 12
# So many times what others pay: somebody typed the price of the pallet for that of a box.
TIMES = 12
# So many cooperatives sold more of a short season than they brought in, in hundredths of it.
SHORT_SEASONS, SOLD_OF_HARVEST = 2, 130
# A union's whole budget, spent on the last day of a month.
RUSH = (0, 300, Channel.AGREEMENT, "", BuyerType.UNION, "示例总工会（演示）")
AGREED = (0, 0, Channel.AGREEMENT, "", BuyerType.PRIVATE, "示例配送企业（演示）")
SHOWN_AGAIN = (0, 40, Channel.OFFLINE, "", BuyerType.STATE_OWNED, "示例国企（演示）")


def sell_oddly(sellers: list[Seller], at: datetime) -> None:
    """Before the months are closed: more than was harvested, a spurt at the end of a month, and a
    photo that proves a second sale."""
    today = clock.day_of(at)
    _sell_more_than_grew(today)
    seller = next(each for each in sellers if each.entry.products[0].category == "grain-oil")
    end = last_day(month_before(month_before(clock.month_of(today))))
    variant = ripe_on(seller.cooperative_id, end)
    assert variant is not None
    bring_in(variant, RUSH[1], seller.manager_id, end)
    sell(variant, end, RUSH)
    _show_a_photo_again({each.cooperative_id: each.manager_id for each in sellers}, today)


def _sell_more_than_grew(today: date) -> None:
    query = select(Product).where(Product.delisted_at.is_(None)).order_by(Product.id)
    short = [each for each in db.session.scalars(query) if len(months_of(each.season_mask)) == 1]
    for product in short[:SHORT_SEASONS]:
        day = (today - timedelta(days=1)).replace(day=20)
        while day >= today or not in_season(product.season_mask, day.month):
            day = day.replace(day=1) - timedelta(days=1)
            day = day.replace(day=20)
        variant = product.variants[0]
        grown = select(total(Batch.quantity_g)).where(Batch.product_id == product.id)
        sold = select(total(SalesEntry.net_weight_g)).where(SalesEntry.product_id == product.id)
        most = (db.session.scalar(grown) or 0) * SOLD_OF_HARVEST // 100
        units = max((most - (db.session.scalar(sold) or 0)) // variant.net_weight_g, 1)
        sell(variant, day, (*AGREED[:1], units, *AGREED[2:]))


def _show_a_photo_again(managers: dict[int, int], today: date) -> None:
    """The same cooperative's newest photo, for another sale a day later."""
    shown = db.session.execute(
        select(SalesEntry.cooperative_id, SalesEntry.sold_on, OfflineEvidence.id)
        .join(OfflineSale, OfflineSale.entry_id == SalesEntry.id)
        .join(EvidenceLink, EvidenceLink.sale_id == OfflineSale.id)
        .join(OfflineEvidence, OfflineEvidence.id == EvidenceLink.evidence_id)
        .where(OfflineEvidence.kind == EvidenceKind.PHOTO, SalesEntry.sold_on < today)
        .order_by(SalesEntry.sold_on.desc(), SalesEntry.id)
        .limit(1)
    ).one()
    day = shown.sold_on + timedelta(days=1)
    variant = ripe_on(shown.cooperative_id, day)
    if variant is not None:
        bring_in(variant, SHOWN_AGAIN[1], managers[shown.cooperative_id], day)
        sell(variant, day, SHOWN_AGAIN, proof=shown.id)


def look_odd(at: datetime) -> None:
    """A price that nobody pays, and two cooperatives that are their own customers."""
    with transaction():
        weighed = select(SalesEntry).where(
            SalesEntry.net_weight_g > 0, SalesEntry.product_id.is_not(None)
        )
        newest = weighed.order_by(SalesEntry.id.desc()).limit(1)
        like = db.session.scalars(newest).first()
        if like is None:
            return
        other = db.session.scalars(newest.where(SalesEntry.town_code != like.town_code)).first()
        enter_sale(_like(like, TIMES, "示例食堂（演示）", at), by=None, at=at)
        for each in filter(None, (like, other)):
            enter_sale(_like(each, 1, each.cooperative_name, at), by=None, at=at)
    move_watermark(at)
    look_over(at)
    with transaction():
        related = select(Flag).where(Flag.kind == FlagKind.RELATED).order_by(Flag.id)
        flag = db.session.scalars(related.limit(1)).first()
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

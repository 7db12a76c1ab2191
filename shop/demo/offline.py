"""What the demo's cooperatives sold at fairs and under agreements this year."""

from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import count

from flask import current_app
from PIL import Image, ImageDraw
from sqlalchemy import select

from catalog.products.models import Product, Variant
from catalog.products.rules import in_season
from orders.fairs.models import ActivityKind
from orders.fairs.services.activities import (
    Plan,
    announce_activity,
    close_activity,
    make_activity,
)
from orders.offline.gateways.evidence import evidence_folder
from orders.offline.handlers import stage_file, work_on_imports
from orders.offline.models import EvidenceKind
from orders.offline.rules.columns import HEADS, Column
from orders.offline.services.sales import Beside, enter, keep_evidence, reverse
from orders.records.gateways import store_evidence
from orders.records.models import BuyerType
from orders.sales.models import Channel
from orders.sales.rules import mode_of
from orders.sales.services import SaleFacts
from shop import clock
from shop.accounts.people.models import Appointment, Office, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db, transaction
from shop.demo.batches import harvest
from shop.demo.people import Seller
from shop.organisations.models import Organisation

PAPER, INK = "#FBFAF5", "#2B2B2B"
LATEST = 25
BUREAU = Scope(ScopeLevel.BUREAU, None)
SUMMER_FAIR = "夏季展销会（演示）"
# How long before today it began, and how many days it took.
SINCE_SUMMER, DAYS = 130, 3
# How many days before today, how many units, through what and to whom.
_SALES = (
    (250, 150, Channel.AGREEMENT, "", BuyerType.BUDGET_UNIT, "示例机关食堂（演示）"),
    (SINCE_SUMMER, 260, Channel.FAIR, SUMMER_FAIR, BuyerType.RESIDENT, ""),
    (64, 400, Channel.AGREEMENT, "", BuyerType.PRIVATE, "示例配送企业（演示）"),
    (3, 90, Channel.OFFLINE, "", BuyerType.STATE_OWNED, "示例国企（演示）"),
)
Told = tuple[int, int, Channel, str, BuyerType, str]
_numbers = count(1)


def record_sales(sellers: list[Seller], at: datetime) -> None:
    """Every cooperative has some of each, of what was ripe then; one sale was entered twice and
    taken back, and a sheet of the town whose sign-in is shown waits."""
    today = clock.day_of(at)
    summer = _hold_the_summer_fair(sellers, today)
    for place, seller in enumerate(sellers):
        for number, sale in enumerate(_SALES[place % 2 :: 1 + place % 2]):
            day = _in_mid_month(today - timedelta(days=sale[0] + place))
            if sale[3] == SUMMER_FAIR:
                day = summer + timedelta(days=place % DAYS)
            variant = ripe_on(seller.cooperative_id, day)
            if variant is not None:
                bring_in(variant, sale[1], seller.manager_id, day)
                sell(variant, day, sale, twice=place == 0 and number == 1)
    _leave_a_sheet(next(each for each in sellers if each.entry.email), today, at)


def _hold_the_summer_fair(sellers: list[Seller], today: date) -> date:
    """Everybody was there, without a till: their towns entered what was sold. The first day."""
    first = today - timedelta(days=SINCE_SUMMER)
    first = first.replace(day=min(first.day, LATEST - DAYS + 1))
    by = _official_of("")
    made_at = clock.start_of(first) - timedelta(days=20)
    with transaction():
        own = [db.session.get_one(Organisation, seller.cooperative_id) for seller in sellers]
        plan = Plan(
            kind=ActivityKind.FAIR,
            name=SUMMER_FAIR,
            place="香洲示例体育馆",
            from_on=first,
            until_on=first + timedelta(days=DAYS - 1),
            hosts="珠海示例商务单位（演示）",
            town_codes=tuple({each.town_code or "" for each in own}),
            cooperative_ids=tuple(each.id for each in own),
            plan_fen=10_000_000,
        )
        fair = make_activity(plan, BUREAU, by=by, at=made_at)
        announce_activity(fair.id, BUREAU, by=by, at=made_at)
        over = clock.end_of(first + timedelta(days=DAYS))
        close_activity(fair.id, BUREAU, by=by, at=over)
    return first


def _in_mid_month(day: date) -> date:
    """Not in the last days of a month, which would look like a spurt."""
    return day.replace(day=min(day.day, LATEST))


def ripe_on(cooperative_id: int, day: date) -> Variant | None:
    """The first thing that a cooperative sells that is in season."""
    query = (
        select(Variant)
        .join(Variant.product)
        .where(Product.cooperative_id == cooperative_id, Variant.withdrawn_at.is_(None))
        .order_by(Variant.id)
    )
    ripe = (v for v in db.session.scalars(query) if in_season(v.product.season_mask, day.month))
    return next(ripe, None)


def bring_in(variant: Variant, units: int, by: int, day: date) -> None:
    """What is sold apart from the shop has a batch of its own, and never was in the store."""
    with transaction():
        harvest(variant.product, units * variant.net_weight_g, by, clock.start_of(day))


def sell(variant: Variant, day: date, sale: Told, *, twice: bool = False, proof: int = 0) -> None:
    """Enter a sale with a photo of its own, or with one that is there already."""
    _, units, channel, activity, buyer_type, unit = sale
    cooperative = db.session.get_one(Organisation, variant.product.cooperative_id)
    by = _official_of(cooperative.town_code or "")
    facts = SaleFacts(
        sold_on=day,
        cooperative_id=cooperative.id,
        category_id=variant.product.category_id,
        product_id=variant.product_id,
        product_name=variant.product.name,
        spec=variant.spec,
        unit=variant.unit,
        quantity_milli=units * 1000,
        unit_price_fen=variant.price_fen,
        amount_fen=units * variant.price_fen,
        net_weight_g=units * variant.net_weight_g,
        channel=channel,
        mode=mode_of(buyer_type),
        buyer_type=buyer_type,
        buyer_unit=unit,
        buyer_district="香洲区",
        activity_name=activity,
        paid_on=day,
    )
    moment = clock.start_of(day) + timedelta(hours=17)
    kind = EvidenceKind.CONTRACT if channel is Channel.AGREEMENT else EvidenceKind.PHOTO
    with transaction():
        sold = enter(facts, _beside(facts, kind, by, moment, proof=proof), by=by, at=moment)
        if twice:
            word = "同一天卖了两车"
            again = enter(facts, _beside(facts, kind, by, moment, word), by=by, at=moment)
            reverse(again, "重复录入", by=by, at=moment + timedelta(minutes=20))
        assert sold.entry_id


def _beside(
    facts: SaleFacts,
    kind: EvidenceKind,
    by: int,
    at: datetime,
    duplicate_note: str = "",
    *,
    proof: int = 0,
) -> Beside:
    number = next(_numbers)
    key = f"demo{number:08}"
    if proof:
        return Beside(key=key, evidence_ids=(proof,))
    folder = evidence_folder(current_app.config["SETTINGS"])
    lines = [f"No. {number:04}", facts.sold_on.isoformat(), f"{facts.amount_fen / 100:,.2f} CNY"]
    stored = store_evidence(drawn(lines), folder)
    evidence = keep_evidence(stored, kind, f"佐证{number:04}.jpg", by=by, at=at)
    return Beside(key=key, evidence_ids=(evidence.id,), duplicate_note=duplicate_note)


def drawn(lines: list[str]) -> BytesIO:
    """A paper with a few lines, as somebody would photograph one."""
    picture = Image.new("RGB", (480, 600), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((30, 30, 450, 570), outline=INK, width=2)
    for place, line in enumerate(["DEMO", *lines]):
        pen.text((60, 75 + 68 * place), line, fill=INK, font_size=27)
    for place in range(6):
        pen.line((60, 390 + 27 * place, 420, 390 + 27 * place), fill="#C9C5B8", width=2)
    content = BytesIO()
    picture.save(content, "PNG")
    content.seek(0)
    return content


def _leave_a_sheet(seller: Seller, today: date, at: datetime) -> None:
    """One that its town brought this morning: two rows that are right, and one that is wrong."""
    cooperative = db.session.get_one(Organisation, seller.cooperative_id)
    town_code = cooperative.town_code or ""
    day = (today - timedelta(days=1)).isoformat()
    said = {
        Column.COOPERATIVE: cooperative.name,
        Column.CATEGORY: "水果",
        Column.PRODUCT: "荔枝干",
        Column.UNIT: "斤",
        Column.PRICE: "28",
        Column.CHANNEL: "展销会",
        Column.ACTIVITY: "社区周末集市（演示）",
        Column.BUYER_TYPE: "市民",
        Column.DISTRICT: "香洲区",
        Column.ACCEPTED_ON: day,
    }
    rows = [list(HEADS.values())]
    for quantity in ("12.5", "30", "两筐"):
        row = said | {Column.QUANTITY: quantity}
        rows.append([row.get(column, "") for column in HEADS])
    content = "\r\n".join(",".join(row) for row in rows).encode("utf-8-sig")
    stage_file(town_code, "线下销售明细.csv", content, by=_official_of(town_code), at=at)
    work_on_imports(at)


def _official_of(town_code: str) -> int:
    """Who answers for a town, as near to it as there is somebody."""
    query = select(Appointment.account_id, Appointment.scope_code).where(
        Appointment.office == Office.OFFICIAL
    )
    found = {code or "": account_id for account_id, code in db.session.execute(query)}
    places = (town_code, town_code[:6], f"{town_code[:4]}00", "")
    known = next((found[place] for place in places if place in found), None)
    if known is None:
        raise LookupError("the demo has no official")
    return known

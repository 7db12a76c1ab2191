"""What the towns sold last year, before there was a shop: the sheet that the bureau kept of it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from catalog.products.models import Product, Variant
from orders.offline.gateways.evidence import evidence_folder
from orders.offline.handlers import stage_file, work_on_imports
from orders.offline.models import EvidenceKind, OfflineImport
from orders.offline.rules.columns import HEADS, Column
from orders.offline.services.imports import add_bundle, confirm
from orders.offline.services.sales import keep_evidence
from orders.records.gateways import store_evidence
from orders.sales.models import SalesEntry
from shop import clock
from shop.accounts.people.models import Account
from shop.db import db, total, transaction
from shop.demo.offline import drawn
from shop.places.queries import list_assisted_towns

# What the towns sell more than last year, or less, in percent.
GROWTH = (34, 18, 42, 9, 27, -6, 22, 31, 13)
# Last year's prices, in hundredths of this year's.
CHEAPER = 96
# Not in the last days of a month, which would look like a spurt.
DAYS = (6, 11, 16, 22)
# Through what, at which activity and to whom.
_SOLD = (
    ("协议直采", "", "工会", "示例总工会（演示）"),
    ("展销会", "上年消费帮扶展销会（演示）", "市民", ""),
    ("协议直采", "", "预算单位", "示例机关食堂（演示）"),
    ("线下", "", "民企", "示例配送企业（演示）"),
)


def bring_last_year(at: datetime) -> None:
    """The same goods in the same months as this year, up to the same day: without them nothing
    could be compared with a year before. Counted as soon as the shop had officials."""
    rows = [_cells(said) for said in _list_sales(clock.day_of(at))]
    if not rows:
        return
    content = "\r\n".join(",".join(row) for row in [list(HEADS.values()), *rows])
    by = db.session.scalars(select(Account.id).filter_by(email="bureau@demo.example")).one()
    import_id = stage_file("", "上年销售明细.csv", content.encode("utf-8-sig"), by=by, at=at)
    work_on_imports(at)
    folder = evidence_folder(current_app.config["SETTINGS"])
    stored = store_evidence(drawn(["LAST YEAR", f"{len(rows)} ROWS"]), folder)
    with transaction():
        found = db.session.get_one(OfflineImport, import_id)
        confirm(found, "", by=by, at=at)
        proof = keep_evidence(stored, EvidenceKind.CONTRACT, "上年合同汇总.jpg", by=by, at=at)
        add_bundle(found, [proof.id], by=by, at=at)
    work_on_imports(at)


def _list_sales(today: date) -> Iterator[dict[Column, str]]:
    """One for each product and month of this year in which it sold."""
    last_day = today - timedelta(days=366)
    places = {town.code: place for place, town in enumerate(list_assisted_towns(today))}
    for number, (month, town, product, variant, seller, category, fen) in enumerate(
        _this_year(today)
    ):
        growth = GROWTH[places[town] % len(GROWTH)]
        price_fen = variant.price_fen * CHEAPER // 1000 * 10
        units = fen * 100 // (100 + growth) // price_fen
        day = date(today.year - 1, int(month[5:]), DAYS[number % len(DAYS)])
        if units > 0 and day <= last_day:
            channel, activity, buyer_type, unit = _SOLD[number % len(_SOLD)]
            yield {
                Column.COOPERATIVE: seller,
                Column.CATEGORY: category,
                Column.PRODUCT: product,
                Column.SPEC: variant.spec,
                Column.UNIT: variant.unit,
                Column.QUANTITY: str(units),
                Column.PRICE: f"{price_fen / 100:.2f}",
                Column.CHANNEL: channel,
                Column.ACTIVITY: activity,
                Column.BUYER_TYPE: buyer_type,
                Column.BUYER_UNIT: unit,
                Column.DISTRICT: "香洲区",
                Column.ACCEPTED_ON: day.isoformat(),
            }


def _this_year(today: date) -> list[Any]:
    """What each product sold in each month, and the first way in which it is sold."""
    first = (
        select(Variant.product_id, func.min(Variant.id).label("id"))
        .group_by(Variant.product_id)
        .subquery()
    )
    query = (
        select(
            SalesEntry.month,
            SalesEntry.town_code,
            Product.name,
            Variant,
            SalesEntry.cooperative_name,
            SalesEntry.category_name,
            total(SalesEntry.net_fen),
        )
        .join(Product, Product.id == SalesEntry.product_id)
        .join(first, first.c.product_id == Product.id)
        .join(Variant, Variant.id == first.c.id)
        .where(SalesEntry.counted_on >= date(today.year, 1, 1))
        .group_by(
            SalesEntry.month,
            SalesEntry.town_code,
            Product.name,
            Variant.id,
            SalesEntry.cooperative_name,
            SalesEntry.category_name,
        )
        .order_by(SalesEntry.month, Variant.id)
    )
    return list(db.session.execute(query))


def _cells(said: dict[Column, str]) -> list[str]:
    return [said.get(column, "") for column in HEADS]

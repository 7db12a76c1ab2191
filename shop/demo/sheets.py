"""Sheets of listings: one that was taken over last week, and one that waits for its cooperative;
and a sheet of tracking numbers that waits as well."""

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import StringIO

from sqlalchemy import select

from catalog.products.models import Product, Variant
from shop.db import db, transaction
from shop.demo.people import Seller
from suppliers.fulfilment.queries import list_to_send
from suppliers.sheets import services
from suppliers.sheets.handlers import check_imports, stage_file
from suppliers.shipping.handlers import stage_file as stage_tracking

HEAD = ("规格编号", "介绍")
TRACKING_HEAD = ("订单号", "快递公司", "快递单号", "这次发几件")
NEW_HEAD = ("商品名称", "类别", "规格", "单位", "净重（公斤）", "价格（元）", "上市月份", "生鲜")
# What a manager in a hurry fills in: one row that is right, and three that are not.
NEW = (
    ("演示南瓜", "蔬菜", "10斤装", "箱", "5", "26.80", "9-12月", "是"),
    ("演示芋头", "蔬菜", "5斤装", "箱", "5斤", "19.999", "10-12月", "是"),
    ("演示莲藕", "根茎", "5斤装", "箱", "2.5", "22.00", "全年", "是"),
    ("演示姜黄", "中药材", "1斤装", "袋", "0.5", "15.00", "2026-03-05", "否"),
)


def bring(sellers: list[Seller], at: datetime) -> None:
    """Whoever signs in as the demo's cooperative finds what became of the first, and can decide
    about the second."""
    seller = next(each for each in sellers if each.entry.email)
    own, by, last_week = seller.cooperative_id, seller.manager_id, at - timedelta(days=6)
    first = _stage(own, "演示-上周改介绍.csv", [HEAD, *_descriptions(own)], by, last_week)
    with transaction():
        services.apply(own, first, by=by, at=last_week, review_above=30)
    _stage(own, "演示-新品.csv", [NEW_HEAD, *NEW], by, at)


def _descriptions(cooperative_id: int) -> list[tuple[str, str]]:
    """A word more about everything that the cooperative sells."""
    query = (
        select(Variant.id, Product.description)
        .join(Variant.product)
        .where(Product.cooperative_id == cooperative_id, Variant.withdrawn_at.is_(None))
        .order_by(Variant.id)
    )
    return [
        (str(variant_id), f"{description}清早采收，当天装箱。")
        for variant_id, description in db.session.execute(query)
    ]


def _stage(
    cooperative_id: int, name: str, rows: Sequence[Sequence[str]], by: int, at: datetime
) -> int:
    text = StringIO()
    csv.writer(text).writerows(rows)
    content = text.getvalue().encode("gb18030")
    import_id = stage_file(cooperative_id, name, content, by=by, at=at)
    check_imports(at)
    return import_id


def fill_in_tracking(sellers: list[Seller], at: datetime) -> None:
    """A sheet of tracking numbers that waits for the demo's cooperative: its carrier's numbers for
    some of what waits, and the mistakes that people make."""
    seller = next(each for each in sellers if each.entry.email)
    parts = [part.number for part in list_to_send(seller.cooperative_id, None, 4)]
    rows = [
        [part, "顺丰速运", f"SF00009{place:07d}", ""] for place, part in enumerate(parts, start=1)
    ]
    wrong = [
        ["C20260101-AAAAAAA", "顺丰速运", "SF00009999999", ""],
        [*(parts[:1] or [""]), "中通", "7.73E+14", ""],
    ]
    text = StringIO()
    csv.writer(text).writerows([TRACKING_HEAD, *rows, *wrong])
    content = text.getvalue().encode("gb18030")
    own, by = seller.cooperative_id, seller.manager_id
    stage_tracking(own, "演示-快递单号.csv", content, by=by, at=at)

"""Sales entered by officials, and rows of the sheets that they bring."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

from PIL import Image

from orders.offline.rules.columns import HEADS, Column

HEAD = [HEADS[column] for column in Column]


def sale_row(cooperative: str, **changes: Any) -> list[Any]:
    """A row of the ledger's columns: 12.5 斤 of litchi at a fair, for a union."""
    said = {
        Column.NUMBER: "1",
        Column.COOPERATIVE: cooperative,
        Column.CATEGORY: "水果",
        Column.PRODUCT: "荔枝干",
        Column.UNIT: "斤",
        Column.QUANTITY: "12.5",
        Column.PRICE: "10",
        Column.AMOUNT: "125",
        Column.CHANNEL: "展销会",
        Column.ACTIVITY: "香洲展销会",
        Column.BUYER_TYPE: "工会",
        Column.BUYER_UNIT: "示例工会",
        Column.DISTRICT: "香洲区",
        Column.ACCEPTED_ON: "2026-11-20",
        **{Column(name): value for name, value in changes.items()},
    }
    return [said.get(column, "") for column in Column]


def as_csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig") -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def photo(shade: int = 200) -> bytes:
    """A photograph; another shade is another one."""
    content = BytesIO()
    Image.new("RGB", (320, 240), (shade, 120, 80)).save(content, "JPEG")
    return content.getvalue()

"""The list of a recall's buyers as a workbook, for whoever calls them one after the other."""

from collections.abc import Iterable
from io import BytesIO

from flask_babel import gettext

from orders.recalls.queries import Reached
from shop import clock
from shop.sheets.gateways.writing import harmless, new_workbook


def write_reached(rows: Iterable[Reached]) -> bytes:
    """One line for each order's share of the batch; codes and phones are text."""
    file = BytesIO()
    with new_workbook(file) as book:
        page = book.add_worksheet(gettext("召回名单"))
        page.set_column(0, 9, 18)
        page.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        page.write_row(0, 0, [str(title) for title in _titles()], bold)
        for place, row in enumerate(rows, start=1):
            for column, text in enumerate(_cells(row)):
                page.write_string(place, column, harmless(text))
    return file.getvalue()


def _titles() -> list[str]:
    return [
        gettext("订单号"),
        gettext("买家"),
        gettext("购买单位"),
        gettext("收货人"),
        gettext("电话"),
        gettext("规格"),
        gettext("数量"),
        gettext("发货时间"),
        gettext("通知时间"),
        gettext("读到时间"),
        gettext("申请售后时间"),
    ]


def _cells(row: Reached) -> list[str]:
    moments = (row.sent_at, row.told_at, row.read_at, row.claimed_at)
    return [
        row.part_number,
        row.buyer_name,
        row.buyer_unit,
        row.recipient,
        row.phone,
        row.spec,
        f"{row.quantity} {row.unit}",
        *(f"{clock.local(at):%Y-%m-%d %H:%M}" if at else "" for at in moments),
    ]

"""Files that leave the house: a statement for the cooperative, and payouts for the bank."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

from orders.commissions.rules import percent
from orders.exports.gateways.workbook import write_workbook
from orders.statistics.rules.sheets import Column, Kind, Sheet, Value
from shop import clock
from shop.money import yuan
from shop.sheets.gateways.writing import harmless, new_workbook
from suppliers.settlements.models import SettlementStatement
from suppliers.settlements.queries.statements import Line

# What is handed in is Chinese, whatever language the screen speaks.
_COLUMNS = [
    Column("number", "订单号", Kind.TEXT, 22),
    Column("accepted_on", "收货日期", Kind.DAY),
    Column("product", "商品", Kind.TEXT, 22),
    Column("spec", "规格", Kind.TEXT),
    Column("quantity", "数量", Kind.COUNT),
    Column("unit", "单位", Kind.TEXT, 6),
    Column("goods", "货款(元)", Kind.YUAN),
    Column("freight", "运费(元)", Kind.YUAN),
    Column("refunds", "退款(元)", Kind.YUAN),
    Column("rate", "佣金费率(%)", Kind.TEXT),
    Column("commission", "佣金(元)", Kind.YUAN),
    Column("net", "结算(元)", Kind.YUAN),
]
_NOTES = [
    "收货后 48 小时内买家可以申请售后；过了这段时间、没有未处理完的售后，才进入结算。",
    "每半个月一期：1 日至 15 日，16 日至月底(北京时间)。结算单生成后不再改动。",
    "佣金按下单当天的费率，逐行四舍五入到分；运费不收佣金；退款时佣金同时退回。",
    "结算以后发生的退款，在下一期扣回；不够扣的，结转到再下一期。",
]
_BANK_HEAD = ("序号", "收款人户名", "收款人账号", "收款人开户行", "金额(元)", "附言")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

# One payment of a bank file: holder, full number, bank, fen, remark.
Payment = tuple[str, str, str, int, str]


def statement_workbook(statement: SettlementStatement, lines: Iterable[Line]) -> bytes:
    """The statement down to the order line."""
    file = BytesIO()
    write_workbook(_sheet(statement, lines), file)
    return file.getvalue()


def bank_csv(payments: Sequence[Payment]) -> bytes:
    """The payments as banks take them in: GB18030, which spreadsheets here open too."""
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_BANK_HEAD)
    writer.writerows(_bank_row(number, payment) for number, payment in enumerate(payments, 1))
    return text.getvalue().encode("gb18030", errors="replace")


def bank_workbook(payments: Sequence[Payment]) -> bytes:
    """The same as a workbook; account numbers are text, so that none loses its digits."""
    file = BytesIO()
    with new_workbook(file) as book:
        page = book.add_worksheet("付款")
        page.set_column(0, 0, 6)
        page.set_column(1, len(_BANK_HEAD) - 1, 28)
        as_text = book.add_format({"num_format": "@"})
        rows = [_BANK_HEAD, *(_bank_row(number, each) for number, each in enumerate(payments, 1))]
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                page.write_string(row, column, harmless(cell), as_text)
    return file.getvalue()


def _bank_row(number: int, payment: Payment) -> tuple[str, ...]:
    holder, account, bank, amount_fen, remark = payment
    amount = yuan(amount_fen).replace(",", "")
    cells = (str(number), holder, account, bank, amount, remark)
    return tuple(_no_formula(cell) for cell in cells)


def _no_formula(text: str) -> str:
    """A spreadsheet must not take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _sheet(statement: SettlementStatement, lines: Iterable[Line]) -> Sheet:
    total: list[Value] = ["合计", *([None] * (len(_COLUMNS) - 1))]
    total[6], total[7] = statement.goods_fen, statement.freight_fen
    total[8], total[10] = statement.refunds_fen, statement.commission_fen
    total[11] = statement.net_fen
    days = f"{statement.period_from} 至 {statement.period_until}"
    return Sheet(
        name="结算单",
        file_name=f"结算单_{statement.number}",
        title=f"{statement.cooperative_name} 结算单 {statement.number}({days})",
        unit="单位:元",
        columns=_COLUMNS,
        rows=(_row(line) for line in lines),
        total=lambda: total,
        notes=_NOTES,
        foot=[
            f"上期结余 {yuan(statement.opening_fen)} 元，其后已付 {yuan(-statement.paid_fen)} 元，"
            f"本期 {yuan(statement.net_fen)} 元，期末结余 {yuan(statement.closing_fen)} 元",
            f"生成时间 {clock.local(statement.made_at):%Y-%m-%d %H:%M}",
        ],
    )


def _row(line: Line) -> list[Value]:
    is_freight = line.product_name is None
    return [
        line.number,
        clock.day_of(line.accepted_at),
        "运费" if is_freight else line.product_name,
        line.spec or "",
        line.quantity,
        line.unit or "",
        None if is_freight else line.goods_fen,
        line.freight_fen if is_freight else None,
        line.refunds_fen,
        "" if is_freight else percent(line.commission_bp),
        None if is_freight else line.commission_fen,
        line.net_fen,
    ]

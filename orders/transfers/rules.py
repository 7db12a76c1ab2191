"""What a bank statement says: which columns, which rows, and what is wrong with some of them.

Pure: a table of texts goes in, whichever kind of file it came from.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from orders.payments.rules import CODE_LENGTH, codes_in
from orders.transfers.errors import MissingColumns
from shop.sheets.errors import EmptyFile, TooManyRows
from shop.web.fields import NotANumber, TooManyDecimals, clean_line, parse_decimal

MOST_ROWS = 50_000
# Banks write some lines about the account above the heads of the columns.
LINES_ABOVE = 30
MOST_COLUMNS = 200
LONGEST_CELL = 1_000
MOST_FEN = 10**13
LONGEST = {"payer_name": 80, "remark": 200, "bank_reference": 80, "raw": 40}
_EARLIEST = date(2000, 1, 1)
# Day 0 of Excel's calendar, for dates that are kept as numbers.
_EXCEL_BEGAN = date(1899, 12, 30)


class Column(StrEnum):
    """What the shop looks for in a statement."""

    DAY = "day"
    RECEIVED = "received"
    AMOUNT = "amount"
    DIRECTION = "direction"
    PAYER = "payer"
    ACCOUNT = "account"
    REMARK = "remark"
    REFERENCE = "reference"


# How banks call them: without spaces, brackets and what stands in brackets.
_HEADS: dict[Column, str] = {
    Column.DAY: "交易日期 交易时间 交易日 记账日期 记账日 入账日期 入账时间 到账日期 到账时间 日期",
    Column.RECEIVED: (
        "收入金额 收入 贷方发生额 贷方金额 贷方 贷方交易金额 存入金额 存入 收款金额 转入金额 "
        "来账金额 到账金额"
    ),
    Column.AMOUNT: "交易金额 发生额 金额",
    Column.DIRECTION: "借贷标志 借贷方向 借贷 收支方向 收支标志 收支 交易方向",
    Column.PAYER: (
        "对方户名 对方名称 对方账户名称 对方账户名 对方单位 对方单位名称 对手户名 对手方户名 "
        "付款人名称 付款人户名 付款方户名 付款方名称 付款人 交易对手 交易对方"
    ),
    Column.ACCOUNT: "对方账号 对方帐号 对方账户 对方卡号 对手账号 付款人账号 付款方账号 付款账号",
    Column.REMARK: (
        "附言 摘要 用途 备注 交易附言 交易摘要 交易用途 汇款附言 汇款用途 转账附言 客户附言 "
        "留言 附加信息"
    ),
    Column.REFERENCE: (
        "交易流水号 流水号 银行流水号 核心流水号 业务流水号 交易参考号 交易编号 回单编号 "
        "电子回单号 账户明细编号"
    ),
}
_MEANINGS = {head: column for column, heads in _HEADS.items() for head in heads.split()}
_INCOMING = set("贷 贷方 收入 收 来账 转入 存入 C CR CREDIT +".split())
_TOTALS = ("合计", "总计", "小计", "本页合计", "累计")
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】")
_SEPARATED = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]?\d{1,2}[:时].{0,20})?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6}| \d{1,2}:.{0,20})?")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
# How banks write that there is nothing.
_NOTHING = {"", "-", "--", "—", "/"}


class Fault(StrEnum):
    """What can be wrong with a row."""

    NO_DAY = "no_day"
    BAD_DAY = "bad_day"
    BAD_AMOUNT = "bad_amount"
    TOO_FINE = "too_fine"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    TWICE = "twice"

    @property
    def label(self) -> LazyString:
        return _FAULTS[self]


_FAULTS = {
    Fault.NO_DAY: _l("没有交易日期"),
    Fault.BAD_DAY: _l("日期读不懂，或不合理"),
    Fault.BAD_AMOUNT: _l("金额不是数字"),
    Fault.TOO_FINE: _l("金额精确到分以下"),
    Fault.NEGATIVE: _l("收入是负数（冲正），请人工处理"),
    Fault.TOO_LARGE: _l("金额太大"),
    Fault.TWICE: _l("流水号与本文件另一行重复"),
}
_NAMES = {
    Column.DAY: _l("交易日期"),
    Column.RECEIVED: _l("收入金额（或“交易金额”和“借贷标志”）"),
    Column.REMARK: _l("附言（或摘要、用途）"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Money that came in, as one row of a statement says. Rows count from 1, as on the screen."""

    number: int
    received_on: date | None
    amount_fen: int | None
    payer_name: str
    payer_account_tail: str
    remark: str
    # The only matching code in the remark; empty if there is none, or more than one.
    code: str
    bank_reference: str | None
    faults: tuple[Fault, ...]
    # What could not be read, as it stands there.
    raw_day: str
    raw_amount: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The money that came in, and how many rows say something else."""

    rows: list[Row]
    ignored: int


Places = Mapping[Column, Sequence[int]]


def read(table: Iterable[Sequence[str]], today: date) -> Reading:
    """Read a statement.

    Raises EmptyFile, MissingColumns or TooManyRows. What is wrong with a single row is said
    in that row.
    """
    numbered = _bounded(table)
    places = _find_heads(numbered)
    rows: list[Row] = []
    references: set[str] = set()
    ignored = 0
    for number, cells in numbered:
        amount = _incoming(cells, places)
        if amount is None:
            ignored += any(map(str.strip, cells))
            continue
        row = _row(number, cells, amount, places, today, references)
        if row.bank_reference is not None:
            references.add(row.bank_reference)
        rows.append(row)
    return Reading(rows, ignored)


@lru_cache(4096)
def parse_amount(text: str) -> int:
    """An amount as banks write it, in fen. Raises NotANumber or TooManyDecimals."""
    plain = unicodedata.normalize("NFKC", text).replace("¥", "").strip().upper()
    return parse_decimal(plain.removeprefix("CNY").removeprefix("RMB").removesuffix("元"), 2)


@lru_cache(4096)
def parse_day(text: str) -> date:
    """A day as banks and spreadsheets write it, the time of day left out. Raises ValueError."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _SEPARATED.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found is not None:
        year, month, day = map(int, found.groups())
        return date(year, month, day)
    serial = _SERIAL.fullmatch(plain)
    if serial is None:
        raise ValueError(text)
    return _EXCEL_BEGAN + timedelta(days=int(serial[1]))


def tail_of(account: str) -> str:
    """The last four characters of an account's number: more is not kept."""
    return re.sub(r"[^0-9A-Za-z]", "", unicodedata.normalize("NFKC", account))[-4:]


def _bounded(table: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows with their numbers, and no more of them than a statement may have."""
    for number, cells in enumerate(table, start=1):
        if number > MOST_ROWS + LINES_ABOVE:
            raise TooManyRows(MOST_ROWS)
        yield number, [cell[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]


def _find_heads(rows: Iterator[tuple[int, list[str]]]) -> Places:
    """Read up to the line that heads the columns; say where each is."""
    closest: Places = {}
    seen = False
    for number, cells in rows:
        seen = seen or any(map(str.strip, cells))
        places = _places(cells)
        if not _missing(places):
            return places
        if len(places) > len(closest):
            closest = places
        if number >= LINES_ABOVE:
            break
    if not seen:
        raise EmptyFile
    names = gettext("、").join(str(_NAMES[column]) for column in _missing(closest))
    raise MissingColumns(
        gettext("没有找到这些列：%(names)s。请从网银导出完整的流水。", names=names)
    )


def _places(cells: Sequence[str]) -> Places:
    places: dict[Column, list[int]] = {}
    for place, cell in enumerate(cells):
        column = _MEANINGS.get(_head(cell))
        if column is not None:
            places.setdefault(column, []).append(place)
    return places


def _head(cell: str) -> str:
    plain = _IN_BRACKETS.sub("", unicodedata.normalize("NFKC", cell))
    return "".join(clean_line(plain).split()).rstrip(":*")


def _missing(places: Places) -> list[Column]:
    has_amount = Column.RECEIVED in places or {Column.AMOUNT, Column.DIRECTION} <= places.keys()
    needed = {Column.DAY: Column.DAY in places, Column.RECEIVED: has_amount}
    needed[Column.REMARK] = Column.REMARK in places
    return [column for column, is_there in needed.items() if not is_there]


def _incoming(cells: Sequence[str], places: Places) -> str | None:
    """The text of the money that came in; None if the row tells of none."""
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    if first.rstrip(":：") in _TOTALS:
        return None
    if Column.RECEIVED in places:
        amount = _cell(cells, places, Column.RECEIVED)
    else:
        direction = _cell(cells, places, Column.DIRECTION).upper()
        amount = _cell(cells, places, Column.AMOUNT) if direction in _INCOMING else ""
    if amount in _NOTHING:
        return None
    try:
        return amount if parse_amount(amount) else None
    except (NotANumber, TooManyDecimals):
        return amount


def _row(
    number: int,
    cells: Sequence[str],
    amount: str,
    places: Places,
    today: date,
    references: set[str],
) -> Row:
    day = _cell(cells, places, Column.DAY)
    received_on, wrong_day = _checked_day(day, today)
    amount_fen, wrong_amount = _checked_amount(amount)
    remark = " ".join(filter(None, (_text(cells, at) for at in places[Column.REMARK])))
    codes = codes_in(remark)
    reference = _cell(cells, places, Column.REFERENCE)[: LONGEST["bank_reference"]] or None
    twice = Fault.TWICE if reference in references else None
    return Row(
        number=number,
        received_on=received_on,
        amount_fen=amount_fen,
        payer_name=_cell(cells, places, Column.PAYER)[: LONGEST["payer_name"]],
        payer_account_tail=tail_of(_cell(cells, places, Column.ACCOUNT)),
        remark=remark[: LONGEST["remark"]],
        code=codes[0] if len(codes) == 1 else "",
        bank_reference=reference,
        faults=tuple(fault for fault in (wrong_day, wrong_amount, twice) if fault),
        raw_day=day[: LONGEST["raw"]] if wrong_day else "",
        raw_amount=amount[: LONGEST["raw"]] if wrong_amount else "",
    )


def _checked_day(text: str, today: date) -> tuple[date | None, Fault | None]:
    if text in _NOTHING:
        return None, Fault.NO_DAY
    try:
        day = parse_day(text)
    except (ValueError, OverflowError):
        return None, Fault.BAD_DAY
    # A day ahead of us is none that a bank can know of.
    if not _EARLIEST <= day <= today + timedelta(days=1):
        return None, Fault.BAD_DAY
    return day, None


def _checked_amount(text: str) -> tuple[int | None, Fault | None]:
    try:
        amount_fen = parse_amount(text)
    except NotANumber:
        return None, Fault.BAD_AMOUNT
    except TooManyDecimals:
        return None, Fault.TOO_FINE
    if amount_fen < 0:
        return None, Fault.NEGATIVE
    if amount_fen > MOST_FEN:
        return None, Fault.TOO_LARGE
    return amount_fen, None


def _cell(cells: Sequence[str], places: Places, column: Column) -> str:
    """The first of a column's cells that says something."""
    for place in places.get(column, ()):
        if text := _text(cells, place):
            return text
    return ""


def _text(cells: Sequence[str], place: int) -> str:
    """A cell as plain text. Banks write ="0012" so that spreadsheets keep the zeros."""
    if place >= len(cells):
        return ""
    text = cells[place]
    if not text:
        return ""
    # Most cells are plain; cleaning looks at each character.
    is_plain = text.isascii() and text.isprintable()
    text = text.strip() if is_plain else clean_line(text)
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1]
    return text.removeprefix("'").strip()


def looks_like_code(text: str) -> bool:
    """Whether somebody meant to write a matching code, rightly or not."""
    plain = "".join(unicodedata.normalize("NFKC", text).upper().replace("-", " ").split())
    return len(plain) == CODE_LENGTH and plain.isascii() and plain.isalnum()

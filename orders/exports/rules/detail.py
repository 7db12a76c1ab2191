"""The detail ledger (明细台账): its columns, and how one line of the ledger fills them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l

from orders.exports.errors import SeparatorInText
from orders.exports.rules.canonical import END, Seal, cells_of, quoted
from orders.statistics.rules.labels import BUYER_TYPES, CHANNELS, KINDS, MODES
from orders.statistics.rules.sheets import Column, Kind, Value

COLUMNS = (
    Column("number", _l("序号"), Kind.COUNT),
    Column("month", _l("统计月份"), Kind.TEXT),
    Column("city", _l("市"), Kind.TEXT),
    Column("county", _l("县(市、区)"), Kind.TEXT),
    Column("town", _l("镇"), Kind.TEXT),
    Column("village", _l("村"), Kind.TEXT),
    Column("cooperative", _l("供货主体"), Kind.TEXT, 28),
    Column("credit_code", _l("统一社会信用代码"), Kind.TEXT, 22),
    Column("category", _l("产品类别"), Kind.TEXT),
    Column("product", _l("产品名称"), Kind.TEXT, 20),
    Column("spec", _l("规格"), Kind.TEXT),
    Column("unit", _l("单位"), Kind.TEXT),
    Column("quantity", _l("数量"), Kind.QUANTITY),
    Column("unit_price", _l("单价(元)"), Kind.YUAN),
    Column("amount", _l("金额(元)"), Kind.YUAN),
    Column("refund", _l("退款(元)"), Kind.YUAN),
    Column("net", _l("净额(元)"), Kind.YUAN),
    Column("channel", _l("渠道"), Kind.TEXT),
    Column("activity", _l("活动名称"), Kind.TEXT),
    Column("mode", _l("帮扶方式"), Kind.TEXT),
    Column("buyer_type", _l("采购方类型"), Kind.TEXT),
    Column("buyer_unit", _l("采购单位"), Kind.TEXT, 22),
    Column("buyer_district", _l("采购方区域"), Kind.TEXT),
    Column("order_number", _l("订单号"), Kind.TEXT, 22),
    Column("ordered_on", _l("下单日期"), Kind.DAY),
    Column("accepted_on", _l("验收日期"), Kind.DAY),
    Column("paid_on", _l("付款日期"), Kind.DAY),
    Column("invoice", _l("发票号码"), Kind.TEXT),
    Column("batch", _l("批次/合格证号"), Kind.TEXT),
    Column("households", _l("带动户数"), Kind.COUNT),
    Column("poor_households", _l("其中脱贫户、监测对象"), Kind.COUNT),
    Column("workers", _l("带动务工人数"), Kind.COUNT),
    Column("evidence", _l("佐证材料"), Kind.TEXT),
    Column("recorded_by", _l("填报人"), Kind.TEXT),
    Column("reviewed_by", _l("审核人"), Kind.TEXT),
    Column("state", _l("状态"), Kind.TEXT),
    Column("note", _l("备注"), Kind.TEXT),
)
# What the database puts between texts that it hands over as one, and between groups of them. No
# form lets either in.
SEPARATOR, GROUPS_APART = "\x1f", "\x1e"
_KEPT_TEXTS, _KEPT_AMOUNTS = 8_192, 65_536


class Line(NamedTuple):
    """A line of the ledger as it is read for a file. The texts of a line that come again and again
    are one text, group by group: what is in a group comes again together, so that one is looked up
    in place of several, and reading one takes half of the time of reading all."""

    # Month, city, county, town, village, cooperative, credit code; category, product, spec, unit;
    # channel, activity, mode, buyer type, buyer unit, buyer district; ordered on, accepted on,
    # paid on; kind, note.
    texts: str
    quantity_milli: int
    unit_price_fen: int
    amount_fen: int
    refund_fen: int
    net_fen: int
    order_number: str
    invoice: str | None
    batch: str | None
    evidence: str | None
    recorded_by: str | None


class DetailBody:
    """The rows of the table, made as they pass, their sums and their seal.

    Words are looked up at the beginning, in the language of that moment. Rows that can't be told
    apart raise SeparatorInText.
    """

    def __init__(self, batches: Iterable[Sequence[Line]]) -> None:
        self.seal = Seal()
        self.amount_fen = self.refund_fen = 0
        self._batches = batches
        self._label = str(_l("合计"))
        words = _Words()
        self._place = _Texts(7)
        self._goods = _Texts(4)
        self._deal = _Texts(6, {0: words.channels, 2: words.modes, 3: words.buyer_types})
        self._days = _Texts(3, days=True)
        self._end = _Texts(2, {0: words.kinds})

    def pieces(self) -> Iterator[bytes]:
        """The rows as they stand in a CSV file."""
        for batch in self._batches:
            yield self._pass(batch)

    def rows(self) -> Iterator[Sequence[Value]]:
        """The rows as values."""
        for batch in self._batches:
            first = self.seal.rows + 1
            self._pass(batch)
            for number, line in enumerate(batch, first):
                yield self._values(number, line)

    def total(self) -> Sequence[Value]:
        """The last row, 合计."""
        amount, refund = self.amount_fen, self.refund_fen
        sums: dict[str, Value] = {"amount": amount, "refund": refund, "net": amount - refund}
        sums["number"] = self._label
        return [sums.get(column.name) for column in COLUMNS]

    def _pass(self, batch: Sequence[Line]) -> bytes:
        self.amount_fen += sum([line[3] for line in batch])
        self.refund_fen += sum([line[4] for line in batch])
        try:
            text = self._text(self.seal.rows + 1, batch)
        except ValueError as several:
            raise SeparatorInText from several
        return self.seal.add(text, len(batch))

    def _text(self, first: int, batch: Sequence[Line]) -> str:
        """In one expression, because a million lines pass through it."""
        place, goods, deal = self._place.texts, self._goods.texts, self._deal.texts
        days, end, quantity, yuan = self._days.texts, self._end.texts, _QUANTITIES, _YUAN
        return "".join(
            [
                f"{number},{place[a]},{goods[b]},{quantity[q]},{yuan[price]},"
                f"{yuan[amount]},{yuan[refund]},{yuan[net]},"
                f"{deal[c]},{quoted(order)},{days[d]},"
                f"{quoted(i) if i else ''},{quoted(k) if k else ''}{_BLANKS}"
                f"{quoted(p) if p else ''},{quoted(w) if w else ''},,{end[e]}{END}"
                for number, (texts, q, price, amount, refund, net, order, i, k, p, w) in (
                    enumerate(batch, first)
                )
                for a, b, c, d, e in [texts.split(GROUPS_APART)]
            ]
        )

    def _values(self, number: int, line: Line) -> Sequence[Value]:
        place, goods, deal, days, end = line.texts.split(GROUPS_APART)
        return (
            number,
            *self._place.values[place],
            *self._goods.values[goods],
            *line[1:6],
            *self._deal.values[deal],
            line.order_number or None,
            *self._days.values[days],
            line.invoice or None,
            line.batch or None,
            *_FROM_REPORTS,
            line.evidence or None,
            line.recorded_by or None,
            None,
            *self._end.values[end],
        )


class _Words:
    """The names of choices, looked up once for a table and not once for a row."""

    def __init__(self) -> None:
        self.kinds = {str(key): str(label) for key, label in KINDS.items()}
        self.channels = {str(key): str(label) for key, label in CHANNELS.items()}
        self.modes = {str(key): str(label) for key, label in MODES.items()}
        self.buyer_types = {str(key): str(label) for key, label in BUYER_TYPES.items()}


class _Texts:
    """Texts that came together: in their canonical form, and as values."""

    def __init__(
        self,
        width: int,
        words: Mapping[int, Mapping[str, str]] | None = None,
        *,
        days: bool = False,
    ) -> None:
        self._width, self._words, self._are_days = width, words or {}, days
        self.texts: dict[str, str] = _Kept(self._text)
        self.values: dict[str, Sequence[Value]] = _Kept(self._split)

    def _split(self, joined: str) -> Sequence[Value]:
        parts = joined.split(SEPARATOR)
        if len(parts) != self._width:
            raise ValueError("a text of the ledger holds a separator")
        for index, words in self._words.items():
            parts[index] = words[parts[index]]
        if self._are_days:
            return [date.fromisoformat(part) if part else None for part in parts]
        return [part or None for part in parts]

    def _text(self, joined: str) -> str:
        kind = Kind.DAY if self._are_days else Kind.TEXT
        cells = cells_of([Column("", "", kind)])
        return ",".join(cells[0](value) for value in self._split(joined))


class _Kept(dict[Any, Any]):
    """What is made from a key is kept; all of it is forgotten when it becomes too much."""

    def __init__(self, make: Callable[[Any], Any], most: int = _KEPT_TEXTS) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: Any) -> Any:
        if len(self) >= self._most:
            self.clear()
        made = self[key] = self._make(key)
        return made


# A quotient of fen is exact to the last fen up to forty billion yuan, far beyond any line.
_YUAN = _Kept(lambda fen: f"{fen / 100:.2f}", _KEPT_AMOUNTS)
_QUANTITIES = _Kept(cells_of([Column("", "", Kind.QUANTITY)])[0])
# Households, poor households and workers belong to reports, not to lines; who reviewed it stands in
# the month's file.
_FROM_REPORTS = (None,) * 3
_BLANKS = "," * (len(_FROM_REPORTS) + 1)

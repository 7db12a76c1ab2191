"""What a row of a sheet is, once what it says is compared with what the shop knows."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from orders.fairs.rules import Named, activity_named
from orders.offline.rules.amounts import agree, amount_of, price_of, weight_of
from orders.offline.rules.columns import Column, RowState
from orders.offline.rules.faults import Fault, FaultKind
from orders.offline.rules.reading import MOST_FEN
from orders.records.models import BuyerType
from orders.sales.models import Channel
from orders.sales.rules import mode_of
from shop.money import yuan
from shop.sheets.rules.reading import Reading

FIRST_DAY = date(2021, 1, 1)
# What makes two rows tell of the same sale; what is said beside it may be worded anew.
_OF_CONTENT = (
    "cooperative_id sold_on product_name spec unit quantity_milli unit_price_fen amount_fen channel"
    " activity_name mode buyer_type buyer_unit buyer_district ordered_on paid_on order_number"
    " invoice batch"
).split()


@dataclass(frozen=True, slots=True)
class Seller:
    """A cooperative that a row can be about."""

    id: int
    town_code: str
    town_name: str
    in_scope: bool


@dataclass(frozen=True, slots=True)
class Goods:
    """A product of a cooperative, and what one unit of it weighs, by spec and unit."""

    product_id: int
    category_id: int
    variants: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What the shop knows on the day on which a sheet is judged."""

    today: date
    by_code: Mapping[str, Seller]
    by_name: Mapping[str, Seller]
    categories: Mapping[str, int]
    goods: Mapping[tuple[int, str], Goods]
    # In which month a sale of a town counts on a day: its own, or the next one that is open.
    month_for: Callable[[str, date], str]
    # Activities that have the name of one in the sheet.
    activities: Sequence[Named]


class Verdict(NamedTuple):
    """What becomes of a row, and what it says as the ledger takes it; both fit JSON."""

    state: RowState
    facts: dict[str, Any]
    faults: list[Fault]


def judge(reading: Reading[Fault], known: Known) -> Verdict:
    """Whether a row can be counted; what it may be a second time is not asked here."""
    said, faults = reading.values, list(reading.faults)
    if said.get(Column.CHANNEL) == Channel.ONLINE:
        return Verdict(RowState.ONLINE, _shown(said), [])
    unreadable = {fault.column for fault in faults}

    def wrong(column: Column, kind: FaultKind, **details: Any) -> None:
        if column not in unreadable:
            faults.append(Fault(column.value, kind, details))

    seller = _seller(said, known, wrong)
    day = _day(said, known.today, unreadable, wrong)
    goods = known.goods.get((seller.id, said.get(Column.PRODUCT, ""))) if seller else None
    facts = {
        **_goods(said, goods, known.categories, wrong),
        **_money(said, unreadable, wrong),
        **_buyer(said, unreadable, wrong),
        "order_number": said.get(Column.ORDER, ""),
        "ordered_on": said.get(Column.ORDERED_ON),
        "paid_on": said.get(Column.PAID_ON),
        "invoice": said.get(Column.INVOICE, ""),
        "batch": said.get(Column.BATCH, ""),
        "evidence": said.get(Column.EVIDENCE, ""),
        "note": said.get(Column.NOTE, ""),
        "sold_on": day and day.isoformat(),
        "cooperative_id": seller and seller.id,
        "cooperative_name": said.get(Column.COOPERATIVE, ""),
        "town_code": seller and seller.town_code,
    }
    if seller and day:
        facts["month"] = _month(said, day, known.month_for(seller.town_code, day), wrong)
    if faults:
        return Verdict(RowState.WRONG, _shown(said), faults)
    facts["net_weight_g"] = _weight(said, facts, goods)
    facts["activity_id"] = seller and day and _activity(facts, known, seller, day)
    return Verdict(RowState.GOOD, facts, [])


def content_of(facts: Mapping[str, Any]) -> str:
    """The same for two rows that say the same."""
    plain = json.dumps([facts.get(name) for name in _OF_CONTENT], ensure_ascii=False)
    return sha256(plain.encode()).hexdigest()


def fingerprint_of(content: str, times: int) -> str:
    """Of the row that says so after so many others of its sheet did."""
    return sha256(f"{content}:{times}".encode()).hexdigest()


def _seller(said: Mapping[str, Any], known: Known, wrong: Callable[..., None]) -> Seller | None:
    code, name = said.get(Column.CREDIT_CODE), said.get(Column.COOPERATIVE)
    column = Column.CREDIT_CODE if code else Column.COOPERATIVE
    if not code and not name:
        wrong(column, FaultKind.MISSING)
        return None
    found = known.by_code.get(str(code).upper()) if code else known.by_name.get(str(name))
    if found is None:
        wrong(column, FaultKind.UNKNOWN_COOPERATIVE)
        return None
    if not found.in_scope:
        wrong(column, FaultKind.NOT_IN_SCOPE)
        return None
    town = str(said.get(Column.TOWN, ""))
    if town and town.removesuffix("镇").removesuffix("街道") not in found.town_name:
        wrong(Column.TOWN, FaultKind.OTHER_TOWN, town=found.town_name)
    return found


def _day(
    said: Mapping[str, Any], today: date, unreadable: set[str], wrong: Callable[..., None]
) -> date | None:
    """The day on which it was sold: accepted, else paid, else ordered."""
    columns = (Column.ACCEPTED_ON, Column.PAID_ON, Column.ORDERED_ON)
    column = next((column for column in columns if column in said), Column.ACCEPTED_ON)
    if column not in said:
        if not unreadable & set(columns):
            wrong(column, FaultKind.MISSING)
        return None
    day = date.fromisoformat(said[column])
    if day > today:
        wrong(column, FaultKind.FUTURE)
        return None
    if day < FIRST_DAY:
        wrong(column, FaultKind.TOO_EARLY, first=FIRST_DAY.isoformat())
        return None
    return day


def _month(said: Mapping[str, Any], day: date, counts_in: str, wrong: Callable[..., None]) -> str:
    own = f"{day:%Y-%m}"
    if said.get(Column.MONTH, own) not in (own, counts_in):
        wrong(Column.MONTH, FaultKind.OTHER_MONTH, day=day.isoformat(), month=counts_in)
    if counts_in != own and not said.get(Column.NOTE):
        wrong(Column.NOTE, FaultKind.CLOSED, month=own, counts_in=counts_in)
    return counts_in


def _goods(
    said: Mapping[str, Any],
    goods: Goods | None,
    categories: Mapping[str, int],
    wrong: Callable[..., None],
) -> dict[str, Any]:
    category = said.get(Column.CATEGORY)
    if Column.PRODUCT not in said:
        wrong(Column.PRODUCT, FaultKind.MISSING)
    if category is None and goods is None:
        wrong(Column.CATEGORY, FaultKind.MISSING)
    elif category is not None and category not in categories:
        wrong(Column.CATEGORY, FaultKind.NO_CATEGORY, names="、".join(categories))
    units = {unit for _, unit in goods.variants} if goods else set()
    unit = said.get(Column.UNIT) or (units.pop() if len(units) == 1 else "")
    if not unit:
        wrong(Column.UNIT, FaultKind.MISSING)
    own = goods.category_id if goods else None
    return {
        "product_name": said.get(Column.PRODUCT, ""),
        "product_id": goods and goods.product_id,
        "category_id": categories.get(category, own) if category else own,
        "spec": said.get(Column.SPEC, ""),
        "unit": unit,
    }


def _money(
    said: Mapping[str, Any], unreadable: set[str], wrong: Callable[..., None]
) -> dict[str, Any]:
    quantity, price, amount = (
        said.get(column) for column in (Column.QUANTITY, Column.PRICE, Column.AMOUNT)
    )
    if said.get(Column.REFUND):
        wrong(Column.REFUND, FaultKind.REFUND)
    if quantity is None:
        wrong(Column.QUANTITY, FaultKind.MISSING)
    if price is None and amount is None and not unreadable & {Column.PRICE, Column.AMOUNT}:
        wrong(Column.AMOUNT, FaultKind.MISSING)
    if quantity is None or (price is None and amount is None):
        return {}
    if amount is None:
        amount = amount_of(quantity, int(price or 0))
    price = price_of(quantity, amount) if price is None else price
    if not 1 <= amount <= MOST_FEN or not 1 <= price <= MOST_FEN:
        wrong(Column.AMOUNT, FaultKind.OUT_OF_BOUNDS, low=yuan(1), high=yuan(MOST_FEN))
    elif not agree(quantity, price, amount):
        right = yuan(amount_of(quantity, price))
        wrong(Column.AMOUNT, FaultKind.DISAGREES, right=right)
    if Column.NET in said and said[Column.NET] != amount and not said.get(Column.REFUND):
        wrong(Column.NET, FaultKind.OTHER_NET)
    return {"quantity_milli": quantity, "unit_price_fen": price, "amount_fen": amount}


def _buyer(
    said: Mapping[str, Any], unreadable: set[str], wrong: Callable[..., None]
) -> dict[str, Any]:
    activity, unit = said.get(Column.ACTIVITY, ""), said.get(Column.BUYER_UNIT, "")
    channel = said.get(Column.CHANNEL) or (Channel.FAIR.value if activity else None)
    buyer_type = said.get(Column.BUYER_TYPE)
    if channel is None:
        wrong(Column.CHANNEL, FaultKind.MISSING)
    if channel == Channel.FAIR and not activity:
        wrong(Column.ACTIVITY, FaultKind.MISSING)
    if buyer_type is None:
        wrong(Column.BUYER_TYPE, FaultKind.MISSING)
        return {}
    if buyer_type != BuyerType.RESIDENT and not unit:
        wrong(Column.BUYER_UNIT, FaultKind.MISSING)
    return {
        "channel": channel,
        "activity_name": activity,
        "buyer_type": buyer_type,
        "buyer_unit": "" if buyer_type == BuyerType.RESIDENT else unit,
        "buyer_district": said.get(Column.DISTRICT, ""),
        "mode": said.get(Column.MODE) or mode_of(BuyerType(buyer_type)).value,
    }


def _weight(said: Mapping[str, Any], facts: Mapping[str, Any], goods: Goods | None) -> int | None:
    if Column.WEIGHT in said:
        return int(said[Column.WEIGHT])
    each = goods.variants.get((facts["spec"], facts["unit"])) if goods else None
    return weight_of(facts["quantity_milli"], facts["unit"], each)


def _activity(facts: Mapping[str, Any], known: Known, seller: Seller, day: date) -> int | None:
    return activity_named(known.activities, facts["activity_name"], seller.town_code, day)


def _shown(said: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row that is not counted, what the page shows of it."""
    return {
        "product_name": said.get(Column.PRODUCT, ""),
        "spec": said.get(Column.SPEC, ""),
        "cooperative_name": said.get(Column.COOPERATIVE, ""),
        "sold_on": said.get(Column.ACCEPTED_ON),
    }

"""A flag in words, from its numbers: what was seen, and what it is usually like."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from orders.flags.models import Flag, FlagKind
from shop.money import yuan

REASONS = {
    "same_person": _l("下单的人就是这家合作社的成员"),
    "shared_member": _l("采购单位和这家合作社有同一位成员"),
    "same_phone": _l("下单或收货的手机号和这家合作社或其成员的相同"),
    "same_name": _l("采购方名称和这家合作社相同"),
}


def explained(flag: Flag) -> str:
    """One or two sentences with the numbers that were found at the time."""
    return _EXPLAINED[flag.kind](flag.facts)


def _price(facts: dict[str, Any]) -> str:
    per = gettext("公斤") if facts["per"] == "kg" else facts["per"]
    return str(
        gettext(
            "%(product)s的单价是 %(price)s 元/%(per)s，而%(of)s最近 12 个月的中位价是"
            " %(norm)s 元/%(per)s（%(lines)s 笔）。",
            product=facts["product"],
            price=yuan(facts["price_fen"]),
            per=per,
            of=facts["of"],
            norm=yuan(facts["norm_fen"]),
            lines=f"{facts['lines']:,}",
        )
    )


def _refunded(facts: dict[str, Any]) -> str:
    return str(
        gettext(
            "这一单计入 %(amount)s 元，%(days)s 天内退回 %(refund)s 元，占 %(percent)s%%。",
            amount=yuan(facts["amount_fen"]),
            days=facts["days"],
            refund=yuan(facts["refund_fen"]),
            percent=facts["percent"],
        )
    )


def _related(facts: dict[str, Any]) -> str:
    reasons = gettext("；").join(str(REASONS[reason]) for reason in facts["reasons"])
    return str(
        gettext(
            "向%(cooperative)s采购 %(amount)s 元：%(reasons)s。",
            cooperative=facts["cooperative"],
            amount=yuan(facts["amount_fen"]),
            reasons=reasons,
        )
    )


def _spike(facts: dict[str, Any]) -> str:
    return str(
        gettext(
            "%(month)s 最后 %(days)s 天共 %(sum)s 元，平均每天 %(daily)s 元，是之前 90 天日均"
            " %(usual)s 元的 %(times)s 倍。",
            month=facts["month"],
            days=facts["days"],
            sum=yuan(facts["fen"]),
            daily=yuan(facts["daily_fen"]),
            usual=yuan(facts["usual_fen"]),
            times=Decimal(facts["percent"] // 10).scaleb(-1),
        )
    )


def _evidence(facts: dict[str, Any]) -> str:
    if facts["elsewhere"]:
        return str(
            gettext(
                "这一笔的现场照片和别的镇一笔销售的是同一张（校验值 %(hash)s…），此前已用过"
                " %(count)s 次。",
                hash=facts["sha256"],
                count=facts["earlier"],
            )
        )
    return str(
        gettext(
            "这一笔的现场照片和另一笔销售的是同一张（校验值 %(hash)s…），此前已用过 %(count)s 次。",
            hash=facts["sha256"],
            count=facts["earlier"],
        )
    )


def _harvest(facts: dict[str, Any]) -> str:
    return str(
        gettext(
            "%(product)s自 %(since)s 第一批采收起共采收 %(harvested)s 公斤，卖出 %(sold)s 公斤，"
            "多 %(percent)s%%（允许误差 %(tolerance)s%%）。",
            product=facts["product"],
            since=date.fromisoformat(facts["since"]).isoformat(),
            harvested=_kilograms(facts["harvested_g"]),
            sold=_kilograms(facts["sold_g"]),
            percent=facts["percent"],
            tolerance=facts["tolerance"],
        )
    )


def _kilograms(grams: int) -> str:
    return f"{Decimal(grams // 100).scaleb(-1):,}"


_EXPLAINED = {
    FlagKind.PRICE: _price,
    FlagKind.REFUNDED: _refunded,
    FlagKind.RELATED: _related,
    FlagKind.SPIKE: _spike,
    FlagKind.EVIDENCE: _evidence,
    FlagKind.HARVEST: _harvest,
}

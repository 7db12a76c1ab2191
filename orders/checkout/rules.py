"""Numbers of orders, deadlines, and what changed since the buyer last looked."""

import base64
import hashlib
import hmac
import json
from datetime import date, datetime, timedelta

from flask_babel import gettext

from orders.cart.rules import Line, Quote
from shop import clock
from shop.money import yuan
from shop.web.filters import near_day

TIME_TO_PAY = timedelta(minutes=30)

RANDOM_LENGTH = 6
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Of one line: its quantity, its unit price in fen, and the day from which it is sent in advance.
Seen = tuple[int, int, date | None]


def order_number(at: datetime, random_part: str) -> str:
    """``C20261123-7F3K9Q``: the day in Zhuhai and an unguessable part."""
    return f"C{clock.day_of(at):%Y%m%d}-{random_part}"


def checkout_key(secret: str, account_id: int, latest_order_id: int) -> str:
    """The one-time key of a checkout page: the same in every tab until an order is placed, so that
    all of them become that order. Others can't guess it."""
    message = f"{account_id}:{latest_order_id}".encode()
    digest = hmac.new(secret.encode(), b"checkout:" + message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def pay_before(at: datetime, transfer_days: int | None) -> datetime:
    """Until when an order may be paid: bank transfers take days, and are given them."""
    return at + (TIME_TO_PAY if transfer_days is None else timedelta(days=transfer_days))


def sub_order_letter(position: int) -> str:
    """A, B … Z, AA, AB …: the part of an order that one cooperative delivers, counted from 0."""
    first, last = divmod(position, len(_LETTERS))
    return (sub_order_letter(first - 1) if first else "") + _LETTERS[last]


_Facts = tuple[dict[int, Seen], dict[int, int], dict[int, date]]


def changes(seen: str, now: Quote) -> list[str]:
    """What is different from the quote whose facts the buyer saw, in sentences.

    ``seen`` comes back from the buyer's browser: it is only ever used for these sentences, and
    nonsense gives none.
    """
    before = _read_facts(seen)
    if before is None:
        return []
    lines, freights, promises = before
    found = [_line_change(lines.get(line.variant.id), line) for line in now.lines]
    found += [_gone(line) for line in now.problems if line.variant.id in lines]
    for part in now.parts:
        known = freights.get(part.cooperative_id, part.freight_fen)
        if known != part.freight_fen:
            found.append(
                gettext(
                    "%(name)s的运费从 ¥%(before)s 变为 ¥%(now)s。",
                    name=part.cooperative_name,
                    before=yuan(known),
                    now=yuan(part.freight_fen),
                )
            )
        promised_on = promises.get(part.cooperative_id, part.promised_on)
        if promised_on != part.promised_on:
            found.append(
                gettext(
                    "%(name)s的货送到的日子从 %(before)s 变为 %(now)s。",
                    name=part.cooperative_name,
                    before=promised_on.isoformat(),
                    now=part.promised_on.isoformat(),
                )
            )
    return [sentence for sentence in found if sentence]


def _line_change(before: Seen | None, line: Line) -> str:
    name = _name(line)
    if before is None:
        return str(gettext("新加入了“%(name)s”。", name=name))
    quantity, price_fen, ships_on = before
    if price_fen != line.unit_price_fen:
        return str(
            gettext(
                "“%(name)s”的单价从 ¥%(before)s 变为 ¥%(now)s。",
                name=name,
                before=yuan(price_fen),
                now=yuan(line.unit_price_fen),
            )
        )
    if quantity != line.quantity:
        return str(
            gettext(
                "“%(name)s”的数量从 %(before)s 变为 %(now)s。",
                name=name,
                before=quantity,
                now=line.quantity,
            )
        )
    if ships_on != line.ships_on:
        return _sending_change(name, line.ships_on)
    return ""


def _sending_change(name: str, ships_on: date | None) -> str:
    if ships_on is None:
        return str(gettext("“%(name)s”现在有货，不用等预售了。", name=name))
    return str(
        gettext(
            "“%(name)s”现货不够，现在是预售，%(day)s起发货。", name=name, day=near_day(ships_on)
        )
    )


def _gone(line: Line) -> str:
    return str(gettext("“%(name)s”不能下单了：%(why)s", name=_name(line), why=line.problem))


def _name(line: Line) -> str:
    return f"{line.variant.product.name} {line.variant.spec}"


def _read_facts(text: str) -> _Facts | None:
    """Quantity, price and day by variant, freight and day by cooperative; None if it is
    nonsense."""
    lines: dict[int, Seen] = {}
    freights: dict[int, int] = {}
    promises: dict[int, date] = {}
    try:
        for cooperative_id, freight_fen, promised_on, parts in json.loads(text):
            freights[int(cooperative_id)] = int(freight_fen)
            promises[int(cooperative_id)] = date.fromisoformat(promised_on)
            for variant_id, quantity, price_fen, *days in parts:
                ships_on = date.fromisoformat(days[0]) if days else None
                lines[int(variant_id)] = (int(quantity), int(price_fen), ships_on)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
    return lines, freights, promises


def sub_order_number(order_number: str, position: int) -> str:
    """The number of the part of an order at a position, counted from 0."""
    return f"{order_number}{sub_order_letter(position)}"

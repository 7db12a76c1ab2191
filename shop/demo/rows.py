"""Rows as the services would write them, without the services."""

from datetime import datetime
from typing import Any

from catalog.stock.models import MovementKind
from orders.checkout.rules import RANDOM_LENGTH, TIME_TO_PAY, order_number
from orders.payments.models import AttemptState
from orders.payments.rules import ALPHABET
from orders.sales.models import Channel, EntryKind
from orders.sales.rules import MILLI, mode_of
from shop import clock
from shop.demo.offers import Buyer, Offer
from suppliers.settlements.models import EntryKind as Owed

CHANGED_MIND = "买家取消"


def order_row(
    number: int,
    buyer: Buyer,
    goods_fen: int,
    freight_fen: int,
    *,
    placed_at: datetime,
    paid_at: datetime | None,
    closed_at: datetime | None,
) -> dict[str, Any]:
    """Everything but where it goes."""
    return {
        "number": order_number(placed_at, _random_part(number)),
        "checkout_key": f"volume-{number}",
        "account_id": buyer.account_id,
        "organisation_id": buyer.organisation_id,
        "buyer_type": buyer.buyer_type,
        "buyer_unit": buyer.unit,
        "recipient": "演示收货人",
        "phone": "13800000000",
        "goods_fen": goods_fen,
        "freight_fen": freight_fen,
        "total_fen": goods_fen + freight_fen,
        "placed_at": placed_at,
        "expires_at": placed_at + TIME_TO_PAY,
        "paid_at": paid_at,
        "closed_at": closed_at,
    }


def payment_row(order: dict[str, Any], refunded: bool) -> dict[str, Any]:
    due_fen = order["total_fen"]
    return {
        "due_fen": due_fen,
        "captured_fen": due_fen if order["paid_at"] else 0,
        "refunded_fen": due_fen if refunded else 0,
        "created_at": order["placed_at"],
    }


def attempt_row(number: int, order: dict[str, Any], refunded: bool) -> dict[str, Any]:
    received_fen = order["total_fen"] if order["paid_at"] else 0
    return {
        "received_fen": received_fen,
        "refunded_fen": received_fen if refunded else 0,
        "idempotency_key": f"volume-{number}",
        "intent_id": f"pi_volume_{number}",
        "client_secret": f"pi_volume_{number}_secret",
        "state": _state_of(order),
        "created_at": order["placed_at"],
        "finished_at": order["paid_at"] or order["closed_at"],
        "check_due_at": None if order["paid_at"] or order["closed_at"] else order["placed_at"],
    }


def _state_of(order: dict[str, Any]) -> AttemptState:
    if order["paid_at"]:
        return AttemptState.SUCCEEDED
    return AttemptState.FAILED if order["closed_at"] else AttemptState.OPEN


def refund_row(number: int, order: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "amount_fen": order["total_fen"],
        "reason": CHANGED_MIND,
        "granted_at": at,
        "granted_by_id": order["account_id"],
        "idempotency_key": f"volume-{number}",
        "provider_id": f"re_volume_{number}",
        "moved_at": at,
    }


def line_row(offer: Offer, quantity: int, part: dict[str, Any]) -> dict[str, Any]:
    amount_fen = quantity * offer.price_fen
    return offer.frozen | {
        "cancelled_quantity": quantity if part["cancelled_at"] else 0,
        "dispatched_quantity": quantity if part["dispatched_at"] else 0,
        "refunded_fen": amount_fen if part["cancelled_at"] else 0,
        "variant_id": offer.variant_id,
        "quantity": quantity,
        "amount_fen": amount_fen,
        "net_weight_g": offer.net_weight_g,
        "perishable": offer.perishable,
    }


def movement(
    kind: MovementKind,
    variant_id: int,
    quantity: int,
    at: datetime,
    by_id: int | None,
    reference: str = "",
) -> dict[str, Any]:
    return {
        "variant_id": variant_id,
        "kind": kind,
        "quantity": quantity,
        "at": at,
        "by_id": by_id,
        "reference": reference,
        "reason": "",
    }


def sales_entry(
    order: dict[str, Any], part: dict[str, Any], line_id: int, offer: Offer, quantity: int
) -> dict[str, Any]:
    """What the ledger says of a line once it is accepted."""
    day = clock.day_of(part["accepted_at"])
    amount_fen = quantity * offer.price_fen
    return offer.frozen | {
        "kind": EntryKind.SALE,
        "recorded_at": part["accepted_at"],
        "counted_on": day,
        "month": clock.month_of(day),
        "sold_on": day,
        "order_line_id": line_id,
        "quantity_milli": quantity * MILLI,
        "amount_fen": amount_fen,
        "refund_fen": 0,
        "net_fen": amount_fen,
        "net_weight_g": quantity * offer.net_weight_g,
        "channel": Channel.ONLINE,
        "mode": mode_of(order["buyer_type"]),
        "buyer_type": order["buyer_type"],
        "buyer_unit": order["buyer_unit"],
        "buyer_district": order["county_name"],
        "order_number": part["number"],
        "ordered_on": clock.day_of(order["placed_at"]),
        "accepted_on": day,
        "paid_on": clock.day_of(order["paid_at"]),
    }


def payable_entries(
    part_id: int, part: dict[str, Any], line_ids: list[int], picks: list[tuple[Offer, int]]
) -> list[dict[str, Any]]:
    """What the shop owes for an accepted part; its volume is sold without commission."""
    owed: list[tuple[Owed, int, int | None]] = [
        (Owed.GOODS, quantity * offer.price_fen, line_id)
        for line_id, (offer, quantity) in zip(line_ids, picks, strict=True)
    ]
    if part["freight_fen"]:
        owed.append((Owed.FREIGHT, part["freight_fen"], None))
    return [
        {
            "cooperative_id": part["cooperative_id"],
            "kind": kind,
            "amount_fen": amount_fen,
            "at": part["accepted_at"],
            "cause": f"{kind}:{line_id or part_id}",
            "sub_order_id": part_id,
            "order_line_id": line_id,
        }
        for kind, amount_fen, line_id in owed
    ]


def _random_part(number: int) -> str:
    """Looks drawn by lot and never repeats: the step shares no divisor with the number of parts."""
    base = len(ALPHABET)
    rest = number * 48_271_003 % base**RANDOM_LENGTH
    characters = []
    for _ in range(RANDOM_LENGTH):
        rest, character = divmod(rest, base)
        characters.append(ALPHABET[character])
    return "".join(characters)

"""Orders about which something was wrong: claims in several states, with photos, and units that
were called off before they were sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

from flask import current_app
from PIL import Image, ImageDraw

from catalog.products.gateways import store_picture
from orders.cart.queries import Owner, get_quote
from orders.cart.services import add
from orders.checkout.services import Consent, place_order
from orders.claims import services as claims
from orders.claims.gateways import photos_folder
from orders.claims.models import Fault
from orders.claims.services import Answer, ClaimDraft
from orders.deliveries.services import accept, dispatch
from orders.records.models import AcceptedBy, Order, SubOrder
from orders.refunds.models import Side
from orders.refunds.services.cancellations import cancel_units
from shop.accounts.people.services import Delivery
from shop.db import db, transaction
from shop.demo.history import HOMES, pay
from shop.demo.market import Ware, fill_up
from shop.demo.people import Buyer

ORDERED = 3
TEXT = "打开箱子，上面一层有几个坏了。"
# Ink, crate, fruit and what is rotten of it.
GROUND, CRATE, FRUIT, ROT = "#EFE7D6", "#A8741F", "#C8313A", "#4A3B22"

Act = Callable[[int, datetime], None]


def fall_out(wares: list[Ware], buyer: Buyer, at: datetime) -> None:
    """The resident whose sign-in is shown complains to the cooperative whose sign-in is shown.
    Needs the payment sandbox."""
    ware = wares[0]
    manager = ware.manager_id

    def offer(claim_id: int, now: datetime) -> None:
        half = Answer(ware.price_fen // 2, "非常抱歉，路上压坏了，退您一半。")
        claims.answer(claim_id, half, by=manager, at=now)

    def offer_and_agree(claim_id: int, now: datetime) -> None:
        offer(claim_id, now)
        claims.agree(claim_id, by=buyer.account_id, at=now + timedelta(hours=1))

    def refuse_and_escalate(claim_id: int, now: datetime) -> None:
        claims.answer(claim_id, Answer(0, "发货前检查过，没有问题。"), by=manager, at=now)
        text = "照片上看得很清楚。"
        claims.escalate(claim_id, text, by=buyer.account_id, at=now + timedelta(hours=1))

    for number, follow in enumerate((_nothing, offer, offer_and_agree, refuse_and_escalate)):
        arrived_at = at - timedelta(hours=20 - number)
        part_id = _receive(ware, buyer, f"claim-{number}", arrived_at)
        _claim(part_id, buyer, follow, arrived_at + timedelta(hours=1))
    _call_one_off(buy(ware, buyer, "called-off", at - timedelta(hours=2)), buyer, at)


def _nothing(claim_id: int, now: datetime) -> None:
    """It still waits for its answer."""


def _claim(part_id: int, buyer: Buyer, follow: Act, at: datetime) -> None:
    stored = store_picture(_photo(part_id), photos_folder(current_app.config["SETTINGS"]))
    with transaction():
        photo = claims.keep_photo(buyer.account_id, stored, at=at)
        line_id = db.session.get_one(SubOrder, part_id).lines[0].id
        draft = ClaimDraft({line_id: 1}, Fault.SPOILED, TEXT, [photo.id])
        claim = claims.open_claim(part_id, draft, by=buyer.account_id, at=at)
        follow(claim.id, at + timedelta(hours=2))


def _call_one_off(part_id: int, buyer: Buyer, at: datetime) -> None:
    with transaction():
        part = db.session.get_one(SubOrder, part_id)
        how = {"side": Side.BUYER, "reason": "买家取消", "by": buyer.account_id}
        cancel_units(part, {part.lines[0].id: 1}, **how, at=at - timedelta(hours=1))


def _receive(ware: Ware, buyer: Buyer, key: str, arrived_at: datetime) -> int:
    """The part of an order that came at that moment."""
    part_id = buy(ware, buyer, key, arrived_at - timedelta(days=2))
    with transaction():
        part = db.session.get_one(SubOrder, part_id)
        parcels = [("演示快递", f"DEMO{part_id:08d}")]
        sent_at = arrived_at - timedelta(days=1)
        dispatch(part_id, part.cooperative_id, parcels, by=ware.manager_id, at=sent_at)
    with transaction():
        accept(
            part_id,
            account_id=buyer.account_id,
            accepted_by=AcceptedBy.BUYER,
            at=arrived_at,
        )
    return part_id


def buy(ware: Ware, buyer: Buyer, key: str, at: datetime) -> int:
    """A paid order for some units; the id of its only part."""
    town_code, street = HOMES[0]
    delivery = Delivery(
        recipient="演示收货人", phone="13800000000", town_code=town_code, street=street
    )
    owner = Owner(account_id=buyer.account_id)
    fill_up(ware, ORDERED, at)
    with transaction():
        add(owner, ware.variant_id, ORDERED, at=at)
        consent = Consent(get_quote(owner, at=at).fingerprint, perishables=True)
        order = place_order(
            buyer.account_id, f"demo-{key}", delivery, consent, for_unit=buyer.is_unit, at=at
        )
        order_id = order.id
    pay(order_id, at + timedelta(minutes=3))
    return db.session.get_one(Order, order_id).sub_orders[0].id


def _photo(number: int) -> BytesIO:
    """A drawn box of fruit, some of it rotten."""
    image = Image.new("RGB", (800, 600), GROUND)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((80, 140, 720, 520), 24, fill=CRATE)
    draw.rounded_rectangle((104, 164, 696, 496), 16, fill="#7D5513")
    for place in range(15):
        left, top = 120 + place % 5 * 112, 180 + place // 5 * 100
        draw.ellipse((left, top, left + 96, top + 96), fill=FRUIT)
        if (place + number) % 6 == 0:
            draw.ellipse((left + 24, top + 20, left + 80, top + 76), fill=ROT)
    file = BytesIO()
    image.save(file, "JPEG", quality=85)
    file.seek(0)
    return file

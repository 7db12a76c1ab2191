"""Whatever becomes of a sheet of tracking numbers on its way: it never raises, each parcel leaves
whole or not at all, and bringing it again ships nothing."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from catalog.products.models import Product
from orders.deliveries.models import Parcel, Shipment, ShipmentLine
from shop import clock
from shop.accounts.people.models import Account
from shop.db import db, transaction
from shop.errors import DomainError
from shop.invariants import list_broken
from shop.sheets.errors import FileRefused
from suppliers.fulfilment.rules import is_tracking_number
from suppliers.shipping import services
from suppliers.shipping.handlers import ship_sheets, stage_file
from suppliers.shipping.models import TrackingSheet
from suppliers.shipping.queries import judge_sheet
from tests.factories.catalog import make_draft, make_product
from tests.factories.orders import paid, place
from tests.factories.people import make_cooperative_member, make_resident
from tests.parts.mutations import KINDS, NASTY, changes_of, encodings, file_of, mutated

HEAD = ["订单号", "快递公司", "快递单号", "这次发几件", "批次"]
OWN = ["SF1234567890", "SF1234567891", "7.3E+14", "1、1", "2+0", "99", "ABCDEFGH23", "圆通", *HEAD]
cells = st.sampled_from([*NASTY, *OWN]) | st.text(max_size=12)


@pytest.fixture
def seller(context: None) -> SimpleNamespace:
    with transaction():
        account = make_cooperative_member()
        assert account.cooperative
        drafts = [make_draft(), make_draft("10斤装", net_weight_g=5000, measure_amount=5000)]
        product = make_product(account.cooperative, variants=drafts, stock=9_000)
        buyers = [make_resident().id, make_resident().id]
        own = account.cooperative.id
        return SimpleNamespace(id=own, by=account.id, product=product.id, buyers=buyers)


def wait_for_parcels(seller: SimpleNamespace) -> list[str]:
    """Parts that wait: two of one buyer, the first of two sorts of goods, and another buyer's."""
    with transaction():
        one, other = db.session.get_one(Product, seller.product).variants
        first, second = (db.session.get_one(Account, each) for each in seller.buyers)
        wanted = [(first, {one: 2, other: 2}), (first, {one: 2}), (second, {other: 3})]
        return [
            paid(place(buyer, units, at=clock.now())).sub_orders[0].number
            for buyer, units in wanted
        ]


def bring(seller: SimpleNamespace, name: str, content: bytes) -> None:
    """Bring a sheet, have it shipped and see that just that left which the page had promised."""
    now = clock.now()
    try:
        sheet_id = stage_file(seller.id, name, content, by=seller.by, at=now)
    except FileRefused:
        db.session.rollback()
        return
    judged = judge_sheet(db.session.get_one(TrackingSheet, sheet_id), at=now)
    promised = [each.verdict.wanted for each in judged if each.verdict.wanted]
    before = sent()
    with transaction():
        services.confirm(seller.id, sheet_id, by=seller.by, at=now)
    assert ship_sheets(now) == len(promised)
    expected = [
        (wanted.part_id, wanted.carrier, wanted.number, line_id, quantity)
        for wanted in promised
        for line_id, quantity in wanted.quantities.items()
    ]
    assert sorted(sent()) == sorted([*before, *expected])
    with pytest.raises(DomainError), transaction():
        services.discard(seller.id, sheet_id, by=seller.by, at=now)


def sent() -> list[tuple[Any, ...]]:
    """Each part's parcels with what is in them."""
    query = (
        select(
            Shipment.sub_order_id,
            Parcel.carrier,
            Parcel.tracking_number,
            ShipmentLine.order_line_id,
            ShipmentLine.quantity,
        )
        .join(Parcel, Parcel.shipment_id == Shipment.id)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
    )
    return [tuple(row) for row in db.session.execute(query)]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes_of(cells), encodings, st.sampled_from(KINDS), st.data())
def test_a_mutated_sheet_ships_what_it_promised_whole_and_once(
    context: None,
    seller: SimpleNamespace,
    some: list[tuple[int, int, str]],
    encoding: str,
    kind: str,
    data: st.DataObject,
) -> None:
    parts = wait_for_parcels(seller)
    table = [HEAD, *([part, "顺丰", f"SF{part[-7:]}", "", ""] for part in parts)]
    table.append([parts[0], "顺丰", f"YT{parts[0][-7:]}", "1、0", ""])
    ending, content = file_of(mutated(table, some), kind, encoding, data)
    bring(seller, f"单号.{ending}", content)
    after = sent()
    bring(seller, f"单号.{ending}", content)
    assert sent() == after
    assert all(is_tracking_number(number) for _, _, number, *_ in after)
    assert list(list_broken()) == []
    db.session.rollback()

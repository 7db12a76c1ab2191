"""What `flask check` says of a desk, its licences and its batches when something is planted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from catalog.batches.models import Batch, BatchRecall
from catalog.products.models import Product, Variant
from orders.deliveries.models import PickAllocation, ShipmentLine
from shop import clock
from shop.accounts.people.models import Account, Membership
from shop.db import db
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from suppliers.today import services
from suppliers.today.models import ActKind, DeskAct
from suppliers.today.rules import Act
from suppliers.verification.models import Document, DocumentKind
from tests.factories.catalog import NOW, make_batch, make_product
from tests.factories.orders import dispatched, paid, place
from tests.factories.people import make_cooperative, make_cooperative_member, make_resident

pytestmark = pytest.mark.both_engines

Check = Callable[[], str]


@dataclass(frozen=True)
class Desk:
    """A cooperative that has sent two boxes from a batch, and changed stock and price today."""

    cooperative: Organisation
    manager: Account
    variant: Variant
    line: ShipmentLine
    batch: Batch


@pytest.fixture
def desk(act: Callable[..., Any]) -> Desk:
    def run() -> Desk:
        cooperative = make_cooperative()
        manager = make_cooperative_member(cooperative)
        product = make_product(cooperative, stock=100)
        (variant,) = product.variants
        dispatched(paid(place(make_resident(), {variant: 2})))
        for kind, value in ((ActKind.STOCK, 5), (ActKind.PRICE, 8000), (ActKind.PRICE, 8000)):
            step = Act(str(uuid4()), kind, variant.id, value, seen=variant.version)
            given = {"by": manager.id, "at": clock.now(), "review_above": 50, "held_back": ""}
            services.settle(cooperative.id, step, **given)
        line = db.session.scalars(select(ShipmentLine)).one()
        batch = db.session.scalars(select(Batch)).one()
        return Desk(cooperative, manager, variant, line, batch)

    return act(run)


@pytest.fixture
def check(app: Flask) -> Check:
    """What the command prints."""
    return lambda: app.test_cli_runner().invoke(args=["check"]).output


def write_act(desk: Desk, **changes: object) -> None:
    given: dict[str, object] = {
        "account_id": desk.manager.id,
        "key": str(uuid4()),
        "cooperative_id": desk.cooperative.id,
        "kind": ActKind.PRICE,
        "variant_id": desk.variant.id,
        "value": 1,
        "seen": 1,
        "made_at": NOW,
        "at": NOW,
        "reason": "",
        "version": db.session.get_one(Variant, desk.variant.id).version,
    }
    db.session.execute(insert(DeskAct), given | changes)


def of_another_desk(desk: Desk) -> None:
    write_act(desk, cooperative_id=make_cooperative().id)


def of_no_variant(desk: Desk) -> None:
    write_act(desk, variant_id=999_999)


def of_a_version_to_come(desk: Desk) -> None:
    write_act(desk, version=99)


def step_by_somebody_else(desk: Desk) -> None:
    write_act(desk, kind=ActKind.STOCK, account_id=make_resident().id, version=2)


def twice_the_same_step(desk: Desk) -> None:
    write_act(desk, kind=ActKind.STOCK, version=2)


def back_in_time(desk: Desk) -> None:
    write_act(desk, version=1)


def without_a_manager(desk: Desk) -> None:
    db.session.execute(update(Membership).values(ended_at=NOW))


def licence(desk: Desk, kind: DocumentKind, expires_on: date | None) -> None:
    db.session.add(
        Document(
            organisation_id=desk.cooperative.id,
            kind=kind,
            number="G-1",
            expires_on=expires_on,
            open_ended=expires_on is None,
            recorded_at=NOW,
            recorded_by_id=desk.manager.id,
        )
    )


def lapse(desk: Desk, **columns: object) -> None:
    own = update(Organisation).where(Organisation.id == desk.cooperative.id)
    db.session.execute(own.values(**columns))


def stopped_with_a_licence(desk: Desk) -> None:
    licence(desk, DocumentKind.BUSINESS_LICENCE, clock.day_of(clock.now()))
    lapse(desk, licence_lapsed_at=NOW)


def stopped_with_one_of_two_permits(desk: Desk) -> None:
    licence(desk, DocumentKind.FOOD_PRODUCTION, date(2020, 1, 1))
    licence(desk, DocumentKind.FOOD_WORKSHOP, None)
    lapse(desk, food_licence_lapsed_at=NOW)


def stopped_for_nothing(desk: Desk) -> None:
    lapse(desk, food_licence_lapsed_at=NOW)


def selling_without_a_licence(desk: Desk) -> None:
    licence(desk, DocumentKind.BUSINESS_LICENCE, clock.day_of(clock.now()) - timedelta(days=3))


def making_food_without_a_permit(desk: Desk) -> None:
    licence(desk, DocumentKind.FOOD_WORKSHOP, date(2020, 1, 1))


def pick(desk: Desk, batch: Batch, units: int = 1) -> None:
    given = {"shipment_line_id": desk.line.id, "batch_id": batch.id, "quantity": units}
    db.session.execute(insert(PickAllocation), given)


def picked_more_than_sent(desk: Desk) -> None:
    product = db.session.get_one(Product, desk.variant.product_id)
    pick(desk, make_batch(product), units=1)


def sent_more_than_picked(desk: Desk) -> None:
    db.session.execute(update(ShipmentLine).values(quantity=3))


def batch_gave_more(desk: Desk) -> None:
    db.session.execute(update(Batch).values(allocated_g=Batch.allocated_g + 1))


def picked_of_another_product(desk: Desk) -> None:
    other = make_product(desk.cooperative, name="黄皮", batched=False)
    pick(desk, make_batch(other))


def picked_without_a_certificate(desk: Desk) -> None:
    product = db.session.get_one(Product, desk.variant.product_id)
    pick(desk, make_batch(product, certified=False))


def left_after_the_recall(desk: Desk) -> None:
    given = {"batch_id": desk.batch.id, "reason": "农残超标", "at": NOW, "by_id": None}
    db.session.execute(insert(BatchRecall), given)


@pytest.mark.parametrize(
    ("plant", "complaint"),
    [
        (of_another_desk, "these acts of a desk changed other than their variant says"),
        (of_no_variant, "these acts of a desk changed other than their variant says"),
        (of_a_version_to_come, "these acts of a desk changed other than their variant says"),
        (step_by_somebody_else, "these acts of a desk changed other than their variant says"),
        (twice_the_same_step, "these acts of a desk made an older version than acts before"),
        (back_in_time, "these acts of a desk made an older version than acts before"),
        (without_a_manager, "these cooperatives had a manager and have none"),
        (stopped_with_a_licence, "these cooperatives are stopped for want of a licence"),
        (stopped_with_one_of_two_permits, "these cooperatives are stopped for want of a licence"),
        (stopped_for_nothing, "these cooperatives are stopped for want of a licence"),
        (selling_without_a_licence, "these cooperatives sell though their licence ran out"),
        (making_food_without_a_permit, "these cooperatives sell though their licence ran out"),
        (picked_more_than_sent, "were picked from batches other than they were sent"),
        (sent_more_than_picked, "were picked from batches other than they were sent"),
        (batch_gave_more, "these batches gave other than what was picked from them"),
        (picked_of_another_product, "these picks are from another product's batch"),
        (picked_without_a_certificate, "these picks of covered goods have no certificate"),
        (left_after_the_recall, "these picks left after their batch was called back"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
def test_what_is_planted_is_found(
    act: Callable[..., Any],
    desk: Desk,
    check: Check,
    plant: Callable[[Desk], None],
    complaint: str,
) -> None:
    assert act(list_broken) == []
    act(plant, desk)
    assert complaint in check()


def test_a_licence_that_lapsed_and_one_that_ran_out_last_night_are_as_they_should_be(
    act: Callable[..., Any], desk: Desk
) -> None:
    def run() -> None:
        licence(desk, DocumentKind.BUSINESS_LICENCE, date(2020, 1, 1))
        lapse(desk, licence_lapsed_at=NOW)
        licence(desk, DocumentKind.FOOD_WORKSHOP, clock.day_of(clock.now()) - timedelta(days=1))

    act(run)
    assert act(list_broken) == []


def test_who_left_years_ago_needs_no_manager(act: Callable[..., Any], desk: Desk) -> None:
    act(lapse, desk, leaving_at=NOW, left_at=NOW)
    act(without_a_manager, desk)
    assert act(list_broken) == []

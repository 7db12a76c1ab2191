"""From a cooperative's listing to an official's spreadsheet, by everyone's own pages."""

from collections.abc import Callable
from decimal import Decimal
from email import message_from_bytes, policy
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from orders.records.models import Order
from orders.sales.models import SalesEntry
from shop import clock
from shop.accounts.people.models import Account, ScopeLevel
from shop.config import Settings
from shop.db import db
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.payments import event_about
from tests.factories.payments import send as send_event
from tests.factories.people import (
    COUNTY,
    OTHER_TOWN,
    TOWN,
    identifier_of,
    make_cooperative,
    make_official,
    make_resident,
)
from tests.integration.journeys import steps
from tests.parts.pages import see, send
from tests.parts.tables import Table, read_csv, read_xlsx

Act = Callable[..., Any]
Visit = Callable[..., FlaskClient]

BUYER = "xiaoman@shop.example"
OTHER_COUNTY = OTHER_TOWN[:6]
ELSEWHERE_FEN = 3_000_000
SOLD, SOLD_ELSEWHERE = Decimal("79.80"), Decimal("30000.00")


@pytest.fixture
def sold_elsewhere(act: Act, manager: Account) -> None:
    """An older sale of another county, so that a scope has something to leave out."""

    def sell() -> None:
        now = clock.now()
        variant = make_variant(make_cooperative(OTHER_TOWN), price_fen=ELSEWHERE_FEN // 40)
        order = place(make_resident(), {variant: 40}, at=now)
        accepted(dispatched(paid(order, at=now), at=now), at=now)

    act(sell)


@pytest.fixture
def official(act: Act, visit: Visit) -> Callable[..., FlaskClient]:
    return lambda *scope: visit(act(make_official, *scope))


def order_number(app: Flask, number: str) -> Order:
    with app.app_context():
        return db.session.scalars(select(Order).where(Order.number == number)).one()


def test_what_a_cooperative_lists_ends_as_a_line_in_the_officials_spreadsheet(
    app: Flask,
    settings: Settings,
    manager: Account,
    sold_elsewhere: None,
    visit: Visit,
    deliver: Callable[[], int],
    official: Callable[..., FlaskClient],
) -> None:
    seller, buyer = visit(manager), visit()
    product = steps.list_product(seller)
    deliver()
    find(buyer, product)
    steps.put_into_basket(buyer, product)
    steps.join(buyer, BUYER)
    assert "青皮冬瓜" in see(buyer, "/basket").text, "the basket came along"

    number = steps.check_out(buyer)
    pay(app, settings, buyer, number)
    ship(seller, number)
    assert "SF1234567890" in steps.order_page(buyer, number)
    assert ledger_of(app, number) == [], "what is on its way is no sale yet"
    confirm(buyer, number)
    assert ledger_of(app, number) == [(TOWN, "青皮冬瓜", steps.QUANTITY * 1000, steps.GOODS_FEN)]

    bureau = official(ScopeLevel.BUREAU)
    look(bureau, number, "3.01")
    assert_files(bureau, {"石鼓镇": SOLD, None: SOLD_ELSEWHERE})
    team = official(ScopeLevel.TOWN, TOWN)
    look(team, number, "0.01")
    assert_files(team, {"石鼓镇": SOLD})
    look(official(ScopeLevel.COUNTY, COUNTY), number, "0.01")
    assert_hidden(app, official(ScopeLevel.COUNTY, OTHER_COUNTY), number)

    deliver()
    assert steps_told(settings, BUYER, number) == ["已提交", "已付款", "已发货"]
    assert steps_told(settings, identifier_of(manager), number) == ["新订单", "已确认收货"]


def find(buyer: FlaskClient, product: str) -> None:
    """By its name, in Latin letters, by its town and by who sells it."""
    for words in ("冬瓜", "donggua", "石鼓镇", "晨露"):
        assert see(buyer, f"/search?q={words}").link("青皮冬瓜") == product, words
    page = buyer.get(product).text
    assert "3.99" in page, "39.90 for ten 斤"
    picture = page.split("/pictures/", 1)[1].split('"', 1)[0]
    with buyer.get(f"/pictures/{picture}") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")


def pay(app: Flask, settings: Settings, buyer: FlaskClient, number: str) -> None:
    steps.choose(buyer, number, "succeed")
    assert order_number(app, number).paid_at is None, "only the signed event makes it paid"
    with app.app_context():
        event = event_about(order_number(app, number))
    assert send_event(app.test_client(), settings, event).text == "capture"
    assert order_number(app, number).paid_at is not None


def ship(seller: FlaskClient, number: str) -> None:
    """See what to do today, print what to pick, and hand the parcel over."""
    assert "去发货：1 单" in see(seller, "/cooperative").text
    assert "青皮冬瓜 10斤装 2 箱" in see(seller, "/cooperative/pick-list").text
    part = f"/cooperative/orders/{number}A"
    assert see(seller, "/cooperative/orders").link(f"{number}A") == part
    certify_harvest(seller)
    page = see(seller, part)
    assert "何小满" in page.text
    carrier = page.form("/dispatch").options["carrier"]["顺丰速运"]
    send(seller, page.form("/dispatch"), carrier=carrier, numbers="sf 1234567890")
    assert "去发货" not in see(seller, "/cooperative").text


def certify_harvest(seller: FlaskClient) -> None:
    """Melons are covered by the law: nothing leaves without a certified batch."""
    form = see(seller, "/cooperative/batches/new").form("/cooperative/batches")
    product = form.options["product"]["青皮冬瓜"]
    send(seller, form, product=product, quantity="200", basis="self_tested")


def confirm(buyer: FlaskClient, number: str) -> None:
    send(buyer, see(buyer, f"/orders/{number}").form("/receipt"))
    assert "已完成" in steps.order_page(buyer, number)


def ledger_of(app: Flask, number: str) -> list[tuple[str, str, int, int]]:
    with app.app_context():
        entries = db.session.scalars(select(SalesEntry).filter_by(order_number=f"{number}A"))
        return [(e.town_code, e.product_name, e.quantity_milli, e.net_fen) for e in entries]


def look(official: FlaskClient, number: str, wan: str) -> None:
    assert f"{wan} 万元" in see(official, "/statistics").text
    assert number in see(official, "/statistics/ledger").text


def assert_hidden(app: Flask, official: FlaskClient, number: str) -> None:
    """Neither in a list nor in a file nor by its own address."""
    with app.app_context():
        query = select(SalesEntry.id).filter_by(order_number=f"{number}A")
        entry_id = db.session.scalars(query).one()
    assert number not in see(official, "/statistics/ledger").text
    assert official.get(f"/statistics/ledger/{entry_id}").status_code == 404
    assert official.get(f"/statistics/ledger?town={TOWN}").status_code == 404
    assert {row["订单号"] for row in download(official, "detail.csv").rows}.isdisjoint(
        {f"{number}A"}
    )


def assert_files(official: FlaskClient, sold: dict[str | None, Decimal]) -> None:
    """Detail and summary, as workbook and as CSV, add up to what was sold. By town; None is any
    other."""
    total = sum(sold.values())
    for kind in ("xlsx", "csv"):
        detail = download(official, f"detail.{kind}")
        assert len(detail.rows) == len(sold)
        assert detail.sum_of("净额(元)") == detail.total_of("净额(元)") == total
        by_town = {row["镇"]: Decimal(row["净额(元)"]) for row in detail.rows}
        assert by_town["石鼓镇"] == sold["石鼓镇"]
        summary = download(official, f"summary.{kind}")
        assert summary.total_of("本年累计") == round(total / 10_000, 2)
        assert summary.total_of("本月") == round(total / 10_000, 2)


def download(official: FlaskClient, file: str) -> Table:
    year = clock.day_of(clock.now()).year
    month = clock.month_of(clock.day_of(clock.now()))
    head = "订单号" if file.startswith("detail") else "年度目标"
    read = read_xlsx if file.endswith("xlsx") else read_csv
    address = f"/statistics/exports/{file}?from={year}-01&to={month}&by=town"
    with official.get(address) as answer:
        assert answer.status_code == 200
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment")
        assert disposition.isascii(), "servers refuse to send any other header"
        return read(answer.data, head)


def steps_told(settings: Settings, address: str, number: str) -> list[str]:
    """What the letters about an order to an address were about, in their order."""
    letters = []
    for file in settings.mail_folder.glob("*.eml"):
        letter: Any = message_from_bytes(file.read_bytes(), policy=policy.default)
        if letter["To"] == address and number in letter["Subject"] + letter.get_content():
            letters.append(letter["Subject"])
    known = ["已提交", "新订单", "已付款", "已发货", "已确认收货"]
    told = [word for word in known for subject in letters if word in subject]
    assert len(told) == len(letters), letters
    return told

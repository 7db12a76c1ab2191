"""More people than goods press the last button at once: exactly what is there may be sold.

Real HTTP against the Procfile's web command with eight worker processes: two of them hide the
fault that eight show. Everybody sends the same form twice, every fourth of them at the same moment.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import select

from catalog.products.models import Variant
from orders.cart.queries import Owner
from orders.cart.services import add
from orders.records.models import Order, OrderLine
from shop import clock
from shop.accounts.sessions.handlers import ACCOUNT
from shop.accounts.sessions.services import begin, new_key
from shop.app import create_app
from shop.basics import load_basics
from shop.config import Settings
from shop.db import db, transaction
from shop.invariants import list_broken
from tests.benchmarks.figures import Figure, Goal, figure
from tests.benchmarks.visitor import Page, Visitor
from tests.benchmarks.web import Web, serve_shop
from tests.factories.catalog import make_variant
from tests.factories.people import OTHER_TOWN, TOWN, make_cooperative, make_resident
from tests.parts.databases import TEMPLATE, fresh_postgres, migrate, postgres_server
from tests.parts.localstripe import localstripe
from tests.parts.pages import Page as ReadPage

WORKERS, CLIENTS = 8, 32
STOCK, CHECKOUTS = 50, 400
# The storm over baskets of two things, taken in opposite orders.
CROSSED = 120
# Before the storm so many order something else, of which there is half as much: every worker knows
# both answers by then, as one does that has been open for a while.
EARLY = 96
# Every so many of them sends the form twice at the very same moment.
TWINS = 4
# Words by which a page says that there is no more.
SOLD_OUT = ("售罄", "只剩", "没有可以下单的商品")

HOME = {
    "address": "new",
    "recipient": "风暴收货人",
    "phone": "13800000000",
    "town_code": "440402005",
    "street": "演示街 8 号",
    "buyer": "self",
    "perishables": "y",
}


@dataclass
class Outcome:
    """What became of everybody who pressed the button."""

    # The numbers of the orders that people were led to, and how many each of them got.
    orders: set[str] = field(default_factory=set)
    sold_out: int = 0
    # Answers that must not be: what happened how often.
    faults: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    units: dict[int, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        return max(self.took, default=0)


@dataclass(frozen=True)
class Buyer:
    """Somebody signed in, with something in the basket."""

    cookie: str
    wants: tuple[int, ...]


def on_sqlite(folder: Path) -> list[Figure]:
    url = f"sqlite:///{folder / 'shop.sqlite3'}"
    migrate(url, folder)
    return _figures("sqlite", raise_storms(folder, url))


def on_postgres(folder: Path) -> list[Figure]:
    """On a server with every safety on."""
    with safe_postgres(folder) as server, fresh_postgres(server, TEMPLATE) as url:
        return _figures("postgres", raise_storms(folder, url))


@contextmanager
def safe_postgres(folder: Path) -> Iterator[str]:
    """A server whose commits survive whatever may happen."""
    with postgres_server(folder, f"storm{os.getpid()}") as server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
        yield server


def raise_storms(folder: Path, database_url: str) -> tuple[Outcome, Outcome]:
    """One over a single variant, then one over two that are taken in opposite orders."""
    with localstripe(folder) as stripe, _shop(folder, database_url, stripe) as (web, crowds):
        early, single, two = crowds
        _raise(web, early)
        return _raise(web, single), _raise(web, two)


@contextmanager
def _shop(
    folder: Path, database_url: str, stripe: str
) -> Iterator[tuple[Web, tuple[list[Buyer], ...]]]:
    port = urlsplit(stripe).port
    assert port is not None
    environment = Settings.for_demo(folder, 9, port) | {"DATABASE_URL": database_url}
    app = create_app(Settings.from_environment(environment))
    with app.app_context():
        load_basics(clock.now())
        with transaction():
            other, single, first, second = _goods()
            early = [_buyer((other,)) for _ in range(EARLY)]
            alone = [_buyer((single,)) for _ in range(CHECKOUTS)]
            crossed = [
                _buyer((first, second) if place % 2 else (second, first))
                for place in range(CROSSED)
            ]
        db.session.remove()
        db.engine.dispose()
    with serve_shop(folder, database_url, sandbox_port=port, workers=WORKERS) as web:
        yield web, (early, alone, crossed)


def _goods() -> tuple[int, ...]:
    """The last two are of two cooperatives."""
    sellers = [make_cooperative(town) for town in (TOWN, OTHER_TOWN)]
    sold = [
        (sellers[0], "风暴番薯"),
        (sellers[0], "风暴荔枝"),
        (sellers[0], "风暴大米"),
        (sellers[1], "风暴花生油"),
    ]
    return tuple(make_variant(seller, name=name, stock=STOCK).id for seller, name in sold)


def _buyer(wants: tuple[int, ...]) -> Buyer:
    now = clock.now()
    account = make_resident()
    db.session.flush()
    key = new_key()
    begin(key, {ACCOUNT: account.get_id(), "_fresh": True}, account.id, at=now)
    for variant_id in wants:
        add(Owner(account_id=account.id), variant_id, 1, at=now)
    return Buyer(f"session={key}", wants)


def _raise(web: Web, buyers: Sequence[Buyer]) -> Outcome:
    """Everybody opens the checkout page while there is enough; then everybody presses."""
    outcome = Outcome()
    with ThreadPoolExecutor(CLIENTS) as crowd:
        forms = list(crowd.map(lambda buyer: _open(web, buyer), buyers))
        with ThreadPoolExecutor(CLIENTS) as twins:
            pressed = [
                crowd.submit(_press, web, buyer, form, place, twins)
                for place, (buyer, form) in enumerate(zip(buyers, forms, strict=True))
            ]
            for each in pressed:
                each.result()(outcome)
    _look_at_the_books(web, outcome, buyers[0].wants)
    return outcome


def _open(web: Web, buyer: Buyer) -> dict[str, object]:
    page = _visitor(web, buyer).get("/checkout")
    return ReadPage(page.text).form("/checkout").fields | HOME


def _press(
    web: Web, buyer: Buyer, form: dict[str, object], place: int, twins: ThreadPoolExecutor
) -> Callable[[Outcome], None]:
    """Send a form twice, and look into the basket if it says that there is no more; what to note
    down of it, once it is over."""
    visitor = _visitor(web, buyer)
    if place % TWINS:
        answers = [_send(visitor, form), _send(visitor, form)]
    else:
        twin = twins.submit(_send, _visitor(web, buyer), form)
        answers = [_send(visitor, form), twin.result()]
    numbers = {_number(page) for _, page in answers if page is not None}
    told = None if numbers - {""} else visitor.get("/basket").text

    def note(outcome: Outcome) -> None:
        outcome.took += [took for took, _ in answers]
        outcome.faults.update(_faults(answers, numbers, told))
        if told is None:
            outcome.orders |= numbers - {""}
        else:
            outcome.sold_out += 1

    return note


def _send(visitor: Visitor, form: dict[str, object]) -> tuple[float, Page | None]:
    began = time.monotonic()
    try:
        page = visitor.try_post("/checkout", form)
    except (OSError, HTTPException):
        page = None
    return time.monotonic() - began, page


def _faults(
    answers: Sequence[tuple[float, Page | None]], numbers: set[str], told: str | None
) -> Iterator[str]:
    for _, page in answers:
        if page is None:
            yield "no answer"
        elif page.status >= 500:
            yield f"{page.status}"
        elif page.status not in (303, 409):
            yield f"unexpected {page.status}"
        elif page.status == 409 and not any(word in page.text for word in SOLD_OUT):
            yield "409 without a reason"
    if len(numbers - {""}) > 1:
        yield "two orders of one form"
    if told is not None and not any(word in told for word in SOLD_OUT):
        yield "sold out and not told"


def _number(page: Page) -> str:
    """The order that an answer leads to; empty if it leads elsewhere."""
    steps = page.location.split("/")
    return steps[2] if page.status == 303 and len(steps) > 2 and steps[1] == "orders" else ""


def _visitor(web: Web, buyer: Buyer) -> Visitor:
    visitor = Visitor(web.address)
    visitor.come_back(buyer.cookie)
    return visitor


def _look_at_the_books(web: Web, outcome: Outcome, wanted: tuple[int, ...]) -> None:
    """What was sold of each variant, as its columns and the orders' lines say; and all rules."""
    app = create_app(Settings.from_environment(web.environment))
    with app.app_context():
        for variant_id in wanted:
            variant = db.session.get_one(Variant, variant_id)
            lines = db.session.scalars(
                select(OrderLine.quantity).where(OrderLine.variant_id == variant_id)
            )
            outcome.units[variant_id] = variant.held
            if variant.held != STOCK:
                outcome.faults["sold more or fewer than there were"] += 1
            if sum(lines) != variant.held:
                outcome.faults["ordered and held differ"] += 1
        known = set(db.session.scalars(select(Order.number)))
        outcome.faults["order that nobody has"] += len(outcome.orders - known)
        outcome.broken = list_broken()
        db.session.remove()
        db.engine.dispose()


def _figures(engine: str, outcomes: tuple[Outcome, Outcome]) -> list[Figure]:
    single, crossed = outcomes
    faults = +(single.faults + crossed.faults)
    broken = single.broken + crossed.broken
    sold = next(iter(single.units.values()))
    crossed_sold = "/".join(map(str, crossed.units.values()))
    note = (
        f"{CHECKOUTS} checkouts from {CLIENTS} clients on {STOCK}, each sent twice, {WORKERS} "
        f"workers; {single.sold_out} were told that it is sold out; of two variants taken in "
        f"opposite orders {crossed_sold} sold; faults {dict(faults)}, broken rules {broken}"
    )
    slowest = max(single.slowest, crossed.slowest)
    five_xx = sum(n for what, n in faults.items() if what.startswith("5"))
    return [
        figure(f"storm.{engine}.sold", sold, "units", goal=Goal("<=", STOCK), note=note),
        figure(f"storm.{engine}.5xx", five_xx, "", goal=Goal("<=", 0)),
        figure(f"storm.{engine}.faults", faults.total() + len(broken), "", goal=Goal("<=", 0)),
        figure(f"storm.{engine}.slowest", slowest, "s", goal=Goal("<=", 2), note="of all posts"),
    ]

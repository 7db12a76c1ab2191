"""Where the walk takes place: a shop of its own with a few people, few goods and small stocks."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from flask import Flask
from sqlalchemy import delete, select

from catalog.batches.models import Batch
from catalog.products.services.searching import SEARCH
from orders.commissions.services import set_rate
from orders.deliveries.services import load_default_tariff
from shop.app import create_app
from shop.clock import day_of
from shop.config import Settings
from shop.db import db, transaction
from shop.organisations.models import EnterpriseType
from shop.outbox import OutboxMessage
from tests.factories.catalog import NOW, make_draft, make_product
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    make_cooperative,
    make_cooperative_member,
    make_enterprise_member,
    make_finance,
    make_keeper,
    make_places,
    make_resident,
)
from tests.factories.pickups import make_point
from tests.factories.settlements import bank_account
from tests.parts.databases import Database, SqliteDatabase
from tests.walk.books import Books, Harvest, Shelf
from tests.walk.check import Check
from tests.walk.till import ProviderInMemory

# Prices of the variants of each product: odd ones, so that nothing comes out right by chance.
GOODS = ((1999, 333), (4567, 10_000), (101,))
STOCK = 6
# How much cheaper each of several is, where there are tiers; odd, so that nothing divides evenly.
CHEAPER_FEN = 7
# What the shop keeps of the goods, in basis points: odd, too.
COMMISSION = 333


class MailInMemory:
    """Where letters go: nowhere. It counts how often each was sent."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()

    def send(self, message: EmailMessage, key: str) -> None:
        self.sent[key] += 1


@dataclass
class Stage:
    """The shop, its people, and how it is put back to how it was before the first step."""

    app: Flask
    database: Database
    books: Books
    # Account ids; those who may buy for their unit are the second half.
    residents: list[int]
    members: list[int]
    managers: dict[int, int]
    finance: list[int]
    # A pick-up point and who keeps it.
    point: int
    keeper: int
    # What happened how often, in all walks on this stage.
    tally: Counter[str] = field(default_factory=Counter)
    mail: MailInMemory = field(default_factory=MailInMemory)
    _check: Check | None = None
    _line: Any = None

    def begin(self) -> tuple[Books, ProviderInMemory]:
        """Everything as it was at first."""
        if isinstance(self.database, SqliteDatabase):
            # Its file is put in the place of this one.
            self._leave()
        self.database.empty()
        if self._check is not None:
            self._check.forget()
        settings: Settings = self.app.config["SETTINGS"]
        till = ProviderInMemory(settings.stripe_webhook_secret)
        self.mail = MailInMemory()
        self.app.extensions |= {"payment_provider": till, "mailer": self.mail}
        return deepcopy(self.books), till

    def act(self, service: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a service as a view would."""
        with self.app.app_context(), transaction():
            return service(*args, **kwargs)

    def ask(self, statement: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Ask the database itself, with nothing of the shop's in between."""
        self._line = self._line or self._open_line()
        cursor = self._line.cursor()
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def list_broken(self, *, anew: bool = False) -> list[str]:
        """What `flask check` says; ``anew``: whatever was written since it was asked last."""
        with self.app.app_context():
            self._check = self._check or Check()
            if anew:
                self._check.forget()
            return self._check.list_broken(self.ask)

    def leave_no_news_for_search(self) -> None:
        """Nobody searches here, and telling the index takes longer than most steps."""
        with self.app.app_context(), transaction() as session:
            session.execute(delete(OutboxMessage).where(OutboxMessage.kind == SEARCH))

    def _open_line(self) -> Any:
        """A connection that stays and begins no transaction: with every ROLLBACK psycopg forgets
        what it prepared, and planning the check takes PostgreSQL ten times as long as the check."""
        with self.app.app_context():
            connection = db.engine.raw_connection()
            if db.engine.name == "postgresql":
                connection.driver_connection.autocommit = True
        connection.detach()
        return connection

    def _leave(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        with self.app.app_context():
            db.engine.dispose()


@contextmanager
def open_stage(database: Database, environment: dict[str, str]) -> Iterator[Stage]:
    """Build the shop once; `Stage.begin` brings it back as often as is needed."""
    app = create_app(Settings.from_environment(environment | {"SHOP_ENVIRONMENT": "test"}))
    with app.app_context(), transaction():
        stage = _people_and_goods(app, database)
    stage._leave()
    database.keep()
    try:
        yield stage
    finally:
        stage._leave()


def _people_and_goods(app: Flask, database: Database) -> Stage:
    make_places()
    load_default_tariff(at=NOW)
    books = Books()
    set_rate(None, COMMISSION, day_of(NOW), "walk", by=None, at=NOW)
    cooperatives = [make_cooperative(town) for town in (TOWN, OTHER_TOWN)]
    for number, prices in enumerate(GOODS):
        seller = cooperatives[number % len(cooperatives)]
        drafts = [
            make_draft(
                spec=f"{number}-{place}",
                price_fen=price,
                perishable=bool(place),
                # The first way to buy each of them is cheaper from two on.
                tiers=() if place else [(2, price - CHEAPER_FEN)],
            )
            for place, price in enumerate(prices)
        ]
        product = make_product(seller, name=f"示例商品{number}", variants=drafts, stock=STOCK)
        for variant, price in zip(product.variants, prices, strict=True):
            books.shelves[variant.id] = Shelf(
                variant.id,
                seller.id,
                price,
                product.id,
                variant.net_weight_g,
                STOCK,
                perishable=variant.perishable,
                cheaper_fen=CHEAPER_FEN if variant.has_tiers else 0,
            )
        (batch,) = db.session.scalars(select(Batch).where(Batch.product_id == product.id))
        books.harvests[product.id] = [
            Harvest(batch.id, batch.code, batch.harvested_on, batch.quantity_g, is_certified=True)
        ]
    residents = [make_resident(identifier) for identifier in ("13800000001", None)]
    members = [
        make_enterprise_member(enterprise_type=kind)
        for kind in (EnterpriseType.UNION, EnterpriseType.PRIVATE)
    ]
    managers = {each.id: make_cooperative_member(each) for each in cooperatives}
    finance = [make_finance().id for _ in range(2)]
    keeper = make_keeper()
    point = make_point(keeper)
    db.session.flush()
    for each in cooperatives:
        bank_account(each, managers[each.id])
    return Stage(
        app,
        database,
        books,
        residents=[each.id for each in residents],
        members=[each.id for each in members],
        managers={id_: manager.id for id_, manager in managers.items()},
        finance=finance,
        point=point.id,
        keeper=keeper.id,
    )

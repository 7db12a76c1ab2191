"""Processes are killed at random moments while people buy: nothing that was paid may be lost.

Web workers, the job worker and PostgreSQL get SIGKILL, each time only ones that this program
started. Then everything runs again, the provider is asked once about whatever is in doubt, and the
database is compared with what the provider knows and with what people were told.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from catalog.search.handlers import current_index
from catalog.search.services import rebuild
from orders.payments.handlers import apply_waiting_events, reconcile
from orders.payments.models import PaymentAttempt
from orders.payments.queries import list_doubtful_ids
from orders.records.models import Order, SubOrder
from orders.refunds.handlers import ask_about_accepted
from shop import clock
from shop.accounts.sessions.handlers import ACCOUNT
from shop.accounts.sessions.services import begin, new_key
from shop.app import create_app
from shop.basics import load_basics
from shop.config import ROOT, Settings
from shop.db import db, transaction
from shop.invariants import list_broken
from shop.outbox import OutboxMessage, deliver_due
from tests.benchmarks.figures import Figure, Goal, figure
from tests.benchmarks.storm import HOME
from tests.benchmarks.visitor import BadAnswer, Visitor
from tests.benchmarks.web import Web, serve_shop
from tests.factories.catalog import make_variant
from tests.factories.payments import signature
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    make_cooperative,
    make_cooperative_member,
    make_resident,
)
from tests.parts.databases import PostgresDatabase, migrate, postgres_server, server_of
from tests.parts.pages import Page as ReadPage
from tests.parts.servers import wait_until
from tests.parts.small_stripe import SmallStripe, small_stripe

BUYERS, STOCK = 6, 10_000
KILLS = 100
# Between two kills, in seconds: long enough to come up again, short enough to hit recovery too.
PAUSE = (0.4, 1.6)
# After so many kills trade goes on before the next one, so that there is always something to lose.
LIVES_AGAIN_EVERY = 3
# What is killed how often, of so many; the database only where it is a server.
TARGETS = {"web worker": 6, "job worker": 2, "database": 2}
GONE = (OSError, HTTPException, BadAnswer, AssertionError)
RECOVERY_SECONDS = 90
# When everything runs again: later than any claim or pause that a dead process left behind.
LATER = timedelta(minutes=20)


@dataclass
class Outcome:
    """What was done, and what was wrong afterwards."""

    kills: Counter[str] = field(default_factory=Counter)
    placed: int = 0
    paid: int = 0
    cancelled: int = 0
    sent: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        killed = ", ".join(f"{n} {what}" for what, n in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({killed}); {self.placed} orders placed, {self.paid} "
            f"paid, {self.cancelled} cancelled, {self.sent} sent; {len(self.lost)} lost, "
            f"{len(self.doubled)} doubled, {len(self.broken)} rules broken"
        )


@dataclass
class World:
    """All that runs, and who is in it."""

    web: Web
    stripe: SmallStripe
    variants: list[int]
    buyers: list[str]
    managers: list[str]
    worker: "Worker"
    # Kills the database server and starts it again; None where it is no server.
    cut_power: Callable[[], None] | None


def on_sqlite(folder: Path) -> list[Figure]:
    url = f"sqlite:///{folder / 'shop.sqlite3'}"
    migrate(url, folder)
    return _figures("sqlite", kill_at_random(folder, url, KILLS))


def on_postgres(folder: Path) -> list[Figure]:
    with mortal_postgres(folder) as (url, cut_power):
        return _figures("postgres", kill_at_random(folder, url, KILLS, cut_power))


@contextmanager
def mortal_postgres(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A database on a server of its own that may be killed, and how to kill it."""
    session = f"kill{os.getpid()}"
    with postgres_server(folder, session) as server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
        process = server_of(session)

        def cut_power() -> None:
            """Sometimes one backend dies and takes the others down, sometimes all at once."""
            everything = _tree(process.get_pid())
            if random.random() < 0.5:
                backends = everything[1:] or everything
                _kill(random.choice(backends))
            else:
                for each in everything:
                    _kill(each)
                psutil.wait_procs(everything, timeout=10)
                # Recovery can take longer than it is willing to wait for.
                with suppress(subprocess.SubprocessError):
                    process.ensure_postgres_running()
                wait_until(lambda: _accepts(server), "PostgreSQL to recover", RECOVERY_SECONDS)
                process.ensure_postgres_running()

        try:
            with closing(PostgresDatabase(server, "mortal")) as database:
                yield database.url, cut_power
        finally:
            # Nobody needs its data any more, and a farewell can take a minute.
            everything = _tree(process.get_pid())
            for each in everything:
                _kill(each)
            psutil.wait_procs(everything, timeout=30)


def _accepts(server: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(server, connect_timeout=2):
        return True
    return False


def kill_at_random(
    folder: Path, database_url: str, kills: int, cut_power: Callable[[], None] | None = None
) -> Outcome:
    outcome = Outcome()
    with _world(folder, database_url, cut_power) as world:
        crowd = Crowd(world)
        crowd.start()
        try:
            _kill_some(world, crowd, outcome, kills)
        finally:
            crowd.stop()
        _settle(world)
        _count(world, crowd, outcome)
    return outcome


# ── What runs ───────────────────────────────────────────────────────────────────────────────────


class Worker:
    """The Procfile's job worker, started again whenever it was killed."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.environment = dict(environment)
        self.log = log
        self.program = self._start()

    def kill(self) -> None:
        for each in reversed(_tree(self.program.pid)):
            _kill(each)
        self.program.wait()
        self.program = self._start()

    def stop(self) -> None:
        self.program.terminate()
        try:
            self.program.wait(10)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextmanager
def _world(
    folder: Path, database_url: str, cut_power: Callable[[], None] | None
) -> Iterator[World]:
    with ExitStack() as stack:
        secret = Settings.for_demo(folder, 9, 9)["STRIPE_WEBHOOK_SECRET"]
        stripe = stack.enter_context(small_stripe(secret))
        port = urlsplit(stripe.address).port or 0
        environment = Settings.for_demo(folder, 9, port) | {"DATABASE_URL": database_url}
        variants, buyers, managers = _arrange(environment)
        web = stack.enter_context(serve_shop(folder, database_url, sandbox_port=port))
        worker = Worker(web.environment, folder / "worker.log")
        stack.callback(worker.stop)
        yield World(web, stripe, variants, buyers, managers, worker, cut_power)


def _arrange(environment: dict[str, str]) -> tuple[list[int], list[str], list[str]]:
    app = create_app(Settings.from_environment(environment))
    with app.app_context():
        load_basics(clock.now())
        with transaction():
            sellers = [make_cooperative(town) for town in (TOWN, OTHER_TOWN)]
            variants = [
                make_variant(seller, name=f"示例商品{place}", stock=STOCK, price_fen=1000 + place)
                for place, seller in enumerate([*sellers, *sellers])
            ]
            buyers = [_cookie(make_resident()) for _ in range(BUYERS)]
            managers = [_cookie(make_cooperative_member(seller)) for seller in sellers]
            ids = [variant.id for variant in variants]
        rebuild(db.session(), current_index())
        db.session.remove()
        db.engine.dispose()
    return ids, buyers, managers


def _cookie(account: Any) -> str:
    db.session.flush()
    key = new_key()
    begin(key, {ACCOUNT: account.get_id(), "_fresh": True}, account.id, at=clock.now())
    return f"session={key}"


# ── Who buys ────────────────────────────────────────────────────────────────────────────────────


class Crowd:
    """People who order, pay, change their mind and send, and press again when nobody answers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.over = Event()
        self.lock = Lock()
        # The order numbers that each checkout form was ever answered with.
        self.numbers: list[set[str]] = []
        self.faults: Counter[str] = Counter()
        # How often the provider took somebody's money.
        self.taken = 0
        self._threads = [Thread(target=self._buy_on, args=(each,)) for each in world.buyers]
        self._threads += [Thread(target=self._send_on, args=(each,)) for each in world.managers]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_money(self) -> None:
        """Until somebody has paid once more, however slow the machine is. Raises TimeoutError."""
        before = self.taken
        wait_until(lambda: self.taken > before, "somebody to pay", RECOVERY_SECONDS)

    def _buy_on(self, cookie: str) -> None:
        lots = random.Random()
        while not self.over.is_set():
            with suppress(*GONE):
                self._buy(cookie, lots)

    def _buy(self, cookie: str, lots: random.Random) -> None:
        visitor = _visitor(self.world, cookie)
        for variant_id in lots.sample(self.world.variants, 2):
            visitor.post("/basket/lines", {"variant_id": variant_id, "quantity": 1})
        form = ReadPage(visitor.get("/checkout").text).form("/checkout").fields | HOME
        number = self._press_until_answered(visitor, form)
        if not number:
            return
        visitor.try_post(f"/orders/{number}/payment/attempts", {})
        if lots.random() < 0.9:
            self._pay(number, lots)
        if lots.random() < 0.25:
            visitor.try_post(f"/orders/{number}/cancellation", {})

    def _press_until_answered(self, visitor: Visitor, form: dict[str, object]) -> str:
        """The same form again and again, as somebody does who sees no answer."""
        answered: set[str] = set()
        with self.lock:
            self.numbers.append(answered)
        for _ in range(20):
            if self.over.is_set():
                return ""
            with suppress(*GONE):
                page = visitor.try_post("/checkout", form)
                if page.status == 303 and page.location.startswith("/orders/"):
                    answered.add(page.location.split("/")[2])
                    return page.location.split("/")[2]
                if page.status in (303, 409, 422):
                    return ""
            self.over.wait(0.1)
        return ""

    def _pay(self, number: str, lots: random.Random) -> None:
        """The provider takes the money; its event comes, comes twice, or never arrives."""
        stripe = self.world.stripe
        payload = stripe.succeed(number)
        if payload is None:
            return
        with self.lock:
            self.taken += 1
        for _ in range(lots.choice((0, 1, 1, 1, 2))):
            with suppress(*GONE):
                signed = signature(payload, stripe.till.webhook_secret)
                headers = {"Content-Type": "application/json", "Stripe-Signature": signed}
                Visitor(self.world.web.address).send("/webhooks/stripe", payload, headers)

    def _send_on(self, cookie: str) -> None:
        while not self.over.is_set():
            with suppress(*GONE):
                self._send(_visitor(self.world, cookie))
            self.over.wait(0.3)

    def _send(self, manager: Visitor) -> None:
        listed = ReadPage(manager.get("/cooperative/orders").text)
        paths = [path for _, path in listed.links if path.startswith("/cooperative/orders/C")]
        # Half of what waits: the rest may still be called off.
        for path in paths[::2][:3]:
            page = ReadPage(manager.get(path).text)
            form = page.form("/dispatch").fields | {
                "carrier": "顺丰速运",
                "numbers": "SF1234567890",
            }
            manager.try_post(f"{path}/dispatch", form)


def _visitor(world: World, cookie: str) -> Visitor:
    visitor = Visitor(world.web.address, patience=20)
    visitor.come_back(cookie)
    return visitor


# ── Who kills ───────────────────────────────────────────────────────────────────────────────────


def _kill_some(world: World, crowd: Crowd, outcome: Outcome, kills: int) -> None:
    lots = random.Random()
    targets = {name: n for name, n in TARGETS.items() if name != "database" or world.cut_power}
    # Each of them at least once, and then as it comes.
    order = list(targets) + lots.choices(list(targets), list(targets.values()), k=kills)
    for place, target in enumerate(order[:kills]):
        if place % LIVES_AGAIN_EVERY == 0:
            crowd.wait_for_money()
        time.sleep(lots.uniform(*PAUSE))
        if target == "web worker":
            workers = world.web.workers
            if workers:
                _kill(lots.choice(workers))
        elif target == "job worker":
            world.worker.kill()
        elif world.cut_power:
            world.cut_power()
        outcome.kills[target] += 1
    crowd.wait_for_money()


def _tree(pid: int) -> list[psutil.Process]:
    """A process and all below it, itself first; nobody if it is gone."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)


# ── What is left ────────────────────────────────────────────────────────────────────────────────


def _settle(world: World) -> None:
    """One pass of each of the worker's jobs, as they would run by themselves a little later."""
    world.worker.stop()
    app = create_app(Settings.from_environment(world.web.environment))
    at = clock.now() + LATER
    with app.app_context():
        wait_until(_database_answers, "the database to recover", RECOVERY_SECONDS)
        apply_waiting_events(at)
        while list_doubtful_ids(at, 1):
            reconcile(at)
        ask_about_accepted(at)
        while deliver_due(at):
            continue  # What is delivered has news of its own.
        db.session.remove()
        db.engine.dispose()


def _database_answers() -> bool:
    try:
        db.session.execute(select(1))
        return True
    except OperationalError:
        return False
    finally:
        db.session.rollback()


def _count(world: World, crowd: Crowd, outcome: Outcome) -> None:
    app = create_app(Settings.from_environment(world.web.environment))
    with app.app_context():
        known = set(db.session.scalars(select(Order.number)))
        outcome.placed = len(known)
        outcome.paid = _count_of(Order.paid_at.is_not(None))
        outcome.lost = [f"{n}: told, not kept" for s in crowd.numbers for n in s - known]
        outcome.doubled = [f"one form became {s}" for s in crowd.numbers if len(s) > 1]
        for paper in world.stripe.paid:
            _judge(paper, outcome)
        outcome.broken = list_broken() + _left_in_outbox()
        db.session.remove()
        db.engine.dispose()
    outcome.cancelled = sum(bool(paper.refunds) for paper in world.stripe.paid)
    outcome.sent = _sent(app)


def _judge(paper: Any, outcome: Outcome) -> None:
    """What the provider took has paid one order, or goes back."""
    query = select(PaymentAttempt).where(PaymentAttempt.intent_id == paper.id)
    attempt = db.session.scalars(query).one_or_none()
    if attempt is None or attempt.received_fen != paper.received_fen:
        outcome.lost.append(f"{paper.order_number}: {paper.id} paid, not received")
        return
    payment = attempt.payment
    if payment.order.paid_at is None and attempt.refunded_fen != attempt.received_fen:
        outcome.lost.append(f"{paper.order_number}: paid, and neither an order nor given back")
    if payment.captured_fen - payment.refunded_fen > payment.due_fen:
        outcome.doubled.append(f"{paper.order_number}: {payment.captured_fen} captured")
    if paper.refunded_fen != attempt.refunded_fen:
        moved, granted = paper.refunded_fen, attempt.refunded_fen
        outcome.doubled.append(f"{paper.order_number}: {moved} went back of {granted}")


def _left_in_outbox() -> list[str]:
    waiting = OutboxMessage.delivered_at.is_(None)
    kinds = db.session.execute(
        select(OutboxMessage.kind, func.count()).where(waiting).group_by(OutboxMessage.kind)
    )
    return [f"{number} messages about {kind} still wait" for kind, number in kinds]


def _count_of(condition: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(Order).where(condition)) or 0


def _sent(app: Any) -> int:

    with app.app_context():
        query = select(func.count()).where(SubOrder.dispatched_at.is_not(None))
        number = db.session.scalar(query) or 0
        db.session.remove()
        db.engine.dispose()
    return number


def _figures(engine: str, outcome: Outcome) -> list[Figure]:
    none = Goal("<=", 0)
    wrong = outcome.lost + outcome.doubled + outcome.broken
    note = "; ".join([outcome.words, *wrong[:5]])
    return [
        figure(f"kill.{engine}.lost", len(outcome.lost), "orders", goal=none, note=note),
        figure(f"kill.{engine}.doubled", len(outcome.doubled), "orders", goal=none),
        figure(f"kill.{engine}.broken", len(outcome.broken), "rules", goal=none),
    ]

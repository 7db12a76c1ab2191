"""What every test can ask for. A part that is missing is a failure, never a skip."""

import gc
import inspect
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import FunctionType
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from catalog.categories.services import load_categories
from orders.payments.gateways.sandbox import SandboxProvider
from shop.app import create_app
from shop.config import MOST_IDLE_MINUTES, Settings
from shop.db import db, transaction
from shop.kept import forget
from tests.factories.people import make_places
from tests.parts import databases
from tests.parts.databases import Database, Engine
from tests.parts.localstripe import localstripe as run_localstripe
from tests.parts.machine import find_chromium

# Every worker and every program that a test starts reads the same modules: compiled once is enough,
# whatever the machine says. They lie where git ignores them.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

INTEGRATION = Path(__file__).parent / "integration"
# Whether this is `make test-whole`: every test, on both engines, with every value.
WHOLE = bool(os.environ.get("WHOLE"))
# Nobody listens there: a test that talks to Stripe asks for `localstripe`, or for `live_shop`.
NOBODY = 9

hypothesis.settings.register_profile("house", deadline=None, max_examples=60, print_blob=True)
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("house"), derandomize=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "house")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        engines = engines_of(metafunc)
        metafunc.parametrize("engine", engines, indirect=True, scope="session", ids=str)


def engines_of(metafunc: pytest.Metafunc) -> list[Engine]:
    """The engines on which a test runs.

    Of the integration tests most run on one, by turns, always on the same: what they say holds
    whatever keeps the rows. Those that say something of the engine itself run on both: they are
    marked so, ask for it, or let things happen at the same moment. ``make test-whole`` runs all of
    them on both. All other tests run on SQLite.
    """
    definition = metafunc.definition
    if not definition.path.is_relative_to(INTEGRATION):
        return [Engine.SQLITE]
    if definition.get_closest_marker("sqlite_only"):
        return [Engine.SQLITE]
    is_of_the_engine = (
        WHOLE
        or definition.get_closest_marker("both_engines") is not None
        or "engine" in inspect.signature(metafunc.function).parameters
        or _races(metafunc.function)
    )
    if is_of_the_engine:
        return list(Engine)
    return [list(Engine)[zlib.crc32(definition.nodeid.encode()) % len(Engine)]]


def _races(test: FunctionType) -> bool:
    """Whether a test, or a function of its module that it calls, lets things happen at once."""
    called = [test.__globals__.get(name) for name in test.__code__.co_names]
    functions = [test, *(each for each in called if isinstance(each, FunctionType))]
    return any("run_together" in function.__code__.co_names for function in functions)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What proves the proofs is left to the whole suite."""
    if not WHOLE:
        left = [item for item in items if item.get_closest_marker("whole_only")]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


pytest.register_assert_rewrite(
    "tests.walk.machine",
    "tests.walk.bank",
    "tests.walk.field",
    "tests.walk.packing",
    "tests.walk.payday",
    "tests.walk.point",
)

TOLD = "told"


def pytest_collection_finish() -> None:
    _spare_the_collector()


def _spare_the_collector() -> None:
    """As in gunicorn.conf.py: no collection need walk through what lasts as long as the session."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Have a line printed when all tests are done: a figure, or a seed."""
    return lambda line: record_property(TOLD, line)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests had to tell, whichever worker ran them."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    lines = [
        value
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == TOLD
    ]
    if lines:
        terminalreporter.section("figures")
        for line in sorted(lines):
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine this test runs on."""
    return Engine(request.param)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this session see."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def postgres_server(shared_folder: Path, testrun_uid: str) -> Iterator[str]:
    """The address of the session's PostgreSQL server."""
    with databases.postgres_server(shared_folder, testrun_uid) as address:
        yield address


@pytest.fixture(scope="session")
def database(
    request: pytest.FixtureRequest, engine: Engine, shared_folder: Path, worker_id: str
) -> Iterator[Database]:
    """This worker's own database on the engine."""
    if engine is Engine.SQLITE:
        yield databases.sqlite_database(shared_folder, shared_folder / f"{worker_id}.sqlite3")
    else:
        server = request.getfixturevalue("postgres_server")
        with closing(databases.PostgresDatabase(server, worker_id)) as own:
            yield own


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, for tests of the migrations."""
    if engine is Engine.SQLITE:
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        server = request.getfixturevalue("postgres_server")
        with databases.fresh_postgres(server) as address:
            yield address


# ── The shop inside the test's process ──────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def settings(
    database: Database, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """The settings of the shop under test."""
    environment = demo_environment(tmp_path_factory.mktemp(f"shop-{engine}"), database.url)
    # Tests move the clock by days; those of the idle timeout set it themselves.
    calm = {"SHOP_ENVIRONMENT": "test", "SHOP_IDLE_MINUTES": str(MOST_IDLE_MINUTES)}
    return Settings.from_environment(environment | calm)


class Browser(FlaskClient):
    """A test client that says, as browsers do, that its requests come from the shop's own pages."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        self.environ_base.setdefault("HTTP_SEC_FETCH_SITE", "same-origin")
        answer = super().open(*args, **kwargs)
        # A large body lies in a temporary file, which the client leaves to the collector.
        answer.request.environ["wsgi.input"].close()
        return answer


@pytest.fixture(scope="session")
def shop(settings: Settings, database: Database, shared_folder: Path) -> Flask:
    """One app for the session: making it takes longer than most tests. Ask for `app` instead."""
    app = create_app(settings)
    app.test_client_class = Browser
    # Whichever worker and engine first shows a page compiles its templates for the others.
    compiled = shared_folder / "templates"
    compiled.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    with app.app_context():
        with transaction():
            make_places()
            load_categories()
        db.engine.dispose()
    database.keep()
    _spare_the_collector()
    return app


@pytest.fixture
def app(shop: Flask, database: Database, settings: Settings) -> Iterator[Flask]:
    """The shop with an empty database, only what the migrations wrote and the places and categories
    that every shop has, and no mail yet."""
    with shop.app_context():
        db.engine.dispose()
        forget()
    database.empty()
    for letter in (*settings.mail_folder.glob("*.eml"), *settings.sms_folder.glob("*.json")):
        letter.unlink()
    yield shop
    with shop.app_context():
        db.engine.dispose()


@pytest.fixture
def _push_request_context() -> None:
    """Stand in the way of pytest-flask, which keeps one request context open around each test:
    signing in one client would then sign in every other."""


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that leaves no context open: pytest-flask's own keeps one after each answer, and
    with it its person for every other client of the test."""
    return app.test_client()


@pytest.fixture
def context(app: Flask, request: pytest.FixtureRequest) -> Iterator[None]:
    """An open application context, for tests that call services and queries directly."""
    if "client" in request.fixturenames:
        pytest.fail("`context` and `client` don't mix: requests would share it. Use `act`.")
    with app.app_context():
        yield


@pytest.fixture
def act(app: Flask) -> Callable[..., Any]:
    """Run a service as a view would: ``act(place_order, basket, at=now)`` commits and answers."""

    def run(service: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with app.app_context(), transaction():
            return service(*args, **kwargs)

    return run


def demo_environment(folder: Path, database_url: str) -> dict[str, str]:
    """The environment of a demo shop whose data lie in a folder of the test's."""
    return Settings.for_demo(folder, NOBODY, sandbox_port=NOBODY) | {"DATABASE_URL": database_url}


# ── The shop and its neighbours as programs of their own ────────────────────────────────────────


@pytest.fixture(scope="session")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running localstripe."""
    with run_localstripe(tmp_path_factory.mktemp("localstripe")) as address:
        yield address


@pytest.fixture
def sandbox(app: Flask, settings: Settings, localstripe: str) -> Iterator[SandboxProvider]:
    """The payment provider of the shop under test: a running localstripe."""
    before = app.extensions["payment_provider"]
    provider = SandboxProvider("sk_test_x", "", settings.stripe_webhook_secret, localstripe)
    app.extensions["payment_provider"] = provider
    yield provider
    app.extensions["payment_provider"] = before


# ── A person before a screen ────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A headless Chromium."""
    flags = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Chromium) -> Iterator[Callable[..., Page]]:
    """Open a window of a stranger to all others: ``new_page(width=360)``.

    Errors in scripts and whatever the content policy refused fail the test.
    """
    complaints: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_page(width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One window of desk size."""
    return new_page()

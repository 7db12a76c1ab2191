"""Eight worker processes, 32 clients, 50 in stock."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.benchmarks import storm
from tests.parts import databases
from tests.parts.databases import Engine

pytestmark = pytest.mark.both_engines


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, engine: Engine, shared_folder: Path, tmp_path: Path
) -> Iterator[str]:
    if engine is Engine.SQLITE:
        yield databases.sqlite_database(shared_folder, tmp_path / "storm.sqlite3").url
    else:
        server = request.getfixturevalue("postgres_server")
        with databases.fresh_postgres(server, databases.TEMPLATE) as url:
            yield url


def test_exactly_what_is_there_is_sold_and_everybody_else_is_told(
    engine: Engine, database_url: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    for outcome, people in zip(
        storm.raise_storms(tmp_path, database_url),
        (storm.CHECKOUTS, storm.CROSSED),
        strict=True,
    ):
        sold = set(outcome.units.values())
        tell(
            f"storm on {engine}: {people} checkouts of {storm.STOCK}: {sold} sold, "
            f"{outcome.sold_out} sold out, slowest answer {outcome.slowest:.2f} s"
        )
        assert +outcome.faults == {}
        assert sold == {storm.STOCK}
        assert len(outcome.orders) == storm.STOCK
        assert outcome.sold_out == people - storm.STOCK
        assert outcome.broken == []
